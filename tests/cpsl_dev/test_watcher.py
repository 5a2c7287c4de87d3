"""Tests of noticing changes, on real files."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cpsl_dev import watcher as module
from cpsl_dev.contents import hash_file
from cpsl_dev.listings import Folder
from cpsl_dev.watcher import Watcher

DEADLINE_SECONDS = 10.0
# Longer than a change takes to be noticed, and to settle.
QUIET_SECONDS = 0.5


def put(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return str(path)


@asynccontextmanager
async def watching(
    folder: Path, *names: str, modules: frozenset[str] | None = None, native: bool = True
) -> AsyncIterator[Watcher]:
    """Watch these files of a folder, and the folder for modules."""
    watcher = Watcher(folder, native=native)
    watcher.start()
    paths = [str(folder / name) for name in names]
    follow(watcher, folder, paths, modules)
    try:
        yield watcher
    finally:
        await watcher.stop()


def follow(
    watcher: Watcher, folder: Path, paths: list[str], modules: frozenset[str] | None = None
) -> None:
    hashes = {path: hash_file(path) for path in paths}
    watcher.follow(hashes, [Folder(path=str(folder), modules=modules)])


async def next_change(watcher: Watcher) -> list[str]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await watcher.changed()


async def stays_quiet(watcher: Watcher, seconds: float = QUIET_SECONDS) -> None:
    change = asyncio.ensure_future(watcher.changed())
    await asyncio.wait({change}, timeout=seconds)
    assert not change.done(), change.result()
    change.cancel()
    await asyncio.wait({change})


@pytest.mark.parametrize("native", [True, False])
async def test_a_replaced_file_is_told_once(tmp_path: Path, native: bool) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py", native=native) as watcher:
        put(tmp_path / "app.py", "x = 2\n")

        assert await next_change(watcher) == [path]
        watcher.accept()
        await stays_quiet(watcher)


async def test_a_module_that_is_dropped_may_come_and_go_until_all_is_followed_anew(
    tmp_path: Path,
) -> None:
    app = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        watcher.drop(str(tmp_path / "made.py"))
        made = put(tmp_path / "made.py", "y = 1\n")

        await stays_quiet(watcher)
        follow(watcher, tmp_path, [app])
        put(tmp_path / "other.py", "z = 1\n")
        os.unlink(made)

        assert str(tmp_path / "other.py") in await next_change(watcher)


async def test_a_touch_or_the_same_content_is_no_change(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        os.utime(path, (1, 1))
        os.chmod(path, 0o600)
        put(tmp_path / "app.py", "x = 1\n")

        await stays_quiet(watcher)
        assert watcher.look() == []


async def test_two_edits_of_one_size_within_a_tick_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    put(path, "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        for number in range(2, 9):
            before = path.stat()
            path.write_text(f"x = {number}\n", "utf-8")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

            assert watcher.look() == [str(path)]
            watcher.accept()


async def test_a_file_that_is_empty_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    put(path, "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        change = asyncio.ensure_future(next_change(watcher))
        path.write_text("", "utf-8")
        await stays_quiet_while(change)
        path.write_text("x = 2\n", "utf-8")

        assert await change == [str(path)]
        assert hash_file(str(path)) is not None


async def stays_quiet_while(change: asyncio.Future[list[str]]) -> None:
    await asyncio.wait({change}, timeout=QUIET_SECONDS)
    assert not change.done()


async def test_a_file_that_stays_empty_is_a_change_after_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EMPTY_SECONDS", 0.2)
    path = tmp_path / "app.py"
    put(path, "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        path.write_text("", "utf-8")

        assert await next_change(watcher) == [str(path)]


async def test_a_file_that_comes_back_in_a_moment_was_never_gone(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    put(path, "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        path.unlink()
        await asyncio.sleep(0.03)
        put(path, "x = 1\n")

        await stays_quiet(watcher)


async def test_a_deleted_file_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    put(path, "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        path.unlink()

        assert await next_change(watcher) == [str(path)]


async def test_files_that_are_saved_together_are_one_change(tmp_path: Path) -> None:
    names = [f"m{number}.py" for number in range(20)]
    for name in names:
        put(tmp_path / name, "x = 1\n")

    async with watching(tmp_path, *names) as watcher:
        for name in names:
            (tmp_path / name).write_text("x = 2\n", "utf-8")

        assert await next_change(watcher) == sorted(str(tmp_path / name) for name in names)


async def test_a_file_that_never_rests_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_SETTLE_SECONDS", 0.3)
    path = tmp_path / "app.py"
    put(path, "x = 0\n")

    async def write() -> None:
        for number in range(1_000_000):
            path.write_text(f"x = {number}\n", "utf-8")
            await asyncio.sleep(0.001)

    async with watching(tmp_path, "app.py") as watcher:
        writing = asyncio.ensure_future(write())
        try:
            assert await next_change(watcher) == [str(path)]
        finally:
            writing.cancel()


async def test_a_new_module_that_an_import_could_find_is_a_change(tmp_path: Path) -> None:
    put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py", modules=frozenset({"wanted"})) as watcher:
        put(tmp_path / "other.py", "")
        put(tmp_path / "wanted.txt", "")
        await stays_quiet(watcher)

        assert await after(watcher, lambda: put(tmp_path / "wanted.py", "x = 1\n")) == [
            str(tmp_path / "wanted.py")
        ]


async def after(watcher: Watcher, act: Callable[[], object]) -> list[str]:
    act()
    return await next_change(watcher)


async def test_a_module_that_came_while_the_code_was_loaded_is_found(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        watcher.accept()
        put(tmp_path / "late.py", "x = 1\n")
        follow(watcher, tmp_path, [path], frozenset({"late"}))

        assert await next_change(watcher) == [str(tmp_path / "late.py")]


async def test_a_source_that_the_load_wrote_itself_is_known(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        watcher.accept()
        made = put(tmp_path / "made.py", "x = 1\n")
        follow(watcher, tmp_path, [path, made])

        await stays_quiet(watcher)


async def test_a_wait_that_is_cancelled_loses_no_change(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")

    async with watching(tmp_path, "app.py") as watcher:
        for number in range(2, 12):
            put(tmp_path / "app.py", f"x = {number}\n")
            waiting = asyncio.ensure_future(watcher.changed())
            await asyncio.wait({waiting}, timeout=0.002)
            waiting.cancel()
            await asyncio.wait({waiting})

        assert await next_change(watcher) == [path]


async def test_a_link_is_followed_to_its_end_and_to_where_it_lies(tmp_path: Path) -> None:
    first = put(tmp_path / "one" / "real.py", "x = 1\n")
    second = put(tmp_path / "two" / "real.py", "x = 2\n")
    project = tmp_path / "project"
    project.mkdir()
    link = project / "app.py"
    link.symlink_to(first)

    async with watching(project, "app.py") as watcher:
        put(Path(first), "x = 3\n")
        assert await next_change(watcher) == [str(link)]
        watcher.accept()
        other = project / "other"
        other.symlink_to(second)
        other.replace(link)

        assert await next_change(watcher) == [str(link)]


async def test_a_folder_that_was_made_again_is_watched_again(tmp_path: Path) -> None:
    project = tmp_path / "project"
    path = put(project / "app.py", "x = 1\n")

    async with watching(project, "app.py") as watcher:
        shutil.rmtree(project)
        assert await next_change(watcher) == [path]
        watcher.accept()
        for number in (2, 3):
            put(project / "app.py", f"x = {number}\n")

            assert await next_change(watcher) == [path]
            watcher.accept()


async def test_a_branch_switch_is_waited_for_until_git_is_done(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")
    (tmp_path / ".git").mkdir()

    async with watching(tmp_path, "app.py") as watcher:
        lock = tmp_path / ".git" / "index.lock"
        lock.touch()
        put(tmp_path / "app.py", "x = 2\n")
        change = asyncio.ensure_future(next_change(watcher))
        await stays_quiet_while(change)
        put(tmp_path / "app.py", "x = 3\n")
        lock.unlink()

        assert await change == [path]


async def test_a_file_that_is_followed_no_longer_says_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "notes.txt", "1")

    async with watching(tmp_path, "notes.txt") as watcher:
        watcher.drop(path)
        put(tmp_path / "notes.txt", "2")

        await stays_quiet(watcher)


async def test_a_file_that_was_read_before_it_changed_is_told(tmp_path: Path) -> None:
    put(tmp_path / "app.py", "x = 1\n")
    path = put(tmp_path / "late.py", "x = 1\n")
    digest = hash_file(path)

    async with watching(tmp_path, "app.py") as watcher:
        put(tmp_path / "late.py", "x = 2\n")
        watcher.add(path, digest)

        assert await next_change(watcher) == [path]


async def test_only_folders_of_what_is_followed_are_watched(tmp_path: Path) -> None:
    put(tmp_path / "app.py", "x = 1\n")
    put(tmp_path / "data" / "deep" / "file", "")

    async with watching(tmp_path, "app.py") as watcher:
        assert watcher.roots == [str(tmp_path)]
        assert watcher.files == [str(tmp_path / "app.py")]
        assert (watcher.mode, watcher.warnings) == ("native", [])


async def test_a_name_that_is_no_text_is_survived_with_one_warning(tmp_path: Path) -> None:
    path = put(tmp_path / "app.py", "x = 1\n")
    odd = os.fsencode(tmp_path) + b"/\xff.py"

    async with watching(tmp_path, "app.py") as watcher:
        # What happens before the watch is up is not heard, and nobody looks for this file.
        for number in (2, 3, 4):
            write_odd(odd, f"{number}\n")
            put(tmp_path / "app.py", f"x = {number}\n")

            assert await next_change(watcher) == [path]
            watcher.accept()
            await stays_quiet(watcher)
        assert len(watcher.warnings) == 1
        assert "not UTF-8" in watcher.warnings[0]
        os.unlink(odd)


def write_odd(path: bytes, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
