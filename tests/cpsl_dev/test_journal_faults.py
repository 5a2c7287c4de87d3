"""Tests of a store that is full, damaged, too new or held by somebody else."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from cpsl.store import SqliteStore, StoreTooNew
from cpsl_dev import journal as journal_module
from cpsl_dev.exceptions import StoreUnavailable
from tests.limits import disk_full
from tests.timelines import Timeline, add_session, session_ids


async def test_a_full_disk_refuses_and_acknowledges_nothing(timeline: Timeline) -> None:
    await timeline.journal.write(lambda tx: add_session(tx, "before"))

    with disk_full(timeline.path), pytest.raises(StoreUnavailable, match="cannot be written"):
        await timeline.journal.write(lambda tx: add_session(tx, "refused"))

    assert await timeline.journal.read(session_ids) == ["before"]


async def test_a_full_disk_loses_no_events_and_is_told_once_there_is_room(
    timeline: Timeline,
) -> None:
    await timeline.settle()
    with disk_full(timeline.path):
        for _ in range(3):
            timeline.journal.record("chunk", {"text": "x" * 10_000})
            with pytest.raises(StoreUnavailable):
                await timeline.settle()
        assert timeline.journal.failing
        assert timeline.told == []

    # Nothing more is asked for: it goes on by itself.
    deadline = asyncio.get_running_loop().time() + 5
    while not timeline.told:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)

    assert sorted(timeline.kinds()) == [
        *(["chunk"] * 3),
        "store.failed",
        "store.recovered",
    ]
    assert timeline.kinds()[-1] == "store.recovered"
    assert timeline.seqs() == [1, 2, 3, 4, 5]
    assert not timeline.journal.failing


async def test_what_is_held_for_a_full_disk_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_HELD_WHEN_FULL", 50)
    timeline = Timeline(tmp_path)
    await timeline.journal.open()
    await timeline.settle()
    with disk_full(timeline.path):
        for number in range(200):
            timeline.journal.record("chunk", {"n": number, "text": "x" * 100})
        with pytest.raises(StoreUnavailable):
            await timeline.settle()
    await timeline.settle()
    await timeline.journal.close()

    numbers = [event.fields["n"] for event in timeline.told if event.kind == "chunk"]
    assert 49 <= len(numbers) <= 50
    assert numbers == list(range(200 - len(numbers), 200))
    assert timeline.kinds()[-1] == "store.recovered"
    assert timeline.seqs() == list(range(1, len(timeline.told) + 1))


async def test_old_events_are_forgotten_and_numbers_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_KEPT_EVENTS", 10)
    monkeypatch.setattr(journal_module, "_PRUNE_EVERY", 5)
    timeline = Timeline(tmp_path)
    await timeline.journal.open()
    for _ in range(40):
        timeline.journal.record("a")
        await timeline.settle()

    bounds = await timeline.journal.read(lambda store: store.events.bounds())
    await timeline.journal.close()

    assert bounds[1] == timeline.log.last_seq == 40
    assert 10 <= bounds[1] - bounds[0] + 1 <= 16
    assert timeline.log.first_seq == bounds[0]


async def test_a_store_from_the_future_is_refused(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "state.db").close()
    other = sqlite3.connect(tmp_path / "state.db")
    other.execute("PRAGMA user_version = 99")
    other.close()

    with pytest.raises(StoreTooNew, match="newer cpsl-dev"):
        await Timeline(tmp_path).journal.open()


async def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()

    with pytest.raises(StoreUnavailable) as refused:
        await Timeline(tmp_path).journal.open()

    assert str(refused.value) == (
        f"The store {tmp_path / 'state.db'} cannot be opened: unable to open database file."
    )


async def test_a_damaged_store_is_moved_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"garbage" * 1_000)
    timeline = Timeline(tmp_path)

    await timeline.journal.open()

    assert timeline.journal.moved_aside == tmp_path / "state.db.damaged-1"
    await timeline.journal.close()


async def test_a_reader_elsewhere_does_not_hold_up_writing(timeline: Timeline) -> None:
    other = sqlite3.connect(timeline.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM events").fetchall()

    async with asyncio.timeout(2):
        await timeline.journal.write(lambda tx: add_session(tx, "s"))

    other.close()


async def test_another_writer_is_waited_for(timeline: Timeline) -> None:
    other = sqlite3.connect(timeline.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.ensure_future(timeline.journal.write(lambda tx: add_session(tx, "s")))
    await asyncio.wait({writing}, timeout=0.1)
    assert not writing.done()

    other.execute("ROLLBACK")
    other.close()

    async with asyncio.timeout(6):
        assert await writing == "s"
