from __future__ import annotations

from dataclasses import replace

from cpsl.records import BlockRecord, ErrorRecord, MessageRecord, ReplyRecord, TurnRecord
from cpsl_dev.tui.spans import Line, plain
from cpsl_dev.tui.turn_story import (
    ReplayStory,
    TurnStory,
    difference_lines,
    replay_heading,
    replay_lines,
    turn_heading,
    turn_lines_of,
    what_differs,
)
from tests.screens import make_event

TURN = TurnRecord(
    session_id="s1",
    turn=3,
    generation=2,
    status="done",
    message=MessageRecord(text="buy coffee", attachments=[{"name": "list.txt"}]),
    replies=[ReplyRecord(text="Saved note #1", streamed=False)],
    blocks=[BlockRecord(id="b", type="card", payload={"title": "Coffee"})],
    started_at="2026-11-22T10:02:11.204Z",
    duration_ms=4.2,
    first_reply_ms=2.0,
)
STORY = ReplayStory(
    before=TURN,
    after=replace(TURN, generation=5),
    data_before={"n": 1},
    data_after={"n": 1},
    patch=[],
    is_same=True,
    is_last=True,
)


def text_of(lines: list[Line]) -> str:
    return "\n".join(plain(line).rstrip() for line in lines)


def test_heading_tells_number_status_generation_and_times() -> None:
    heading = turn_heading(TURN)

    assert heading.startswith("Turn 3 · done · gen 2 · ")
    assert heading.endswith(".204 · 4 ms · first text 2 ms")


def test_story_has_all_that_the_turn_did() -> None:
    events = [
        make_event("turn.started"),
        *(make_event("reply.chunk", text="x") for _ in range(5)),
        make_event("turn.finished", duration_ms=4),
    ]
    patch = [{"op": "replace", "path": "/n", "value": 2}]
    story = TurnStory(record=TURN, events=events, before={"n": 1}, after={"n": 2}, patch=patch)

    text = text_of(turn_lines_of(story, 80))

    for part in ("buy coffee", "list.txt", "Saved note #1", "block card", '"title": "Coffee"'):
        assert part in text
    assert '-   "n": 1\n+   "n": 2' in text
    assert "turn.started" in text
    assert "reply.chunk \N{MULTIPLICATION SIGN}5" in text
    assert "4 ms" in text


def test_story_of_a_failed_turn_has_the_error_and_its_traceback() -> None:
    error = ErrorRecord(
        type="KeyError", message="no", file="app.py", line=4, traceback="Traceback: here"
    )
    story = TurnStory(record=replace(TURN, status="failed", error=error), before={}, after={})

    text = text_of(turn_lines_of(story, 80))

    assert "app.py:4  KeyError: no" in text
    assert "Traceback: here" in text
    assert "data\nunchanged" in text


def test_story_of_a_turn_that_runs_says_so() -> None:
    assert "the turn is not over" in text_of(turn_lines_of(TurnStory(record=TURN), 80))


def test_long_and_hostile_parts_are_bounded_and_literal() -> None:
    evil = "\x1b[2J\u202e" + "long " * 20_000
    turn = replace(
        TURN,
        message=MessageRecord(text=evil),
        blocks=[BlockRecord(id="b", type=evil, payload={evil: evil})],
    )
    events = [make_event("log.recorded", text=evil) for _ in range(600)]

    text = text_of(turn_lines_of(TurnStory(record=turn, events=events), 80))

    assert not {"\x1b", "\u202e"} & set(text)
    assert "more characters" in text
    assert "… 100 more" in text


def test_replay_that_gives_the_same_says_so() -> None:
    assert replay_heading(STORY) == "Replay of turn 3 · the same"
    assert text_of(replay_lines(STORY, 90)).count("the same") == 3
    assert difference_lines(STORY, 90) == []


def test_what_differs_is_named() -> None:
    replied = replace(TURN, replies=[ReplyRecord(text="Kept note #1", streamed=False)])
    failed = replace(TURN, status="failed", replies=[])
    patch = [{"op": "replace", "path": "/n", "value": 2}]
    blocks = replace(TURN, blocks=[])

    assert what_differs(replace(STORY, after=replied, is_same=False)) == "replies differ"
    assert what_differs(replace(STORY, patch=patch, is_same=False)) == "data differs"
    assert what_differs(replace(STORY, after=blocks, is_same=False)) == "blocks differ"
    both = replace(STORY, after=failed, patch=patch, is_same=False)
    assert what_differs(both) == "status, replies and data differ"
    one, other = (
        replace(TURN, status="failed", error=ErrorRecord(type="ValueError", message=message))
        for message in ("it broke", "it broke again")
    )
    assert what_differs(replace(STORY, before=one, after=other, is_same=False)) == "error differs"


def test_replay_shows_old_and_new_side_by_side() -> None:
    replied = replace(TURN, replies=[ReplyRecord(text="Kept note #1", streamed=False)])
    patch = [{"op": "replace", "path": "/n", "value": 2}]
    story = replace(STORY, after=replied, data_after={"n": 2}, patch=patch, is_same=False)

    rows = [line.split("│") for line in text_of(replay_lines(story, 90)).splitlines()]

    assert ["Saved note #1", "Kept note #1"] in [[half.strip() for half in row] for row in rows]
    assert ['"n": 1', '"n": 2'] in [[half.strip() for half in row] for row in rows]


def test_short_difference_has_replies_data_and_the_error() -> None:
    error = ErrorRecord(type="KeyError", message="no")
    failed = replace(TURN, status="failed", replies=[], error=error)
    patch = [{"op": "replace", "path": "/n", "value": 2}]
    story = replace(STORY, after=failed, data_after={"n": 2}, patch=patch, is_same=False)

    lines = text_of(difference_lines(story, 80)).splitlines()

    assert lines[:3] == ["- done", "+ failed: KeyError: no", "- Saved note #1"]
    assert '+   "n": 2' in lines


def test_difference_of_blocks_alone_is_shown() -> None:
    story = replace(STORY, after=replace(TURN, blocks=[]), is_same=False)

    assert text_of(difference_lines(story, 80)).startswith("- card {")
