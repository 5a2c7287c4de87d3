from __future__ import annotations

from cpsl.records import ErrorRecord
from cpsl_dev.tui.chat_lines import error_lines, turn_lines
from cpsl_dev.tui.long_text import LongText
from cpsl_dev.tui.spans import plain, target_at
from cpsl_dev.tui.turn_view import ReplyView, TurnView

ERROR = ErrorRecord(
    type="KeyError", message="'x'", file="app.py", line=3, text="return data['x']", traceback="..."
)


def shown(view: TurnView, width: int = 60) -> list[str]:
    return [plain(line).rstrip() for line in turn_lines(view, width)]


def reply(text: str, *, is_open: bool = False) -> ReplyView:
    return ReplyView(text=LongText(text), is_open=is_open)


def test_finished_turn_shows_both_sides_with_generation_and_times() -> None:
    view = TurnView(
        turn=1,
        text="hello",
        status="done",
        generation=7,
        replies=[reply("**hi**"), reply("there")],
        duration_ms=50.0,
        first_reply_ms=3.0,
    )

    lines = shown(view)

    assert lines[0].startswith("you")
    assert lines[1] == "hello"
    assert lines[2].startswith("app")
    assert lines[2].endswith("gen 7 · first 3 ms · 50 ms")
    assert lines[3:] == ["hi", "", "there", ""]


def test_message_from_outside_says_where_it_came_from() -> None:
    assert shown(TurnView(turn=1, text="x", source="http"))[0].startswith("you  via http")
    assert "via" not in shown(TurnView(turn=1, text="x", source="screen"))[0]


def test_message_is_shown_as_it_was_written() -> None:
    assert shown(TurnView(turn=1, text="**x** [/]\n- y"))[1:3] == ["**x** [/]", "- y"]


def test_attachments_are_named() -> None:
    assert "+ a.png" in shown(TurnView(turn=1, text="x", attachments=["a.png"]))


def test_turn_that_waits_is_queued() -> None:
    assert shown(TurnView(turn=1, text="x", status="queued"))[2].endswith("queued")


def test_notification_is_one_line_below() -> None:
    view = TurnView(turn=1, text="x", notification="Thinking", generation=2)

    assert shown(view)[2].endswith("gen 2 · running")
    assert shown(view)[3] == "⋯ Thinking"


def test_reply_that_streams_has_a_cursor() -> None:
    assert (
        shown(TurnView(turn=1, text="x", replies=[reply("so far", is_open=True)]))[3] == "so far▍"
    )


def test_failed_turn_shows_the_error_its_place_and_the_source() -> None:
    view = TurnView(turn=1, text="x", status="failed", error=ERROR)

    assert shown(view)[3:6] == [
        "✗ KeyError: 'x'",
        "  app.py:3  F8 shows the traceback",
        "  │ return data['x']",
    ]


def test_interrupted_turn_says_so_and_how_to_send_it_again() -> None:
    view = TurnView(turn=3, text="x", status="interrupted", reason="cancelled", is_newest=True)

    assert shown(view)[3:5] == ["⚠ interrupted: cancelled", "  [^S: send it again]"]
    assert target_at(turn_lines(view, 60)[4], 5) == "again:3"
    view.is_newest = False
    assert shown(view)[4] == "  [send it again]"


def test_greeting_has_no_message_above() -> None:
    assert shown(TurnView(turn=0, status="done", replies=[reply("Welcome")]))[0].startswith("app")


def step(label: str) -> ReplyView:
    return ReplyView(block_id=label, block_type="step_status", payload={"label": label})


def test_blocks_stand_between_replies_and_steps_follow_each_other() -> None:
    card = ReplyView(block_id="b1", block_type="card", payload={"n": 1})
    view = TurnView(turn=1, text="x", replies=[step("one"), step("two"), reply("text"), card])

    assert shown(view)[3:-1] == [
        "◌ one",
        "◌ two",
        "",
        "text",
        "",
        "▣ card b1",
        "  {",
        '    "n": 1',
        "  }",
    ]


def test_huge_reply_is_cut_in_the_middle_with_a_note() -> None:
    view = TurnView(turn=1, text="x", status="done", replies=[reply("word " * 200_000 + "the end")])

    lines = shown(view)

    assert any("characters are not shown" in line for line in lines)
    assert lines[-2].endswith("the end")
    assert len(lines) < 2_000


def test_message_of_many_lines_is_cut() -> None:
    lines = shown(TurnView(turn=1, text="a\n" * 3_000))

    assert len(lines) < 400
    assert any("lines are not shown" in line for line in lines)


def test_long_error_message_is_cut() -> None:
    lines = error_lines(ErrorRecord(type="E", message="word " * 5_000), 40)

    assert len(lines) < 12


def test_no_control_character_comes_through() -> None:
    evil = "\x1b]52;c;x\x07\x9b\u202e"
    error = ErrorRecord(type=evil, message=evil, file=evil, line=1, text=evil)
    view = TurnView(
        turn=1,
        text=evil,
        source=evil,
        notification=evil,
        attachments=[evil],
        reason=evil,
        status="interrupted",
        error=error,
        replies=[reply(evil), ReplyView(block_id=evil, block_type=evil, payload={evil: evil})],
    )

    text = "".join(shown(view))

    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
