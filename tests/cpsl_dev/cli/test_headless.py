"""`cpsl dev --headless` as a program: what it prints, and how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import orjson
import pytest

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.cli.headless import _Lines
from tests.endpoints import wait_until
from tests.servers import ECHO_APP, is_alive, running, write_app
from tests.servers import wait_until as wait_for

END_SECONDS = 3.5
NOISY_APP = """
    import cpsl

    app = cpsl.App(name="noisy", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        for number in range(int(message.text)):
            print("line", number, "x" * 100)
        await session.reply("printed")
"""
STUBBORN_APP = """
    import time

    import cpsl

    app = cpsl.App(name="stubborn", image=cpsl.Image())


    @app.shutdown()
    def shutdown():
        time.sleep(60)


    @app.message()
    async def handle(session, message):
        await session.reply("hi")
"""


class Program:
    """The dev server as a process."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self.lines: list[str] = []

    def read_until(self, text: str) -> str:
        """Return the next line that holds `text`."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            self.lines.append(line.decode().rstrip("\n"))
            if text in self.lines[-1]:
                return self.lines[-1]
        raise EOFError(f"no line with {text!r} in {self.lines}")

    def running(self) -> JsonObject:
        found: JsonObject = orjson.loads((self.folder / ".cpsl" / "dev.json").read_bytes())
        return found

    def ask(self, method: str, path: str, body: object = None) -> Any:
        server = self.running()
        host, port = server["url"].removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        headers = {"Authorization": f"Bearer {server['token']}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            data = None if body is None else orjson.dumps(body)
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return orjson.loads(response.read())
        finally:
            connection.close()

    def workers(self) -> list[int]:
        return [worker["pid"] for worker in self.ask("GET", "/status")["workers"]]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=END_SECONDS)


@contextmanager
def program(
    folder: Path, *arguments: str, stdout: int = subprocess.PIPE, **environment: str
) -> Iterator[Program]:
    command = [sys.executable, "-m", "cpsl_dev", "dev", "--port", "0", *arguments]
    env = {**os.environ, "PYTHONPATH": os.getcwd(), **environment}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=stdout,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield Program(folder, process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=10)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an app that echoes."""
    return write_app(tmp_path / "app", ECHO_APP)


def test_the_url_comes_first_then_events_and_when_it_is_ready(folder: Path) -> None:
    with program(folder, "--headless") as dev:
        ready = dev.read_until("ready at ")
        url = dev.running()["url"]

        assert dev.lines[0] == f"cpsl dev: app.py at {url}"
        assert ready == f"cpsl dev: ready at {url}"
        assert any(" server.started " in line for line in dev.lines)
        assert any(" reload.succeeded " in line for line in dev.lines)
        turn = dev.ask("POST", "/sessions/s1/messages", {"text": "a\n\x1b[2Jb"})
        assert turn["status"] == "done"
        assert "a␊␛[2Jb" in dev.read_until("message.received")
        assert dev.end() == 143
        assert dev.process.stderr is not None
        assert dev.process.stderr.read() == b""


def test_json_prints_events_and_nothing_else(folder: Path) -> None:
    with program(folder, "--json") as dev:
        dev.read_until('"kind":"reload.succeeded"')
        url = dev.running()["url"]
        assert dev.end(signal.SIGINT) == 130
        assert dev.process.stdout is not None
        assert dev.process.stderr is not None
        lines = [*dev.lines, *dev.process.stdout.read().decode().splitlines()]

        numbers = [orjson.loads(line)["seq"] for line in lines]
        assert numbers == list(range(1, len(numbers) + 1))
        assert orjson.loads(lines[-1])["kind"] in ("server.stopping", "worker.exited")
        assert dev.process.stderr.read().decode() == f"cpsl dev: app.py at {url}\n"


def test_without_a_terminal_it_says_so(folder: Path) -> None:
    with program(folder) as dev:
        dev.read_until("ready at ")
        dev.end()

        assert dev.process.stderr is not None
        assert b"There is no terminal: running without the screen" in dev.process.stderr.read()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_cleanly(folder: Path, number: signal.Signals, code: int) -> None:
    with program(folder, "--headless") as dev:
        dev.read_until("ready at ")
        workers = dev.workers()

        assert dev.end(number) == code

        assert workers
        wait_until(lambda: not any(is_alive(pid) for pid in workers))
        assert not (folder / ".cpsl" / "dev.json").exists()


def test_an_app_that_will_not_stop_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", STUBBORN_APP)
    with program(folder, "--headless") as dev:
        dev.read_until("ready at ")
        workers = dev.workers()
        started = time.monotonic()

        assert dev.end(signal.SIGINT) == 130

        assert time.monotonic() - started < END_SECONDS
        wait_until(lambda: not any(is_alive(pid) for pid in workers))


def test_a_second_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", STUBBORN_APP)
    with program(folder, "--headless") as dev:
        dev.read_until("ready at ")
        dev.process.send_signal(signal.SIGINT)
        dev.read_until("server.stopping")
        started = time.monotonic()

        assert dev.end(signal.SIGINT) == 130

        assert time.monotonic() - started < 1.0


def test_a_reader_that_leaves_changes_nothing(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", NOISY_APP)
    with program(folder, "--headless") as dev:
        dev.read_until("ready at ")
        assert dev.process.stdout is not None
        dev.process.stdout.close()

        for _ in range(3):
            turn = dev.ask("POST", "/sessions/s1/messages", {"text": "1000"})
            assert turn["status"] == "done"
        before = _cpu_seconds(dev.process.pid)
        time.sleep(0.5)
        spent = _cpu_seconds(dev.process.pid) - before

        assert spent < 0.25
        assert dev.end() == 143


def test_a_reader_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", NOISY_APP)
    with program(folder, "--headless") as dev:
        dev.read_until("ready at ")

        turn = dev.ask("POST", "/sessions/s1/messages", {"text": "20000"})
        started = time.monotonic()
        state = dev.ask("GET", "/status")["state"]

        assert turn["status"] == "done"
        assert state == "ready"
        assert time.monotonic() - started < 1.0
        assert dev.end() == 143


def test_it_runs_with_its_output_closed(folder: Path) -> None:
    command = f'exec "{sys.executable}" -m cpsl_dev dev --headless --port 0 >&- 2>&- <&-'
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(["sh", "-c", command], cwd=folder, env=env) as process:
        dev = Program(folder, process)
        try:
            wait_until((folder / ".cpsl" / "dev.json").exists)
            wait_until(lambda: dev.ask("GET", "/status")["state"] == "ready")

            assert dev.end() == 143
        finally:
            process.kill()


def test_an_app_that_cannot_run_is_reported_and_waited_for(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", "x = (\n")
    with program(folder, "--headless") as dev:
        failed = dev.read_until("reload.failed")
        assert "app.py:1  SyntaxError: '(' was never closed" in failed

        (folder / "app.py").write_text(textwrap.dedent(ECHO_APP), "utf-8")

        dev.read_until("ready at ")


def test_a_port_that_is_taken_is_wrong_use_and_leaves_nothing(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with program(folder, "--headless", "--port", str(port)) as dev:
            assert dev.process.wait(timeout=20) == 2
            assert dev.process.stderr is not None
            said = dev.process.stderr.read().decode()

    assert said == (
        f"Error: Port {port} on 127.0.0.1 is taken. Choose another with --port, "
        f"or leave it out for the next free one.\n"
    )
    assert not (folder / ".cpsl" / "dev.json").exists()


def test_a_second_server_in_the_folder_is_wrong_use_and_names_the_first(folder: Path) -> None:
    with program(folder, "--headless") as first:
        first.read_until("ready at ")
        url = first.running()["url"]
        with program(folder, "--headless") as second:
            assert second.process.wait(timeout=20) == 2
            assert second.process.stderr is not None
            said = second.process.stderr.read().decode()

        assert f"Another dev server at {url}" in said
        assert first.ask("GET", "/status")["state"] == "ready"


def test_the_token_of_the_variable_reaches_no_other_process(tmp_path: Path) -> None:
    token = "a-token-that-nobody-may-see"
    app = ECHO_APP.replace('f"echo {message.text}"', "repr(dict(__import__('os').environ))")
    folder = write_app(tmp_path / "app", app)
    with program(folder, "--headless", CPSL_DEV_TOKEN=token) as dev:
        dev.read_until("ready at ")
        assert dev.running()["token"] == token

        turn = dev.ask("POST", "/sessions/s1/messages", {"text": "x"})

        assert "PATH" in turn["replies"][0]["text"]
        assert token not in turn["replies"][0]["text"]
        for pid in dev.workers():
            assert token.encode() not in _environment(pid)
        assert token not in "\n".join(dev.lines)


def _cpu_seconds(pid: int) -> float:
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        pytest.skip("the processor time of a process is read from /proc")
    fields = path.read_text("ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment(pid: int) -> bytes:
    path = Path(f"/proc/{pid}/environ")
    return path.read_bytes() if path.exists() else b""


@pytest.fixture
def stdout(tmp_path: Path) -> Iterator[TextIO]:
    """A file that can stand for the standard output."""
    with (tmp_path / "printed").open("w", encoding="utf-8") as file:
        yield file


def lines_of(file: TextIO) -> list[str]:
    return Path(file.name).read_text("utf-8").splitlines()


async def test_an_event_that_cannot_be_described_is_named_and_the_next_is_printed(
    tmp_path: Path,
    stdout: TextIO,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "stdout", stdout)
    async with running(write_app(tmp_path / "app")) as server:
        printing = spawn(_Lines(server, as_json=False).print_all("http://here"), name="print")
        server._journal.record("reload.succeeded", {"parts": {"load": "no number"}})
        server._journal.record("output.written", {"text": "the next"})

        await wait_for(lambda: "the next" in str(lines_of(stdout)), what="it is printed")
        assert not printing.done()
        printing.cancel()

    assert "reload.succeeded" in lines_of(stdout)
    (record,) = [record for record in caplog.records if record.name == "cpsl_dev.cli.headless"]
    assert "(reload.succeeded) cannot be described" in record.message
    assert record.exc_info is not None
