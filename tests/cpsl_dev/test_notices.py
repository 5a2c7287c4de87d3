from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from cpsl_dev.notices import Notices
from tests.servers import DEADLINE_SECONDS, wait_until


def _watching(before: Sequence[threading.Thread] = ()) -> list[threading.Thread]:
    """Return the threads that listen, but for those of a server that tests share."""
    found = [thread for thread in threading.enumerate() if thread.name == "cpsl-watch"]
    return [thread for thread in found if thread not in before]


async def test_a_saved_file_is_told(tmp_path: Path) -> None:
    told: asyncio.Queue[Iterable[str]] = asyncio.Queue()
    notices = Notices(told.put_nowait)
    notices.listen([str(tmp_path)])
    saved = tmp_path / "app.py"

    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            # The watch comes up in its thread: what is saved before it is there is not heard.
            while told.empty():
                saved.write_text("x = 1\n", "utf-8")
                await asyncio.sleep(0.01)
            paths = await told.get()
    finally:
        notices.stop()

    assert str(saved) in paths


async def test_no_thread_is_left_once_it_has_stopped(tmp_path: Path) -> None:
    before = _watching()
    notices = Notices(lambda paths: None)
    notices.listen([str(tmp_path)])
    notices.listen([str(tmp_path), str(tmp_path)])
    await wait_until(lambda: len(_watching(before)) == 2, what="two threads listen")

    notices.stop()

    assert _watching(before) == []


async def test_nothing_is_listened_to_where_that_is_not_wanted(tmp_path: Path) -> None:
    before = _watching()
    notices = Notices(lambda paths: None, native=False)
    notices.listen([str(tmp_path)])

    assert (notices.mode, _watching(before)) == ("polling", [])
    notices.stop()
