"""Interpreters of their own, for rows that install something."""

from __future__ import annotations

import site
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make_environment(folder: Path) -> Path:
    """Make a virtual environment that sees the packages of this one; return its interpreter."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    shared = [*site.getsitepackages(), str(ROOT)]
    (packages_of(folder) / "shared.pth").write_text("\n".join(shared) + "\n", "utf-8")
    return folder / "bin" / "python"


def packages_of(folder: Path) -> Path:
    """Return where an environment keeps its packages."""
    return folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"


def install(folder: Path, name: str, text: str, version: str = "1.0") -> None:
    """Install a module as an installer does: its files first, then the record of them."""
    packages = packages_of(folder)
    (packages / f"{name}.py").write_text(text, "utf-8")
    record = packages / f"{name}-{version}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8"
    )
