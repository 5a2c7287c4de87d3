from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import pytest

from cpsl.session import Session, SessionChannel, UserInfo, bind_session
from cpsl.terminal import Terminal, TerminalBlock, TerminalResult

DEADLINE_SECONDS = 20.0


class Shown:
    """A target that only takes blocks."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.has_output = asyncio.Event()

    def show(self, envelope: dict[str, Any]) -> None:
        self.payloads.append(envelope["payload"])
        if any(run["chunks"] for run in envelope["payload"]["runs"]):
            self.has_output.set()

    @property
    def last_run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.payloads[-1]["runs"][-1]
        return run


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def session(shown: Shown) -> Session:
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"))
    bind_session(session, shown)  # type: ignore[arg-type]
    return session


@pytest.fixture
def terminal(session: Session) -> Terminal:
    return session.terminal("build")


def wait_until_gone(pid: int) -> None:
    """Wait until a grandchild has ended, of which nothing tells."""
    deadline = perf_counter() + DEADLINE_SECONDS
    while is_running(pid):
        assert perf_counter() < deadline
        sleep(0.01)


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip() not in ("", "Z")


def make_result(**changes: Any) -> TerminalResult:
    values: dict[str, Any] = {
        "exit_code": 0,
        "stdout": "",
        "stderr": "",
        "status": "completed",
        "command": "true",
    }
    return TerminalResult(**{**values, **changes})


def test_result_is_true_if_the_command_succeeded() -> None:
    good, bad = make_result(), make_result(exit_code=3)

    assert (bool(good), good.ok, int(good)) == (True, True, 0)
    assert (bool(bad), bad.ok, int(bad)) == (False, False, 3)


def test_result_as_text_is_the_output() -> None:
    assert str(make_result(stdout="out", stderr="err")) == "out"
    assert str(make_result(stderr="err")) == "err"
    assert str(make_result(exit_code=3)) == "exit 3"


async def test_shell_returns_output_and_exit_code(terminal: Terminal) -> None:
    result = await terminal.shell("echo out; echo err >&2; exit 3")

    assert result == TerminalResult(
        exit_code=3,
        stdout="out\n",
        stderr="err\n",
        status="failed",
        command="echo out; echo err >&2; exit 3",
    )


async def test_exec_runs_a_program_without_a_shell(terminal: Terminal) -> None:
    result = await terminal.exec("printf", "%s|", "a b", "$HOME")

    assert result.stdout == "a b|$HOME|"
    assert result.argv == ["printf", "%s|", "a b", "$HOME"]
    assert result.command == "printf '%s|' 'a b' '$HOME'"
    assert result.ok


async def test_commands_read_nothing_from_the_terminal_of_the_server(terminal: Terminal) -> None:
    assert (await terminal.shell("cat", timeout=DEADLINE_SECONDS)).stdout == ""


async def test_environment_is_added_up(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A", "B", "C"):
        monkeypatch.setenv(name, "process")
    terminal = session.terminal("env", env={"B": "handle", "C": "handle"})

    result = await terminal.shell("echo $A $B $C", env={"C": "call"})

    assert result.stdout == "process handle call\n"


async def test_folder_of_the_call_comes_first(session: Session, tmp_path: Path) -> None:
    (tmp_path / "outer.txt").touch()
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "inner.txt").touch()
    terminal = session.terminal("ls", cwd=str(tmp_path))

    outer = await terminal.shell("ls *.txt")
    inner = await terminal.shell("ls *.txt", cwd=str(tmp_path / "inner"))

    assert (outer.stdout, inner.stdout) == ("outer.txt\n", "inner.txt\n")


@pytest.mark.parametrize("blank", ["", "  "])
async def test_blank_names_and_commands_are_refused(
    blank: str, session: Session, terminal: Terminal
) -> None:
    with pytest.raises(ValueError, match="a terminal needs a name"):
        session.terminal(blank)
    with pytest.raises(ValueError, match="shell needs a command"):
        await terminal.shell(blank)
    with pytest.raises(ValueError, match="exec needs a program"):
        await terminal.exec(blank)


async def test_missing_program_raises_and_the_run_failed(terminal: Terminal, shown: Shown) -> None:
    await terminal.show()

    with pytest.raises(FileNotFoundError):
        await terminal.exec("no-such-program-anywhere")

    assert (shown.last_run["status"], shown.last_run["exit_code"]) == ("failed", 127)


async def test_nothing_is_shown_before_show(terminal: Terminal, shown: Shown) -> None:
    await terminal.shell("echo hidden")

    assert shown.payloads == []


async def test_show_shows_earlier_runs_too(terminal: Terminal, shown: Shown) -> None:
    await terminal.shell("echo first")

    result = await terminal.show(title="Build")

    assert result is terminal
    payload = shown.payloads[-1]
    assert (payload["name"], payload["title"], payload["revision"]) == ("build", "Build", 1)
    run = shown.last_run
    assert run["id"].startswith("run_")
    assert (run["mode"], run["command"], run["status"]) == ("shell", "echo first", "completed")
    assert [(chunk["stream"], chunk["text"]) for chunk in run["chunks"]] == [("stdout", "first\n")]
    assert run["started_at"] <= run["ended_at"]


async def test_output_is_shown_while_the_command_runs(terminal: Terminal, shown: Shown) -> None:
    await terminal.show()

    running = asyncio.ensure_future(terminal.shell("echo now; read line; echo $line", timeout=60))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    running = asyncio.ensure_future(terminal.shell("echo now; exec sleep 60"))
    await asyncio.wait_for(shown.has_output.wait(), DEADLINE_SECONDS)

    assert shown.last_run["status"] == "running"
    assert shown.last_run["chunks"][0]["text"] == "now\n"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_time_limit_kills_all_that_the_command_started(
    terminal: Terminal, tmp_path: Path
) -> None:
    started = perf_counter()

    result = await terminal.shell(
        f"sleep 60 & echo $! > {tmp_path}/pid; echo begun; wait", timeout=0.3
    )

    assert perf_counter() - started < DEADLINE_SECONDS
    assert (result.status, result.timed_out, result.exit_code) == ("timeout", True, -signal.SIGKILL)
    assert result.stdout == "begun\n"
    wait_until_gone(int((tmp_path / "pid").read_text()))


async def test_cancelled_command_is_killed_and_disconnected(
    terminal: Terminal, shown: Shown, tmp_path: Path
) -> None:
    await terminal.show()
    command = f"sleep 60 & echo $! > {tmp_path}/pid; echo begun; wait"
    running = asyncio.ensure_future(terminal.shell(command))
    await asyncio.wait_for(shown.has_output.wait(), DEADLINE_SECONDS)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert shown.last_run["status"] == "disconnected"
    wait_until_gone(int((tmp_path / "pid").read_text()))


async def test_what_runs_on_quietly_is_left_alone(terminal: Terminal) -> None:
    result = await terminal.shell("sleep 60 >/dev/null 2>&1 & echo $!", timeout=DEADLINE_SECONDS)
    pid = int(result.stdout)

    assert result.status == "completed"
    assert is_running(pid)
    os.kill(pid, signal.SIGKILL)


async def test_output_that_is_no_text_is_replaced(terminal: Terminal) -> None:
    result = await terminal.shell(r"printf '\377\0303\0251'")

    assert result.stdout.startswith("\ufffd")


async def test_much_output_is_returned_whole(terminal: Terminal) -> None:
    result = await terminal.shell("head -c 3000000 /dev/zero | tr '\\0' x")

    assert len(result.stdout) == 3_000_000


async def test_same_name_opens_the_same_transcript(session: Session, shown: Shown) -> None:
    first = session.terminal("build", title="Build")
    await first.show()
    await first.shell("true")

    second = session.terminal("build")
    await second.shell("false")

    assert second.block_id == first.block_id
    assert second.title == "Build"
    assert [run["status"] for run in shown.payloads[-1]["runs"]] == ["completed", "failed"]


async def test_commands_run_from_a_plain_handler(terminal: Terminal) -> None:
    result = await asyncio.to_thread(lambda: asyncio.run(terminal.shell("echo thread")))

    assert result.stdout == "thread\n"


def test_terminal_block_is_another_name() -> None:
    assert TerminalBlock is Terminal
