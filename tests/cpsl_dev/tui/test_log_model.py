from __future__ import annotations

import pytest

from cpsl_dev.tui.log_model import FOLLOWED, READ_BACK, LogModel
from tests.screens import make_event


def kinds(model: LogModel) -> list[str]:
    return [row.event.kind for row in model.rows]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            "all",
            ["turn.started", "data.changed", "reload.failed", "output.written", "log.recorded"],
        ),
        ("turns", ["turn.started"]),
        ("data", ["data.changed"]),
        ("reloads", ["reload.failed"]),
        ("output", ["output.written", "log.recorded"]),
        ("errors", ["reload.failed", "log.recorded"]),
    ],
)
def test_group_chooses_the_kinds(group: str, expected: list[str]) -> None:
    model = LogModel()
    model.group = group

    model.append(
        [
            make_event("turn.started"),
            make_event("data.changed"),
            make_event("reload.failed"),
            make_event("output.written", stream="stdout", text="x"),
            make_event("log.recorded", level="ERROR", text="y"),
        ]
    )

    assert kinds(model) == expected


def test_text_is_searched_in_kind_and_summary() -> None:
    model = LogModel()
    model.text = "COFFEE"

    model.append(
        [make_event("reply.sent", text="buy coffee"), make_event("reply.sent", text="tea")]
    )

    assert [row.event.fields["text"] for row in model.rows] == ["buy coffee"]


def test_session_can_be_chosen() -> None:
    model = LogModel()
    model.session_id = "s2"

    model.append([make_event("turn.started"), make_event("turn.started", session_id="s2")])

    assert len(model.rows) == 1


def test_run_of_chunks_is_one_row() -> None:
    model = LogModel()
    chunks = [make_event("reply.chunk", reply=0, text=str(number)) for number in range(50)]

    model.append(chunks[:20])
    model.append([*chunks[20:], make_event("reply.chunk", reply=1, text="other")])

    assert [(row.count, row.event.fields["text"]) for row in model.rows] == [
        (50, "49"),
        (1, "other"),
    ]


def test_memory_is_bounded_while_following() -> None:
    model = LogModel()
    for _ in range(20):
        model.append([make_event("turn.started") for _ in range(500)])

    assert len(model.rows) < FOLLOWED * 1.2


def test_a_flood_of_lines_costs_no_more_than_the_window() -> None:
    model = LogModel()
    block = "line\n" * 500
    first = make_event("turn.started")
    flood = [make_event("output.written", stream="stdout", text=block) for _ in range(40)]

    model.append([first, *flood])

    assert FOLLOWED <= len(model.rows) < FOLLOWED * 1.2 + 500
    assert first.seq < min(row.event.seq for row in model.rows)

    model.group = "turns"
    model.reset([])
    model.append([first, *flood])
    assert [row.event for row in model.rows] == [first]


def test_rows_stay_while_reading_back_and_new_ones_are_counted() -> None:
    model = LogModel()
    model.append([make_event("turn.started") for _ in range(10)])
    model.following = False

    gone = model.append([make_event("turn.started") for _ in range(3)])

    assert (gone, model.unseen, len(model.rows)) == (0, 3, 13)


def test_too_many_new_rows_are_only_counted() -> None:
    model = LogModel()
    model.following = False
    for _ in range(5):
        model.append([make_event("turn.started") for _ in range(READ_BACK // 4)])

    assert (len(model.rows), model.unseen, model.has_gap) == (READ_BACK, READ_BACK * 5 // 4, True)


def test_older_rows_go_in_front() -> None:
    model = LogModel()
    first, second = make_event("turn.started"), make_event("turn.finished")
    model.append([second])

    assert model.oldest_seq == second.seq
    assert model.prepend([first]) == 1
    assert kinds(model) == ["turn.started", "turn.finished"]


def test_reset_begins_again() -> None:
    model = LogModel()
    model.append([make_event("turn.started")])
    model.has_gap, model.unseen = True, 5

    model.reset([make_event("turn.finished")])

    assert (kinds(model), model.has_gap, model.unseen) == (["turn.finished"], False, 0)


def test_patterns_name_the_kinds_for_the_server() -> None:
    model = LogModel()
    model.group = "errors"

    assert {"turn.failed", "worker.*"} <= set(model.kinds)


def test_lines_of_an_output_have_rows_of_their_own() -> None:
    model = LogModel()

    model.append([make_event("output.written", stream="stdout", text="one\ntwo\n\nthree")])

    assert [model.summary(row) for row in model.rows] == [
        "stdout │ one",
        "stdout │ two",
        "stdout │ ",
        "stdout │ three",
    ]

    model.text = "tw"
    model.reset([row.event for row in model.rows[:1]])

    assert [model.summary(row) for row in model.rows] == ["stdout │ two"]
