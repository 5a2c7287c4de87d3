"""Tests of a child process as the supervisor sees it: its channel, its output, its end."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from cpsl_dev.protocol import Command, Ping, Shutdown
from tests.servers import is_alive, wait_until, write_app
from tests.workers import Child


async def test_a_child_tells_that_it_can_be_given_work(child: Child) -> None:
    event = await child.wait_for("worker.standby")

    assert event["pid"] == child.process.pid
    assert child.process.state == "standby"
    assert child.process.exit_code is None


async def test_a_child_answers_signs_of_life(child: Child) -> None:
    child.process.send(Ping(number=7))

    assert (await child.wait_for("pong"))["number"] == 7


async def test_a_child_leads_a_session_of_its_own(child: Child) -> None:
    """The Ctrl-C of the terminal must not reach it."""
    assert os.getsid(child.process.pid) == child.process.pid
    assert os.getpgid(child.process.pid) == child.process.pid


async def test_a_child_that_is_asked_to_end_does_and_says_so_once(child: Child) -> None:
    child.process.send(Shutdown())

    assert await child.exited() == 0
    assert child.process.signal is None
    child.process.kill()
    child.process.send(Ping(number=1))
    assert child.exits == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_the_signal_that_ended_a_child_is_known(child: Child, number: int) -> None:
    os.kill(child.process.pid, number)

    assert await child.exited() == -number
    assert child.process.signal == number


async def test_a_child_ends_when_its_supervisor_is_gone(child: Child) -> None:
    child.process._end.close()

    await wait_until(lambda: not is_alive(child.process.pid), timeout_seconds=3)


async def test_a_child_whose_app_spins_ends_when_its_supervisor_is_gone(
    child: Child, tmp_path: Path
) -> None:
    folder = write_app(tmp_path, "import os\nos.write(1, b'spinning\\n')\nwhile True: pass\n")
    loading = asyncio.ensure_future(child.load(folder))
    await child.wait_for("output.written")

    child.process._end.close()

    await wait_until(lambda: not is_alive(child.process.pid), timeout_seconds=3)
    loading.cancel()


OUTPUT = """
    import os
    import sys

    os.write(1, b"out \\xc3\\xa4 whole\\n")
    os.write(2, b"err\\n")
    os.write(1, b"bad \\xff bytes\\n")
    os.write(1, b"x" * 50_000 + b"\\n")
    os.write(1, b"no end")
    os._exit(0)
"""


async def test_output_around_python_is_told_as_text(child: Child, tmp_path: Path) -> None:
    loading = asyncio.ensure_future(child.load(write_app(tmp_path, OUTPUT)))
    await child.exited()

    out = child.output("stdout")
    assert out.startswith("out ä whole\nbad \ufffd bytes\nxxx")
    assert out.endswith("x\nno end")
    assert out.count("x") == 50_000
    assert child.output("stderr") == "err\n"
    assert max(len(event.get("text", "")) for event in child.events) <= 8_192
    loading.cancel()


async def test_what_a_child_said_last_is_told_before_its_end(child: Child, tmp_path: Path) -> None:
    text = """
        import ctypes

        for number in range(20):
            print("line", number)
        ctypes.string_at(0)
    """
    loading = asyncio.ensure_future(child.load(write_app(tmp_path, text)))

    assert await child.exited() == -signal.SIGSEGV

    assert child.output("stdout") == "".join(f"line {number}\n" for number in range(20))
    loading.cancel()


async def test_what_a_child_has_started_ends_with_it(child: Child, tmp_path: Path) -> None:
    text = """
        import subprocess

        same = subprocess.Popen(["sleep", "1000"])
        group = subprocess.Popen(["sleep", "1000"], process_group=0)
        session = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        raise ValueError(f"{same.pid} {group.pid} {session.pid}")
    """
    failed = await child.load(write_app(tmp_path, text))
    pids = [int(word) for word in failed["error"]["message"].split()]

    child.process.kill()
    await child.exited()

    await wait_until(lambda: not any(is_alive(pid) for pid in pids), timeout_seconds=3)


async def test_a_child_that_is_paused_waits(child: Child, tmp_path: Path) -> None:
    child.process.pause()
    child.process.send(Ping(number=1))
    await asyncio.wait({asyncio.ensure_future(child.wait_for("pong"))}, timeout=0.1)
    assert [event["kind"] for event in child.events] == ["worker.standby"]

    child.process.resume()

    await child.wait_for("pong")


async def test_a_child_gets_the_environment_it_is_given() -> None:
    async with Child(CPSL_TEST_ONLY="1") as child:
        assert "CPSL_TEST_ONLY=1" in environment_of(child.process.pid)


def environment_of(pid: int) -> list[str]:
    with open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace") as file:
        return file.read().split("\0")


async def test_a_process_that_never_started_is_not_ended() -> None:
    made = Child()

    made.process.kill()
    made.process.terminate()
    made.process.send(Ping(number=1))

    assert not made.process.exited.is_set()


@pytest.mark.parametrize("steps", range(6))
async def test_a_start_that_is_given_up_leaves_nothing_behind(steps: int) -> None:
    before = len(os.listdir("/proc/self/fd"))
    made = Child()
    starting = asyncio.ensure_future(made.process.start(dict(os.environ)))
    for _ in range(steps + 1):
        await asyncio.sleep(0)

    starting.cancel()
    await asyncio.wait({starting})
    if not starting.cancelled():
        made.process.kill()

    await made.exited()
    assert not is_alive(made.process.pid)
    await wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before)


async def test_many_children_leave_no_descriptor_behind() -> None:
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        async with Child():
            pass

    await wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before)


def commands() -> list[Command]:
    return [Ping(number=1), Shutdown()]


async def test_commands_to_a_child_that_died_are_dropped(child: Child) -> None:
    os.kill(child.process.pid, signal.SIGKILL)
    for command in commands() * 100:
        child.process.send(command)
        await asyncio.sleep(0)

    assert await child.exited() == -signal.SIGKILL
