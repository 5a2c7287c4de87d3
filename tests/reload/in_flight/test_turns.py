"""What is under way when a save comes: turns, and handlers that do not let go."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable
from functools import partial

from tests.reload.crowd import Crowd
from tests.reload.endpoint import Json, wait_until
from tests.reload.event_stream import EventStream
from tests.reload.harness import Program
from tests.reload.in_flight.steps import (
    END_SECONDS,
    SHORT_DRAIN_SECONDS,
    chunks,
    draining,
    open_gate,
    save,
    seconds_between,
    text_of,
    wait_chunk,
    wait_gone,
    wait_started,
)

# Turns


def test_row_095_turn_in_flight_ends_on_the_old_code(dev: Program) -> None:
    turn = dev.post("gated")
    wait_chunk(dev, turn, 9)

    outcome = save(dev, "m1")

    assert "m1" in dev.ask("echo while the other runs", "s2")
    assert dev.turn(turn)["status"] == "running"
    open_gate(dev)
    ended = dev.wait_turn(turn)
    assert ended["status"] == "done"
    assert ended["generation"] == outcome["generation"] - 1
    assert [reply["text"] for reply in ended["replies"]] == [chunks("m0", 50)]
    dev.wait_all_read()
    told = [
        event
        for event in dev.since(0, "reply.chunk")
        if event["session_id"] == "s1" and event["turn"] == turn["turn"]
    ]
    assert "".join(event["text"] for event in told) == chunks("m0", 50)
    assert {event["generation"] for event in told} == {ended["generation"]}
    following = dev.send("echo next")
    assert text_of(following) == "m1 next"
    assert following["generation"] == outcome["generation"]


def test_row_096_turn_beyond_the_drain_limit_is_interrupted(hasty_dev: Program) -> None:
    dev = hasty_dev
    turn = dev.post("stream 10000", "limited")
    wait_chunk(dev, turn, 9)

    mark = dev.mark()
    save(dev, "m1")
    swapped = dev.wait_event("worker.draining", after=mark)
    told = dev.wait_event("turn.interrupted", where=_is_of(turn))

    assert "a newer generation took over" in told["reason"]
    assert SHORT_DRAIN_SECONDS <= seconds_between(swapped, told) < END_SECONDS
    ended = dev.turn(turn)
    assert ended["status"] == "interrupted"
    assert text_of(ended).startswith(chunks("m0", 10))
    history = dev.get("/sessions/limited/history")["history"]
    assert [entry["sender"] for entry in history] == ["user", "app"]
    assert history[1]["text"] == text_of(ended)
    # To send it again is a person's choice: nothing has run it again by itself.
    assert dev.get("/sessions/limited/turns")["turns"] == [ended]
    assert dev.ask("echo again", "limited") == "m1 again"


def test_row_097_two_saves_leave_two_generations_and_a_third_ends_the_oldest(
    dev: Program,
) -> None:
    first = dev.status()["generation"]
    turn = dev.post("gated", "kept")
    wait_chunk(dev, turn, 9)
    save(dev, "m1")
    save(dev, "m2")
    wait_until(
        lambda: [worker["generation"] for worker in draining(dev)] == [first],
        what="only the generation that runs a turn drains",
    )
    open_gate(dev)
    assert text_of(dev.wait_turn(turn)) == chunks("m0", 50)
    dev.project.remove("uploads")

    oldest = dev.post("stream 10000", "oldest")
    wait_chunk(dev, oldest, 1)
    later = []
    for number in (3, 4):
        save(dev, f"m{number}")
        later.append(dev.post("gated", f"later-{number}"))
        wait_chunk(dev, later[-1], 9)
    assert dev.turn(oldest)["status"] == "running"
    save(dev, "m5")

    told = dev.wait_event("turn.interrupted", where=_is_of(oldest))
    assert "a newer generation took over" in told["reason"]
    wait_until(lambda: len(draining(dev)) == 2, what="two workers drain")
    open_gate(dev)
    for number, turn in zip((3, 4), later, strict=True):
        assert text_of(dev.wait_turn(turn)) == chunks(f"m{number}", 50)


def _is_of(turn: Json) -> Callable[[Json], bool]:
    return lambda event: (event["session_id"], event["turn"]) == (turn["session_id"], turn["turn"])


def test_row_098_message_in_the_swap_gap_is_answered_once(dev: Program) -> None:
    answers: dict[str, list[Json]] = {f"swap-{number}": [] for number in range(4)}
    mark = dev.mark()
    live = {dev.status()["generation"]: "m0"}

    def talk(session: str) -> None:
        answers[session].append(dev.send(f"echo {len(answers[session])}", session))

    with Crowd(*(partial(talk, session) for session in answers), leave=dev.disconnect):
        for number in itertools.count(1):
            live[save(dev, f"m{number}")["generation"]] = f"m{number}"
            if number >= 15 and _count_in_gaps(dev, mark) >= 200:
                break
            assert number < 100, "the messages do not meet the swaps"

    for session, turns in answers.items():
        generations = [turn["generation"] for turn in turns]
        assert generations == sorted(generations)
        assert [[reply["text"] for reply in turn["replies"]] for turn in turns] == [
            [f"{live[turn['generation']]} {number}"] for number, turn in enumerate(turns)
        ]
        assert [turn["turn"] for turn in turns] == list(range(1, len(turns) + 1))
        assert len(dev.get(f"/sessions/{session}/turns")["turns"]) == len(turns)


def _count_in_gaps(dev: Program, mark: int) -> int:
    """Count the messages that came between the beginning of a reload and its swap."""
    count, is_reloading = 0, False
    for event in dev.since(mark, "reload.started", "reload.succeeded", "message.received"):
        if event["kind"] == "message.received":
            count += is_reloading
        else:
            is_reloading = event["kind"] == "reload.started"
    return count


def test_row_099_five_sessions_in_mid_turn_do_not_hold_each_other_up(dev: Program) -> None:
    turns = [dev.post("gated", f"crowd-{number}") for number in range(5)]
    for turn in turns:
        wait_chunk(dev, turn, 9)

    outcome = save(dev, "m1")

    assert dev.ask("echo new", "crowd-new") == "m1 new"
    assert [dev.turn(turn)["status"] for turn in turns] == ["running"] * 5
    open_gate(dev)
    ended = [dev.wait_turn(turn) for turn in turns]
    assert [text_of(turn) for turn in ended] == [chunks("m0", 50)] * 5
    assert {turn["generation"] for turn in ended} == {outcome["generation"] - 1}


def test_row_100_event_stream_survives_twenty_saves(dev: Program) -> None:
    with EventStream(dev) as stream:
        for number in range(20):
            save(dev, f"m{number + 1}")
            assert dev.ask("echo .", "streamed").startswith(f"m{number + 1} ")
        stream.wait_id(dev.mark())
        told = [event["kind"] for event in stream.events]
        is_closed = stream.is_closed

    assert not is_closed
    assert stream.ids == list(range(stream.ids[0], stream.ids[0] + len(stream.ids)))
    assert [event["seq"] for event in stream.events] == stream.ids
    assert told.count("reload.started") == told.count("reload.succeeded") == 20
    assert told.count("turn.finished") == 20


# Handlers that do not let go


def stick(dev: Program, acts: list[str]) -> list[tuple[int, Json]]:
    """Have a handler of one generation after another stick; check that each save is live at once.

    Returns:
        The process and the turn of each.
    """
    stuck = []
    for number, act in enumerate(acts):
        turn = dev.post(act, f"stuck-{number}")
        wait_started(dev, turn)
        stuck.append((dev.serving_pid(), turn))
        save(dev, f"m{number + 1}")
        assert dev.ask("echo .", "free") == f"m{number + 1} ."
    return stuck


def check_ended(dev: Program, stuck: list[tuple[int, Json]], *signals: int | None) -> None:
    for pid, turn in stuck:
        wait_gone(pid)
        told = dev.wait_event("worker.exited", where=lambda event, pid=pid: event["pid"] == pid)  # type: ignore[misc]
        assert told["signal"] in signals
        assert dev.wait_turn(turn)["status"] == "interrupted"
        interrupted = dev.wait_event("turn.interrupted", where=_is_of(turn))
        assert "a newer generation took over" in interrupted["reason"]


def test_row_101_endless_loop_is_ended_and_new_code_is_live(hasty_dev: Program) -> None:
    stuck = stick(hasty_dev, ["spin"] * 4)

    check_ended(hasty_dev, stuck, signal.SIGTERM)


def test_row_102_blocking_calls_are_ended_and_new_code_is_live(hasty_dev: Program) -> None:
    stuck = stick(hasty_dev, ["sleep 3600", "wait", "hold 3600", "sleep 3600"])

    check_ended(hasty_dev, stuck, signal.SIGTERM)


def test_row_103_worker_that_ignores_sigterm_is_killed(hasty_dev: Program) -> None:
    stuck = stick(hasty_dev, ["deaf", "handler", "mute", "deaf"])

    check_ended(hasty_dev, stuck, signal.SIGKILL)
