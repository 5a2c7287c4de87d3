"""Tests of the rehearsal, each in a fresh interpreter: what it leaves behind is what counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# What a worker holds when it rehearses.
BEFORE = """
import asyncio, linecache, os, sys, threading, warnings
import cpsl_dev.worker.process
from cpsl_dev.worker import sources
"""
REHEARSE = "from cpsl_dev.worker.rehearsal import rehearse\nrehearse()\n"
FIRST_TURN = """
import cpsl
from cpsl.clock import utc_now
from cpsl.records import MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.protocol import RunTurn, decode_command, encode_command, encode_event
from cpsl_dev.worker.places import installed_names, library_folders

app = cpsl.App(name="first", image=cpsl.Image())
kinds = []

@app.message()
async def handle(session, message):
    session.data["n"] = 1
    await session.reply(message.text)

class Sink:
    def emit(self, event):
        encode_event(event)
        kinds.append(type(event).__name__)

def first_turn():
    session = SessionState(id="s", user=UserRecord(id="u", owner_id="u"))
    message = MessageRecord(text="hi", timestamp="2026-01-01T00:00:00.000Z")
    command = RunTurn(request=TurnRequest(session=session, turn=1, message=message))
    request = decode_command(encode_command(command).strip()).request
    runtime = Runtime(app.declarations(), Sink(), is_user_file=lambda _: True, clock=utc_now)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(runtime.boot())
    loop.run_until_complete(runtime.run_turn(request))
    loop.close()

before = set(sys.modules)
first_turn()
print(kinds, sorted(set(sys.modules) - before))
print(library_folders.cache_info().currsize, installed_names.cache_info().currsize)
"""
LEFTOVERS = """
def state():
    return (
        [thread.name for thread in threading.enumerate()],
        os.listdir("/dev/fd"),
        os.listdir("."),
        dict(os.environ),
        list(sys.path),
        list(sys.argv),
        os.getcwd(),
        list(warnings.filters),
        warnings.showwarning,
        sources._hooks._sources,
        [name for name in sys.modules if "rehearsed" in name],
        [file for file in linecache.cache if "rehearsed" in file],
        [folder for folder in sys.path_importer_cache if "rehearsed" in folder],
    )

from cpsl_dev.worker.rehearsal import rehearse
before = state()
rehearse()
assert state() == before, (before, state())
asyncio.run(asyncio.sleep(0))
assert asyncio._get_running_loop() is None
print("as before")
"""


def run(code: str, folder: Path) -> list[str]:
    """Return the lines that code prints, and nothing on its standard error."""
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", BEFORE + code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_after_it_the_first_turn_imports_nothing_and_knows_the_libraries(tmp_path: Path) -> None:
    events = "['ReplySent', 'DataChanged', 'TurnEnded']"

    assert run(REHEARSE + FIRST_TURN, tmp_path) == [f"{events} []", "1 1"]


def test_without_it_the_first_turn_imports_more(tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    assert run(FIRST_TURN, tmp_path) != run(REHEARSE + FIRST_TURN, tmp_path)


def test_nothing_of_it_stays_and_nothing_is_told(tmp_path: Path) -> None:
    assert run(LEFTOVERS, tmp_path) == ["as before"]


def test_it_can_be_done_again(tmp_path: Path) -> None:
    assert run(f"{REHEARSE}rehearse()\n", tmp_path) == []


def test_a_standby_is_of_use_without_it(tmp_path: Path) -> None:
    script = """
from cpsl_dev.worker import process
def fail():
    raise OSError("no folder")
process.rehearse = fail
process._warm(["json.tool"])
print("json.tool" in sys.modules)
"""
    assert run(script, tmp_path) == ["True"]


def test_it_can_be_done_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    assert run(f"os.rmdir(os.getcwd())\n{REHEARSE}", folder) == []
