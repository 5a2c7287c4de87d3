"""Section E of the scenarios: what is under way when a save comes. Rows have their numbers."""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson
import pytest

from tests.reload import in_flight_apps as apps
from tests.reload.conftest import Start
from tests.reload.crowd import Crowd
from tests.reload.event_stream import EventStream
from tests.reload.harness import Json, Program, is_alive, wait_until
from tests.reload.invariants import Invariants
from tests.reload.project import Project
from tests.terminals import Terminal

SHORT_DRAIN_SECONDS = 0.3
# After the limit: 2 s until SIGTERM, 2 s until SIGKILL, and a busy machine.
END_SECONDS = 4.0 + 3.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for most rows; each leaves it with the fixture as it was."""
    project = Project(tmp_path_factory.mktemp("in-flight") / "project", apps.FILES)
    with Program(project) as program:
        yield program


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that gives turns on old code little time."""
    project = Project(tmp_path_factory.mktemp("hasty") / "project", apps.FILES)
    with Program(project, "--drain-timeout", f"{SHORT_DRAIN_SECONDS:g}") as program:
        yield program


@pytest.fixture
def hasty_dev(hasty: Program) -> Iterator[Program]:
    """That program on the fixture as it is at first, with the invariants watched."""
    hasty.project.restore()
    hasty.wait_live()
    hasty.wait_standby()
    with Invariants(hasty):
        yield hasty


@pytest.fixture
def own_project(tmp_path: Path) -> Project:
    """The same fixture, for a program of one row alone."""
    return Project(tmp_path / "project", apps.FILES)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def save(dev: Program, main: str) -> Json:
    """Change `MAIN` in app.py; return how the reload ended."""
    mark = dev.mark()
    text = dev.project.original["app.py"].replace('MAIN = "m0"', f'MAIN = "{main}"')
    dev.project.save("app.py", text)
    outcome = dev.wait_outcome(mark)
    assert outcome["kind"] == "reload.succeeded", outcome
    return outcome


def text_of(turn: Json) -> str:
    return "".join(reply["text"] for reply in turn["replies"])


def chunks(main: str, count: int) -> str:
    return "".join(f"{main}:{number} " for number in range(count))


def wait_chunk(dev: Program, turn: Json, number: int) -> Json:
    """Wait until a streaming turn has said so much."""
    return dev.wait_event(
        "reply.chunk",
        where=lambda event: (
            event["session_id"] == turn["session_id"]
            and event["turn"] == turn["turn"]
            and f":{number} " in event["text"]
        ),
    )


def wait_started(dev: Program, turn: Json) -> Json:
    return dev.wait_event(
        "turn.started",
        where=lambda event: (
            event["session_id"] == turn["session_id"] and event["turn"] == turn["turn"]
        ),
    )


def wait_gone(pid: int, *, within_seconds: float = END_SECONDS) -> None:
    wait_until(
        lambda: not is_alive(pid), what=f"process {pid} ends", timeout_seconds=within_seconds
    )


def open_gate(dev: Program) -> None:
    """Let the handlers that wait in `gated` go on."""
    dev.project.write("uploads/go", "")


def draining(dev: Program) -> list[Json]:
    return [worker for worker in dev.workers() if worker["state"] == "draining"]


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


# What handlers leave behind


def test_row_105_threads_end_with_their_generation(dev: Program) -> None:
    log = dev.project.path("threads.log")
    old = dev.serving_pid()
    dev.ask("threads")
    wait_until(lambda: log.exists() and len(log.read_text().splitlines()) > 4, what="threads write")

    mark = dev.mark()
    save(dev, "m1")
    swapped = dev.wait_event("worker.draining", after=mark)
    gone = dev.wait_event("worker.exited", after=mark, where=lambda event: event["pid"] == old)

    written = log.read_text().count("m0")
    dev.ask("threads")
    wait_until(lambda: log.read_text().count("m1") > 20, what="the new threads write")
    assert log.read_text().count("m0") == written
    assert seconds_between(swapped, gone) < END_SECONDS


def seconds_between(first: Json, last: Json) -> float:
    times = [datetime.fromisoformat(event["time"]) for event in (first, last)]
    return (times[1] - times[0]).total_seconds()


def test_row_106_background_tasks_are_cancelled_and_may_tidy_up(dev: Program) -> None:
    old = dev.serving_pid()
    dev.ask("tasks")

    mark = dev.mark()
    save(dev, "m1")
    swapped = dev.wait_event("worker.draining", after=mark)
    gone = dev.wait_event("worker.exited", after=mark, where=lambda event: event["pid"] == old)

    assert dev.project.read("background.log") == "m0 tidy\n"
    assert seconds_between(swapped, gone) < END_SECONDS


def test_row_108_children_end_with_their_generation(dev: Program) -> None:
    for number in range(10):
        old = dev.serving_pid()
        family = [int(pid) for pid in dev.ask("family").split()]
        assert len(family) == 6
        assert all(is_alive(pid) for pid in family)
        save(dev, f"m{number + 1}")
        wait_gone(old)
        for pid in family:
            wait_gone(pid)


# What boot holds


def test_row_114_port_and_database_are_handed_over(
    start: Start, tmp_path: Path, free_port: int
) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.PORT_APP})
    dev = start(project, environment={"FIXTURE_PORT": str(free_port)})
    files = []

    for number in range(20):
        outcome = save(dev, f"m{number + 1}")
        assert ask_port(free_port) == f"m{number + 1}"
        assert any("held what it needs" in note for note in outcome["notes"]), outcome
        main, _, count = dev.ask("?").partition(" ")
        assert main == f"main=m{number + 1}"
        files.append(int(count))

    assert files[0] == files[-1]
    wait_until(lambda: len(dev.workers()) <= 2, what="only what serves and the standby are left")


def test_row_114_port_without_a_shutdown_hook_gives_a_clear_error(
    start: Start, tmp_path: Path, free_port: int
) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.WITHOUT_SHUTDOWN})
    dev = start(project, environment={"FIXTURE_PORT": str(free_port)})
    mark = dev.mark()
    project.edit("app.py", '"m0"', '"m1"')
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["phase"] == "boot"
    assert outcome["error"]["file"] == "app.py"
    assert "@app.shutdown()" in outcome["error"]["message"]
    assert ask_port(free_port) == "m0"
    assert dev.ask("?").startswith("main=m0")
    assert dev.status()["stale"] is True


def test_row_115_old_code_answers_while_boot_takes_long(start: Start, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.SLOW_BOOT_APP})
    dev = start(project)
    mark = dev.mark()
    project.save("app.py", apps.SLOW_BOOT_APP.replace('"m0"', '"m1"').replace("False", "True"))
    booting = wait_until(
        lambda: (now := dev.status())["reload"] and now["reload"]["phase"] == "boot" and now,
        what="the status shows that the new code boots",
    )
    slow_pid = next(item["pid"] for item in booting["workers"] if item["state"] == "booting")
    wait_until(lambda: dev.status()["reload"]["elapsed_ms"] > 1_000, what="seconds are counted")
    assert booting["state"] == "reloading"
    assert booting["reload"]["files"] == ["app.py"]
    assert dev.ask("?") == "main=m0"

    project.edit("app.py", '"m1"', '"m2"')
    dev.wait_event("reload.superseded", after=mark)
    wait_gone(slow_pid)
    wait_until(
        lambda: (now := dev.status())["reload"] and now["reload"]["phase"] == "boot",
        what="the newer code boots in its place",
    )
    assert dev.ask("?") == "main=m0"
    project.write("uploads/go", "")
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.ask("?") == "main=m2"
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
    assert project.read("boot.log") == "m0\nm1\nm2\n"


def test_row_116_module_state_starts_anew_and_session_state_stays(dev: Program) -> None:
    said = [dev.ask("count") for _ in range(3)]

    save(dev, "m1")

    assert said == [f"module={number} session={number}" for number in (1, 2, 3)]
    assert dev.ask("count") == "module=1 session=4"


def test_row_118_global_registries_are_filled_once(start: Start, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "registry.py").write_text(apps.REGISTRY_LIBRARY, "utf-8")
    path = os.pathsep.join([str(library), *filter(None, [os.environ.get("PYTHONPATH")])])
    project = Project(tmp_path / "project", {"app.py": apps.REGISTRY_APP})
    dev = start(project, environment={"PYTHONPATH": path})

    for number in range(5):
        save(dev, f"m{number + 1}")
        mark = dev.mark()
        assert dev.ask("?") == f"main=m{number + 1} registered=2"
        dev.wait_event("turn.finished", after=mark)
        records = dev.since(mark, "log.recorded")
        assert [event["text"] for event in records] == [f"line of m{number + 1}"]
        # What the app's own handlers write of it is that same line.
        assert dev.since(mark, "output.written") == []


# Output and input


def test_row_119_output_is_captured_with_generation_session_and_turn(dev: Program) -> None:
    check_output(dev, "m0", dev.status()["generation"])

    outcome = save(dev, "m1")

    check_output(dev, "m1", outcome["generation"])


def check_output(dev: Program, main: str, generation: int) -> None:
    mark = dev.mark()
    turn = dev.send("say", "talker")
    assert turn["status"] == "done", turn
    around = ["libc", "child", "write"]
    wait_until(
        lambda: all(f"{way} {main}\n" in _written(dev, mark) for way in around),
        what=f"what went around Python is told: {_written(dev, mark)!r}",
    )
    events = dev.since(mark, "output.written", "log.recorded")
    assert {event["generation"] for event in events} == {generation}
    inside = [event for event in events if event["session_id"] is not None]
    assert {(event["session_id"], event["turn"]) for event in inside} == {("talker", turn["turn"])}
    said = "".join(event["text"] + "\n" * (event["kind"] == "log.recorded") for event in inside)
    positions = [
        said.index(f"{way} {main}\n") for way in ("print", "log", "warning", "error", "thread")
    ]
    drawn = said.index("\x1b[2J\x1b[1;1Hdrawn\n")
    if "UserWarning" in said:
        positions[2] = said.index(f"UserWarning: warning {main}\n")
    assert [*positions, drawn] == sorted([*positions, drawn])
    outside = "".join(event["text"] for event in events if event["session_id"] is None)
    assert outside.splitlines() == [f"{way} {main}" for way in around]


def _written(dev: Program, mark: int) -> str:
    return "".join(event["text"] for event in dev.since(mark, "output.written"))


def test_row_120_breakpoint_freezes_nothing(dev: Program) -> None:
    turn = dev.send("pause")

    # There is no terminal to lend, so the turn is refused.
    assert turn["status"] == "failed"
    assert turn["error"]["message"].startswith("breakpoint() at acts.py:")
    assert (turn["error"]["file"], turn["error"]["text"]) == ("acts.py", "breakpoint()")
    assert dev.status()["state"] == "ready"
    assert dev.ask("echo on") == "m0 on"
    save(dev, "m1")
    assert dev.ask("echo on") == "m1 on"


def test_row_122_input_fails_in_its_turn(dev: Program) -> None:
    turn = dev.send("ask")

    assert turn["status"] == "failed"
    assert turn["error"]["type"] == "EOFError"
    assert turn["error"]["file"] == "acts.py"
    assert dev.ask("echo on") == "m0 on"


# The end of the program


@pytest.mark.parametrize("times", [1, 2])
def test_row_123_sigint_during_a_reload_ends_it_cleanly(
    start: Start, own_project: Project, times: int
) -> None:
    dev = start(own_project)
    dev.ask("family")
    begin_slow_import(dev)
    processes = descendants(dev.pid)
    assert len(processes) >= 6

    for _ in range(times - 1):
        os.kill(dev.pid, signal.SIGINT)
    code = dev.stop(signal.SIGINT, timeout_seconds=3.0)

    assert code == 130
    for pid in processes:
        wait_gone(pid)
    # Who asks twice does not wait for tidying up.
    assert times == 2 or not dev.project.path(".cpsl/dev.json").exists()


def begin_slow_import(dev: Program) -> None:
    """Save code whose import does not end, and wait until it runs."""
    mark = dev.mark()
    dev.project.save("helper.py", dev.project.read("helper.py") + apps.SLOW_IMPORT_LINES)
    dev.wait_event("reload.started", after=mark)
    wait_until(
        lambda: (now := dev.status()["reload"]) and now["phase"] == "load",
        what="the new code is imported",
    )


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def test_row_123_terminal_is_restored_after_sigint_during_a_reload(own_project: Project) -> None:
    command = [sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--port", "0"]
    with Terminal(command, own_project.folder) as terminal:
        child = terminal._child
        before = termios.tcgetattr(child.child_fd)
        terminal.wait_for("● ready")
        own_project.save("helper.py", apps.SLOW_IMPORT_LINES)
        terminal.wait_for("◌ reloading")
        processes = descendants(child.pid)
        assert termios.tcgetattr(child.child_fd) != before

        os.kill(child.pid, signal.SIGINT)
        said = child.read()
        child.close()

        assert child.exitstatus == 130
        assert b"\x1b[?1049l" in said
    for pid in processes:
        wait_gone(pid)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_row_124_workers_end_with_the_program_and_sessions_stay(
    start: Start, own_project: Project, number: signal.Signals, code: int
) -> None:
    dev = start(own_project)
    dev.ask("data a=1", "kept")
    dev.ask("family", "kept")
    turn = dev.post("stream 10000", "cut")
    wait_chunk(dev, turn, 3)
    dev.post("spin", "stuck")
    wait_until(lambda: dev.get("/sessions/stuck/turns")["turns"], what="the loop runs")
    history = dev.get("/sessions/kept/history")
    processes = descendants(dev.pid)

    assert dev.stop(number) == code

    for pid in processes:
        wait_gone(pid)
    dev.start()
    assert dev.get("/sessions/kept/history") == history
    assert dev.get("/sessions/kept")["data"] == {"a": "1"}
    cut = dev.turn(turn)
    assert cut["status"] == "interrupted"
    assert text_of(cut).startswith(chunks("m0", 4))
    assert dev.ask("data b=2", "kept") == "[('a', '1'), ('b', '2')]"


def test_row_124_workers_end_when_the_terminal_is_closed(own_project: Project) -> None:
    command = [sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--port", "0"]
    with Terminal(command, own_project.folder) as terminal:
        terminal.wait_for("● ready")
        program = terminal._child.pid
        processes = descendants(program)
        assert processes

        terminal._child.ptyproc.fileobj.close()

        for pid in (program, *processes):
            wait_gone(pid)


def test_row_126_second_server_on_a_folder_is_refused(dev: Program) -> None:
    found = dev.project.read(".cpsl/dev.json")
    before = dev.mark()

    second = subprocess.run(
        [sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--headless", "--port", "0"],
        cwd=dev.project.folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert second.returncode == 2
    assert dev.get("/status")["entry"] == "app.py"
    url = found.partition('"url":"')[2].partition('"')[0]
    assert url
    assert url in second.stderr
    assert "Traceback" not in second.stderr
    assert dev.project.read(".cpsl/dev.json") == found
    assert dev.mark() == before
    assert dev.ask("echo on") == "m0 on"


# Edits and requests at the moment of a swap


def test_row_127_edits_at_the_swap_are_applied_once(dev: Program) -> None:
    kept: dict[str, list[str]] = {f"edited-{number}": [] for number in range(3)}
    for session in kept:
        dev.request("POST", "/sessions", {"id": session, "data": {"edits": []}})
    mark = dev.mark()

    def edit(session: str) -> None:
        value = str(len(kept[session]))
        status, answer = dev.request(
            "PATCH",
            f"/sessions/{session}/data",
            [{"op": "add", "path": "/edits/-", "value": value}],
            headers={"Content-Type": "application/json-patch+json"},
        )
        assert status in (200, 409, 503), answer
        if status == 200:
            kept[session].append(value)

    said: list[str] = []

    def talk() -> None:
        said.append(f"{len(said)}")
        dev.ask(f"item {said[-1]}", "edited-0")

    with Crowd(*(partial(edit, session) for session in kept), talk, leave=dev.disconnect):
        for number in itertools.count(1):
            save(dev, f"m{number}")
            if number >= 10 and _count_edits_in_gaps(dev, mark) >= 100:
                break
            assert number < 100, "the edits do not meet the swaps"

    for session, edits in kept.items():
        assert dev.get(f"/sessions/{session}")["data"]["edits"] == edits
    assert dev.get("/sessions/edited-0")["data"]["items"] == said


def _count_edits_in_gaps(dev: Program, mark: int) -> int:
    count, is_reloading = 0, False
    for event in dev.since(mark, "reload.started", "reload.succeeded", "data.changed"):
        if event["kind"] == "data.changed":
            count += is_reloading and event["origin"] == "client"
        else:
            is_reloading = event["kind"] == "reload.started"
    return count


def test_row_128_requests_during_a_reload_are_coalesced(dev: Program) -> None:
    mark = dev.mark()
    before = dev.status()["generation"]
    begin_slow_import(dev)
    requests = [begin_request(dev, "POST", "/reload") for _ in range(3)]
    # Answers to what was asked later: by now the requests are taken.
    assert [dev.status()["state"] for _ in range(5)] == ["reloading"] * 5

    dev.project.write("uploads/go", "")

    answers = [finish_request(request) for request in requests]
    assert [answer["outcome"] for answer in answers] == ["succeeded"] * 3
    assert {answer["generation"] for answer in answers} == {before + 1}
    dev.wait_outcome(mark)
    dev.wait_all_read()
    assert dev.outcomes(mark) == ["succeeded"]
    assert dev.status()["generation"] == before + 1


def begin_request(dev: Program, method: str, path: str) -> http.client.HTTPConnection:
    """Send a request without waiting for its answer."""
    found = orjson.loads(dev.project.path(".cpsl/dev.json").read_bytes())
    connection = http.client.HTTPConnection(found["url"].removeprefix("http://"), timeout=20)
    headers = {"Authorization": f"Bearer {found['token']}", "Content-Type": "application/json"}
    connection.request(method, path, b"{}", headers)
    return connection


def finish_request(connection: http.client.HTTPConnection) -> Json:
    with closing(connection):
        answer: Json = orjson.loads(connection.getresponse().read())
    return answer


def test_row_129_nothing_is_reloaded_with_no_reload(start: Start, own_project: Project) -> None:
    dev = start(own_project, "--no-reload")
    mark = dev.mark()

    dev.project.edit("app.py", '"m0"', '"m1"')
    dev.project.edit("helper.py", '"h0"', '"h1"')
    pending = wait_until(
        lambda: (now := dev.status())["pending"] == ["app.py", "helper.py"] and now,
        what="the status names what is pending",
    )

    assert "main=m0 h=h0" in dev.ask("?")
    assert pending["state"] == "ready"
    assert dev.since(mark, "reload.started") == []
    assert dev.reload()["outcome"] == "succeeded"
    assert "main=m1 h=h1" in dev.ask("?")
    assert dev.status()["pending"] == []


def ask_port(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        return sock.recv(100).decode()
