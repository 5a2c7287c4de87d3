from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from cpsl.files import FileStore, StoredFile, clean_name, clean_suffix

DATA = b"1,2,3\n"
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "state" / "files"))


def test_file_is_kept_under_its_hash_for_this_user_only(files: FileStore) -> None:
    stored = files.add(DATA, ".CSV")

    path = Path(files.folder) / f"{HASH}.csv"
    assert stored == StoredFile(name=f"{HASH}.csv", size=6)
    assert stored.url == f"/files/{HASH}.csv"
    assert path.read_bytes() == DATA
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(files.folder).stat().st_mode) == 0o700


def test_same_content_is_kept_once(files: FileStore, tmp_path: Path) -> None:
    original = tmp_path / "any name.csv"
    original.write_bytes(DATA)

    assert files.add(DATA, ".csv") == files.add_file(str(original))
    assert os.listdir(files.folder) == [f"{HASH}.csv"]


def test_file_is_copied_with_the_suffix_that_is_given(files: FileStore, tmp_path: Path) -> None:
    original = tmp_path / "upload"
    original.write_bytes(b"x" * 3_000_000)

    stored = files.add_file(str(original), ".bin")

    assert stored.name == f"{hashlib.sha256(b'x' * 3_000_000).hexdigest()}.bin"
    assert stored.size == 3_000_000


def test_nothing_is_left_of_a_file_that_cannot_be_read(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.add_file(str(tmp_path / "missing"))
    with pytest.raises(IsADirectoryError):
        files.add_file(str(tmp_path))

    assert not os.path.exists(files.folder) or not os.listdir(files.folder)


def test_kept_file_is_found_by_reference_and_by_name(files: FileStore) -> None:
    stored = files.add(DATA)

    assert files.find(stored.url) == files.find(stored.name) == f"{files.folder}/{HASH}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/files/",
        "/files/../state.db",
        f"/files/../{HASH}",
        f"{HASH}/../../x",
        f"{HASH}.csv\n",
        f"{HASH}\0",
        HASH.upper(),
        HASH[:-1],
        f"{HASH}.tar.gz",
        f"{HASH}.",
        "0" * 64,
        "/etc/passwd",
    ],
)
def test_nothing_else_is_found(url: str, files: FileStore) -> None:
    files.add(DATA, ".csv")

    assert files.find(url) is None


def test_link_that_somebody_has_put_there_is_not_followed(files: FileStore) -> None:
    files.add(DATA)
    os.symlink("/etc/passwd", os.path.join(files.folder, "1" * 64))

    assert files.find("1" * 64) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (".csv", ".csv"),
        (".JPEG", ".jpeg"),
        (".py", ""),
        (".PYC", ""),
        (".so", ""),
        (".pth", ""),
        (".a/b", ""),
        ("csv", ""),
        (".", ""),
        (".much-too-long", ""),
        (".é", ""),
    ],
)
def test_suffix_is_plain_and_never_that_of_code(given: str, kept: str) -> None:
    assert clean_suffix(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.csv", "a.csv"),
        ("../../helper.py", "helper.py"),
        ("..\\..\\helper.py", "helper.py"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("a/..", "file"),
        ("", "file"),
        (" / ", "file"),
        ("a\0b", "ab"),
        ("x" * 500, "x" * 200),
    ],
)
def test_name_never_leads_to_another_folder(given: str, kept: str) -> None:
    assert clean_name(given) == kept
