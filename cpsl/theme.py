"""Themes: names, pictures, colours and fonts of an app, from a preset and what is laid over it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

PresetName = Literal["dark", "light", "midnight", "warm"]
Radius = Literal["sm", "md", "lg"]

_INTER = '"Inter", ui-sans-serif, system-ui, sans-serif'
_LARGEST_IMAGE = 512 * 1024


@dataclass
class Theme:
    """How an app looks. What is None is left to the platform."""

    preset: PresetName | None = None
    logo: str | None = None
    logo_background: str | None = None
    tagline: str | None = None
    title: str | None = None
    description: str | None = None
    site_name: str | None = None
    preview_image: str | None = None
    favicon: str | None = None
    primary: str | None = None
    accent: str | None = None
    background: str | None = None
    foreground: str | None = None
    sidebar: str | None = None
    surface: str | None = None
    border: str | None = None
    muted: str | None = None
    danger: str | None = None
    success: str | None = None
    font_sans: str | None = None
    font_mono: str | None = None
    radius: Radius | None = None

    def merge(self, overrides: dict[str, Any]) -> Theme:
        """Return the theme with `overrides` laid over it; None changes nothing.

        Raises:
            ValueError: a theme has no such part.
        """
        given = {key: value for key, value in overrides.items() if value is not None}
        unknown = given.keys() - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"A theme has no {', '.join(sorted(unknown))}.")
        return replace(self, **given)

    def to_dict(self) -> dict[str, Any]:
        """Return the theme as JSON; what is None is left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in values.items() if value is not None}


PRESETS: dict[str, Theme] = {
    "dark": Theme(
        primary="#60a5fa",
        accent="#60a5fa",
        background="#1a1a1a",
        foreground="#f0f0f0",
        sidebar="#1a1a1a",
        surface="#232323",
        border="#303030",
        muted="#969696",
        danger="#f87171",
        success="#86efac",
        font_sans=_INTER,
    ),
    "light": Theme(
        primary="#2563eb",
        accent="#d97706",
        background="#faf9f6",
        foreground="#16140f",
        sidebar="#faf9f6",
        surface="#f2f1ed",
        border="#dcdad4",
        muted="#6b665b",
        danger="#dc2626",
        success="#16a34a",
        font_sans=_INTER,
    ),
    "midnight": Theme(
        primary="#38bdf8",
        accent="#a78bfa",
        background="#0f172a",
        foreground="#e2e8f0",
        sidebar="#0f172a",
        surface="#1e293b",
        border="#293449",
        muted="#94a3b8",
        danger="#f87171",
        success="#34d399",
        font_sans=_INTER,
    ),
    "warm": Theme(
        primary="#b45309",
        accent="#dc8b4f",
        background="#fdf8f0",
        foreground="#292524",
        sidebar="#fdf8f0",
        surface="#faebd7",
        border="#d6cfc7",
        muted="#78716c",
        danger="#b91c1c",
        success="#15803d",
        font_sans=_INTER,
    ),
}


def resolve_theme(preset: PresetName | None = None, **overrides: Any) -> Theme:
    """Return a preset with `overrides` laid over it.

    Raises:
        ValueError: there is no such preset, or a theme has no such part.
    """
    if preset is None:
        return Theme().merge(overrides)
    if preset not in PRESETS:
        raise ValueError(f"There is no theme preset {preset!r}. There are {', '.join(PRESETS)}.")
    return PRESETS[preset].merge(overrides | {"preset": preset})


def inline_images(theme: Theme) -> Theme:
    """Return the theme with local pictures as data URIs, without those above 512 KiB."""
    return replace(
        theme,
        logo=_inline(theme.logo),
        preview_image=_inline(theme.preview_image),
        favicon=_inline(theme.favicon),
    )


def _inline(source: str | None) -> str | None:
    if source is None or source.startswith(("http://", "https://", "data:")):
        return source
    path = Path(source)
    if not path.is_file() or path.stat().st_size > _LARGEST_IMAGE:
        return None
    # Only themes with local pictures need these.
    import base64  # noqa: PLC0415
    import mimetypes  # noqa: PLC0415

    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
