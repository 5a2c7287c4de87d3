"""One pass through the whole program, as its user goes: import, talk, save, look, leave.

`.ci/lower-bounds` runs it with the lowest versions of the dependencies, `.ci/other-pythons` with
the other versions of Python.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import orjson

from tests.programs import read_until, start
from tests.servers import DEADLINE_SECONDS, ECHO_APP, write_app
from tests.terminals import Terminal

PROGRAM = [sys.executable, "-m", "cpsl_dev"]
APP = """
    import os

    import cpsl

    app = cpsl.App(name="smoke", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
        session.data.setdefault("heard", []).append(msg.text)
        async with session.stream_reply() as reply:
            reply.write("**heard** ")
            reply.write(f"{msg.text} with {os.environ['GREETING']}")
"""


def test_the_packages_import_and_agree_on_their_version() -> None:
    code = "import cpsl, cpsl_dev; assert cpsl.__version__ == cpsl_dev.__version__"

    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_headless_server_answers_reloads_and_ends(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", APP, {".env": "GREETING=joy\n"})

    with _headless(folder) as server:
        first = _cpsl(folder, "send", "one", "--session", "s1")
        (folder / ".env").write_text("GREETING=glee\n", "utf-8")
        read_until(server, "reload.succeeded", ".env")
        second = _cpsl(folder, "send", "two", "--session", "s1")
        patched = _patch(folder, "s1", [{"op": "remove", "path": "/heard/0"}])
        state = _cpsl(folder, "status", "--json")
        events = _cpsl(folder, "events", "--kind", "turn.*", "--json")
        assert _cpsl(folder, "reload").startswith("reloaded")
        server.send_signal(signal.SIGINT)
        code = server.wait(DEADLINE_SECONDS)

    assert (first, second) == ("**heard** one with joy\n", "**heard** two with glee\n")
    assert patched["data"] == {"heard": ["two"]}
    assert orjson.loads(state)["state"] == "ready"
    assert [orjson.loads(line)["kind"] for line in events.splitlines()] == [
        "turn.started",
        "turn.finished",
    ] * 2
    assert code == 130


def test_the_screen_opens_takes_a_message_shows_a_save_and_closes(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", ECHO_APP)

    with Terminal([*PROGRAM, "dev", "app.py", "--port", "0"], folder) as screen:
        screen.wait_for("ready")
        screen.type("good morning\r")
        screen.wait_for("echo good morning")
        write_app(folder, ECHO_APP.replace("echo {", "hello {"))
        screen.wait_for("gen 2")
        screen.type("again\r")
        screen.wait_for("hello again")
        code = screen.leave()

    assert code == 0


@contextmanager
def _headless(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with start([*PROGRAM, "dev", "app.py", "--headless", "--port", "0"], folder) as server:
        try:
            read_until(server, "ready at")
            yield server
        finally:
            server.kill()


def _cpsl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_SECONDS,
    )
    assert done.returncode == 0, f"cpsl {arguments}: {done.returncode} {done.stdout} {done.stderr}"
    return done.stdout


def _patch(folder: Path, session_id: str, patch: list[dict[str, str]]) -> dict[str, object]:
    found = orjson.loads((folder / ".cpsl" / "dev.json").read_bytes())
    request = Request(
        f"{found['url']}/sessions/{session_id}/data",
        orjson.dumps(patch),
        {
            "Authorization": f"Bearer {found['token']}",
            "Content-Type": "application/json-patch+json",
        },
        method="PATCH",
    )
    with urlopen(request, timeout=DEADLINE_SECONDS) as answer:
        changed: dict[str, object] = orjson.loads(answer.read())
    return changed
