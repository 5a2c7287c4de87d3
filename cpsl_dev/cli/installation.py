"""Whether the program can run here, and whether the `cpsl` beside it is its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PARTS = ("version.py", "records.py", "runtime")


def check_platform(platform: str = sys.platform) -> str | None:
    """Return what is wrong with this operating system, if anything is."""
    if platform != "win32":
        return None
    return (
        "cpsl runs on Linux and macOS. On Windows, use it inside WSL: "
        "https://learn.microsoft.com/windows/wsl/install"
    )


def check_installation() -> str | None:
    """Return what is wrong if `import cpsl` finds another package of that name."""
    home = Path(__file__).resolve().parents[2]
    try:
        spec = importlib.util.find_spec("cpsl")
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        return f"The package cpsl is missing beside {home / 'cpsl_dev'}. Install cpsl-dev again."
    found = Path(spec.origin).resolve()
    if found.parent != home / "cpsl":
        return _conflict(found)
    if not all((found.parent / part).exists() or _is_module(found, part) for part in _PARTS):
        return _conflict(found)
    return None


def _is_module(found: Path, part: str) -> bool:
    return (found.parent / f"{part}.py").exists()


def _conflict(found: Path) -> str:
    if "site-packages" in found.parts or "dist-packages" in found.parts:
        return (
            f"Another distribution provides the package cpsl: {found}. Remove it with "
            f"`pip uninstall cpsl`, then install cpsl-dev again."
        )
    return (
        f"Another cpsl is imported instead of the one of cpsl-dev: {found}. "
        f"Rename it, run cpsl from another folder, or `pip uninstall cpsl` if it was installed."
    )
