from __future__ import annotations

from cpsl.records import (
    BlockRecord,
    HistoryEntry,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
)
from cpsl_dev.tui.turn_view import SHOWN_TURNS, TurnView, TurnViews
from tests.screens import make_event


def make_record(turn: int, **fields: object) -> TurnRecord:
    values: dict[str, object] = {
        "status": "done",
        "replies": [ReplyRecord(text="hi", streamed=False)],
    }
    return TurnRecord(
        session_id="s1",
        turn=turn,
        generation=1,
        message=MessageRecord(text=f"message {turn}"),
        **{**values, **fields},  # type: ignore[arg-type]
    )


def texts(view: TurnView) -> list[str]:
    return [reply.text.parts(10_000)[0] for reply in view.replies]


def test_a_turn_is_followed_from_its_message_to_its_end() -> None:
    turns = TurnViews()
    steps = []
    for event in (
        make_event("message.received", text="hello", source="http", attachments=[{"name": "a"}]),
        make_event("turn.started"),
        make_event("notification.sent", text="Thinking", detail="hard"),
        make_event("reply.started", reply=0),
        make_event("reply.chunk", reply=0, text="one "),
        make_event("reply.chunk", reply=0, text="two"),
        make_event("reply.finished", reply=0, text="one two"),
        make_event("reply.sent", text="whole"),
        make_event("turn.finished", duration_ms=5.0, first_reply_ms=2.0),
    ):
        assert turns.apply(event)
        [view] = turns
        steps.append((view.status, view.notification, texts(view)))

    assert steps[0] == ("queued", "", [])
    assert steps[2] == ("running", "Thinking  hard", [])
    assert steps[4] == ("running", "", ["one "])
    assert steps[-1] == ("done", "", ["one two", "whole"])
    assert (view.text, view.source, view.attachments) == ("hello", "http", ["a"])
    assert (view.generation, view.duration_ms, view.first_reply_ms) == (1, 5.0, 2.0)


def test_only_the_last_turn_is_the_newest() -> None:
    turns = TurnViews()
    turns.load([make_record(1), make_record(2)], [], seq=0)
    first, second = turns
    before = second.version
    turns.apply(make_event("message.received", turn=3, text="x"))

    assert [turn.is_newest for turn in turns] == [False, False, True]
    assert second.version > before
    assert first is next(iter(turns))


def test_every_change_gives_another_version() -> None:
    turns = TurnViews()
    turns.apply(make_event("turn.started"))
    [view] = turns
    before = view.version

    turns.apply(make_event("reply.chunk", reply=0, text="x"))

    assert view.version > before


def test_failed_turn_knows_its_error() -> None:
    turns = TurnViews()
    turns.apply(
        make_event("turn.failed", duration_ms=1, error={"type": "KeyError", "message": "x"})
    )

    failed = turns.last_failed()

    assert failed is not None
    assert failed.error is not None
    assert (failed.status, failed.error.type, failed.is_over) == ("failed", "KeyError", True)


def test_interrupted_turn_knows_the_reason() -> None:
    turns = TurnViews()
    turns.apply(make_event("notification.sent", text="Thinking"))
    turns.apply(make_event("turn.interrupted", reason="cancelled", duration_ms=1))

    [view] = turns
    assert (view.status, view.reason, view.notification) == ("interrupted", "cancelled", "")


def test_block_that_is_shown_again_replaces_itself() -> None:
    turns = TurnViews()
    turns.apply(make_event("block.shown", id="b", type="card", payload={"n": 1}))
    turns.apply(make_event("reply.sent", text="between"))
    turns.apply(make_event("block.shown", id="b", type="card", payload={"n": 2}))

    [view] = turns
    assert [reply.payload for reply in view.replies] == [{"n": 2}, {}]


def test_turn_that_is_read_has_its_blocks_among_the_replies() -> None:
    replies = [ReplyRecord(text=text, streamed=False) for text in ("one", "two")]
    places = {"a": 0, "b": 1, "c": 1, "d": 2}
    blocks = [
        BlockRecord(id=name, type="card", payload={}, after=after) for name, after in places.items()
    ]

    turns = TurnViews()
    turns.load([make_record(1, replies=replies, blocks=blocks)], [], 0)

    (view,) = turns
    shown = [reply.block_id or reply.text.parts(10)[0] for reply in view.replies]
    assert shown == ["a", "one", "b", "c", "two", "d"]


def test_interrupted_turn_that_is_read_knows_the_reason() -> None:
    turns = TurnViews()
    turns.load([make_record(1, status="interrupted", reason="cancelled")], [], 0)

    assert [turn.reason for turn in turns] == ["cancelled"]


def test_finished_reply_counts_where_chunks_were_missed() -> None:
    turns = TurnViews()
    turns.apply(make_event("reply.chunk", reply=0, text="end"))
    turns.apply(make_event("reply.finished", reply=0, text="start and end"))

    [view] = turns
    assert texts(view) == ["start and end"]


def test_what_is_said_outside_of_turns_comes_first() -> None:
    turns = TurnViews()
    turns.apply(make_event("turn.started", turn=1))
    turns.apply(make_event("reply.sent", turn=None, text="Welcome"))

    assert [(view.turn, view.status, texts(view)) for view in turns] == [
        (0, "done", ["Welcome"]),
        (1, "running", []),
    ]
    assert turns.oldest == 1


def test_running_turn_is_the_first_that_is_not_over() -> None:
    turns = TurnViews()
    turns.load(
        [make_record(1), make_record(2, status="running"), make_record(3, status="queued")], [], 0
    )

    assert turns.running is not None
    assert turns.running.turn == 2


def test_events_from_before_the_load_change_nothing() -> None:
    event = make_event("reply.sent", text="again", turn=1)
    turns = TurnViews()
    turns.load([make_record(1)], [], event.seq)

    assert not turns.apply(event)
    assert [texts(view) for view in turns] == [["hi"]]


def test_greeting_is_taken_from_the_history() -> None:
    entry = HistoryEntry(
        index=0, sender="app", text="Welcome", channel_type="chat", timestamp="t", turn=0
    )
    turns = TurnViews()
    turns.load([make_record(1)], [entry], 0)

    assert [texts(view) for view in turns] == [["Welcome"], ["hi"]]


def test_running_turn_that_is_read_shows_its_last_notification() -> None:
    notes = [NotificationRecord(text="a"), NotificationRecord(text="b")]
    turns = TurnViews()
    turns.load([make_record(1, status="running", notifications=notes, replies=[])], [], 0)

    [view] = turns
    assert view.notification == "b"


def test_turn_that_is_read_again_keeps_its_source_and_gets_another_version() -> None:
    turns = TurnViews()
    turns.apply(make_event("message.received", text="x", source="cli"))
    [before] = turns
    turns.add([make_record(1)])

    [view] = turns
    assert (view.source, view.status) == ("cli", "done")
    assert view.version > before.version


def test_oldest_turns_go_when_there_are_many() -> None:
    turns = TurnViews()
    turns.load([make_record(number) for number in range(1, 500)], [], 0)

    turns.trim()

    assert (len(turns), turns.oldest) == (SHOWN_TURNS, 500 - SHOWN_TURNS)
    assert not turns.apply(make_event("reply.sent", turn=1, text="late"))


def test_files_of_the_app_are_shown_without_its_folder() -> None:
    turns = TurnViews("/home/me/app")
    for turn, file in enumerate(("/home/me/app/a.py", "/home/me/app2/b.py", "c.py"), start=1):
        error = {"type": "E", "message": "", "file": file, "line": 1}
        turns.apply(make_event("turn.failed", turn=turn, error=error))

    assert [turn.error.file for turn in turns if turn.error] == [
        "a.py",
        "/home/me/app2/b.py",
        "c.py",
    ]
