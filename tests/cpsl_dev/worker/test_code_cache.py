"""Tests of keeping compiled code."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.worker.code_cache import CodeCache
from tests.servers import wait_until

CODE = compile("x = 1", "/p/app.py", "exec")


async def kept(folder: Path) -> CodeCache:
    cache = CodeCache(folder)
    cache.keep("/p/app.py", "digest", CODE)
    cache.save()
    await wait_until(lambda: CodeCache(folder).find("/p/app.py", "digest"), what="it is kept")
    return CodeCache(folder)


async def test_code_is_found_by_path_and_content(tmp_path: Path) -> None:
    cache = await kept(tmp_path / "code")

    assert cache.find("/p/app.py", "digest") == CODE
    assert cache.find("/p/app.py", "another") is None
    assert cache.find("/p/other.py", "digest") is None


async def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    cache = await kept(tmp_path / "code")
    for path in (tmp_path / "code").iterdir():
        path.write_bytes(b"\xff\x00")

    assert cache.find("/p/app.py", "digest") is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    cache = CodeCache(None)

    cache.keep("/p/app.py", "digest", CODE)
    cache.save()

    assert cache.find("/p/app.py", "digest") is None
    assert list(tmp_path.iterdir()) == []
