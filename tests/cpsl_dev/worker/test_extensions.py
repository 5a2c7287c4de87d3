"""Tests of loading C extensions from copies."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from cpsl_dev.worker.extensions import load_from_copies

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]


def extension_of_python() -> Path | None:
    for name in ("_crypt", "_lsprof", "_curses_panel", "_uuid", "_statistics", "audioop"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None and spec.origin.endswith(SUFFIX):
            return Path(spec.origin)
    return None


ORIGINAL = extension_of_python()

pytestmark = pytest.mark.skipif(ORIGINAL is None, reason="Python has its extensions built in")


@pytest.fixture
def extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An extension of the app; loaders are put back afterwards."""
    loader = importlib.machinery.ExtensionFileLoader
    monkeypatch.setattr(loader, "create_module", loader.create_module)
    assert ORIGINAL is not None
    (tmp_path / "project").mkdir()
    return Path(shutil.copy(ORIGINAL, tmp_path / "project"))


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.name.partition(".")[0], path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mapped() -> str:
    return Path("/proc/self/maps").read_text("utf-8")


def test_extension_of_the_app_is_not_mapped_itself(extension: Path, tmp_path: Path) -> None:
    load_from_copies(lambda path: path == str(extension), tmp_path / "copies")

    module = load(extension)

    assert module.__file__ == str(extension)
    assert str(extension) not in mapped()
    assert f"{tmp_path}/copies" in mapped()
    assert list((tmp_path / "copies").iterdir()) == []


def test_extension_of_a_library_is_loaded_as_ever(extension: Path, tmp_path: Path) -> None:
    load_from_copies(lambda path: False, tmp_path / "copies")

    load(extension)

    assert str(extension) in mapped()
    assert not (tmp_path / "copies").exists()


def test_extension_that_cannot_be_copied_is_loaded_itself(extension: Path, tmp_path: Path) -> None:
    (tmp_path / "copies").write_text("no folder", "utf-8")
    load_from_copies(lambda path: True, tmp_path / "copies")

    load(extension)

    assert str(extension) in mapped()


def test_what_is_no_extension_fails_as_ever(extension: Path, tmp_path: Path) -> None:
    extension.write_bytes(b"no library")
    load_from_copies(lambda path: True, None)

    with pytest.raises(ImportError, match=extension.name):
        load(extension)
