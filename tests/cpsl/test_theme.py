from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cpsl.theme import PRESETS, Theme, inline_images, resolve_theme


def test_a_preset_is_overlaid_by_what_is_given() -> None:
    theme = resolve_theme("dark", primary="red", accent=None)

    assert (theme.preset, theme.primary) == ("dark", "red")
    assert theme.accent == PRESETS["dark"].accent
    assert PRESETS["dark"].primary == "#60a5fa"


def test_without_a_preset_only_what_is_given_is_set() -> None:
    assert resolve_theme(title="Notes", radius="md").to_dict() == {"title": "Notes", "radius": "md"}


def test_an_unknown_preset_is_refused_with_those_that_exist() -> None:
    preset: Any = "sepia"

    with pytest.raises(ValueError, match="There is no theme preset 'sepia'") as caught:
        resolve_theme(preset)

    assert str(caught.value).endswith("There are dark, light, midnight, warm.")


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match="A theme has no flavour, smell"):
        resolve_theme(smell="a", flavour="b")


def test_merging_leaves_the_theme_alone() -> None:
    theme = Theme(title="a")

    assert theme.merge({"title": "b"}).title == "b"
    assert theme.title == "a"


def test_local_pictures_become_data_uris(tmp_path: Path) -> None:
    small, large = tmp_path / "a.svg", tmp_path / "b.png"
    small.write_bytes(b"<svg/>")
    large.write_bytes(b"x" * (512 * 1024 + 1))

    theme = inline_images(
        Theme(logo=str(small), preview_image=str(large), favicon="https://example.com/f.ico")
    )

    assert theme.logo == "data:image/svg+xml;base64,PHN2Zy8+"
    assert theme.preview_image is None
    assert theme.favicon == "https://example.com/f.ico"


@pytest.mark.parametrize("source", ["data:image/png;base64,eA==", "http://example.com/a.png"])
def test_addresses_are_kept(source: str) -> None:
    assert inline_images(Theme(logo=source)).logo == source


def test_a_picture_that_is_not_there_is_left_out() -> None:
    assert inline_images(Theme(logo="missing.png")).logo is None


def test_a_file_of_unknown_kind_is_bytes(tmp_path: Path) -> None:
    picture = tmp_path / "logo"
    picture.write_bytes(b"x")

    logo = inline_images(Theme(logo=str(picture))).logo

    assert logo == "data:application/octet-stream;base64,eA=="
