from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cpsl_dev.cli.installation import check_installation, check_platform


def run_beside(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run the program where another `cpsl` comes first on the path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("raise RuntimeError('this must not be imported')\n", "utf-8")
    top = path.parent.parent if path.name == "__init__.py" else path.parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(top), os.getcwd()])}
    command = [sys.executable, "-m", "cpsl_dev", "status"]
    return subprocess.run(
        command, capture_output=True, text=True, env=env, cwd=folder, check=False, timeout=60
    )


def test_windows_is_pointed_at_wsl() -> None:
    assert check_platform("win32") == (
        "cpsl runs on Linux and macOS. On Windows, use it inside WSL: "
        "https://learn.microsoft.com/windows/wsl/install"
    )


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_linux_and_macos_are_fine(platform: str) -> None:
    assert check_platform(platform) is None


def test_this_installation_is_fine() -> None:
    assert check_installation() is None


def test_another_distribution_is_named_with_the_way_out(tmp_path: Path) -> None:
    result = run_beside(tmp_path, "site-packages/cpsl/__init__.py")

    path = tmp_path / "site-packages" / "cpsl" / "__init__.py"
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: Another distribution provides the package cpsl: {path}. Remove it with "
        f"`pip uninstall cpsl`, then install cpsl-dev again.\n"
    )


def test_a_file_of_the_users_with_that_name_is_named_too(tmp_path: Path) -> None:
    result = run_beside(tmp_path, "cpsl.py")

    assert result.returncode == 2
    assert result.stderr == (
        f"Error: Another cpsl is imported instead of the one of cpsl-dev: {tmp_path / 'cpsl.py'}. "
        f"Rename it, run cpsl from another folder, or `pip uninstall cpsl` if it was installed.\n"
    )


def test_files_of_another_distribution_over_our_own_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "cpsl"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "cpsl", raising=False)
    file = package.parent / "cpsl_dev" / "cli" / "installation.py"
    monkeypatch.setattr("cpsl_dev.cli.installation.__file__", str(file))

    found = check_installation()

    assert found is not None
    assert "Another distribution provides the package cpsl" in found


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    found = check_installation()

    assert found is not None
    assert found.startswith("The package cpsl is missing beside ")
    assert found.endswith("Install cpsl-dev again.")
