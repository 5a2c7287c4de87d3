"""What is under way when the program ends: output, input, workers, a second program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios

import pytest

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
from tests.reload.in_flight import apps
from tests.reload.in_flight.steps import (
    begin_slow_import,
    chunks,
    descendants,
    save,
    text_of,
    wait_chunk,
    wait_gone,
)
from tests.reload.project import Project
from tests.terminals import Terminal

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
    dev.wait_all_read()
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
