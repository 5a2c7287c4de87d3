"""The real program on a real folder: started, talked to, watched, ended.

    with Program(project) as dev:
        mark = dev.mark()
        project.edit("app.py", '"m0"', '"m1"')
        outcome = dev.wait_outcome(mark)
        assert "main=m1" in dev.ask("?")

Every wait has a deadline; what did not come is named, with the newest events.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from tests.reload.endpoint import DEADLINE_SECONDS, Endpoint, Json, wait_until
from tests.reload.project import Project

FINAL = ("reload.succeeded", "reload.failed", "reload.unchanged")
OUTCOMES = (*FINAL, "reload.superseded")


class Program(Endpoint):
    """`cpsl dev app.py --headless --json` in a project's folder.

    Args:
        project: The folder.
        arguments: Further ones, such as `--no-reload`.
        environment: Variables that are set for it; None takes one away.
        prefix: A command that starts it, such as `unshare`.
        entry: What to run.
        cwd: Where; the project's folder unless given.
        python: The interpreter.
    """

    def __init__(
        self,
        project: Project,
        *arguments: str,
        environment: Mapping[str, str | None] | None = None,
        prefix: tuple[str, ...] = (),
        entry: str = "app.py",
        cwd: Path | None = None,
        python: str | Path = sys.executable,
    ) -> None:
        self.project = project
        self.events: list[Json] = []
        self._cwd = cwd or project.folder
        data_dir = project.folder / ".cpsl"
        if "--data-dir" in arguments:
            data_dir = Path(arguments[arguments.index("--data-dir") + 1])
        super().__init__(data_dir)
        self._command = [
            *prefix,
            *(str(python), "-m", "cpsl_dev", "dev", entry, "--headless", "--json"),
            *("--port", "0", *arguments),
        ]
        self._environment = _environment(environment or {})
        self._grown = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._error_file = project.folder.with_name(f"{project.folder.name}.stderr")
        self.sent: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Its life

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until the first load is over."""
        with open(self._error_file, "ab") as errors:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self.events = []
        self.forget()
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        if wait:
            self.wait_event("server.started")
            self.wait_outcome(0)

    def stop(self, number: int = signal.SIGINT, *, timeout_seconds: float = 5.0) -> int:
        """End it by a signal; return its exit code."""
        if self._process is None:
            return 0
        self.disconnect()
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {timeout_seconds:g} s") from None

    def kill(self) -> None:
        """End it without a chance to clean up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def errors(self) -> str:
        """What it wrote to its standard error."""
        return self._error_file.read_text("utf-8", "replace")

    # The timeline

    def mark(self) -> int:
        """Return the number of the newest event: what happens from now on is above it."""
        return int(self.status()["last_seq"])

    def since(self, mark: int, *kinds: str) -> list[Json]:
        """Return the events above a number, of these kinds or of all."""
        with self._grown:
            return [
                event
                for event in self.events
                if event["seq"] > mark and (not kinds or event["kind"] in kinds)
            ]

    def wait_event(
        self,
        *kinds: str,
        after: int = 0,
        where: Callable[[Json], bool] = lambda event: True,
        timeout_seconds: float = DEADLINE_SECONDS,
    ) -> Json:
        """Return the first event of these kinds above a number."""
        deadline = time.monotonic() + timeout_seconds
        looked_at = 0
        with self._grown:
            while True:
                for event in self.events[looked_at:]:
                    if event["seq"] > after and event["kind"] in kinds and where(event):
                        return event
                looked_at = len(self.events)
                self._grown.wait(min(0.5, max(0.0, deadline - time.monotonic())))
                if looked_at < len(self.events):
                    continue
                if time.monotonic() > deadline or not self.is_running:
                    raise AssertionError(
                        f"no {' or '.join(kinds)} within {timeout_seconds:g} s; {self._newest()}"
                    )

    def wait_outcome(self, after: int, *, timeout_seconds: float = DEADLINE_SECONDS) -> Json:
        """Return how the reload of what happened after a number ended."""
        return self.wait_event(*FINAL, after=after, timeout_seconds=timeout_seconds)

    def wait_outcome_of(self, name: str, after: int) -> Json:
        """Return how the reload because of one file ended."""
        return self.wait_event(*FINAL, after=after, where=lambda event: name in event["files"])

    def outcomes(self, after: int) -> list[str]:
        """Return how every reload above a number ended, by the last word of the event's kind."""
        return [event["kind"].partition(".")[2] for event in self.since(after, *OUTCOMES)]

    def stays_quiet(self, mark: int, seconds: float = 1.3) -> None:
        """Judge that nothing reloads, for longer than it takes to look at every file."""
        time.sleep(seconds)
        self.wait_all_read()
        found = self.since(mark, "reload.started", *OUTCOMES)
        assert not found, found

    def wait_all_read(self) -> None:
        """Wait until every event that is stored by now has been read here."""
        last = self.mark()
        wait_until(
            lambda: self.events and self.events[-1]["seq"] >= last, what=f"event {last} is printed"
        )

    # The debug endpoint

    def get(self, path: str) -> Json:
        status, answer = self.request("GET", path)
        assert status == 200, (status, answer)
        return answer

    def status(self) -> Json:
        return self.get("/status")

    def send(self, text: str, session: str = "s1") -> Json:
        """Send a message and return its turn once that is over."""
        self.sent.setdefault(session, []).append(text)
        status, turn = self.request("POST", f"/sessions/{session}/messages", {"text": text})
        assert status == 200, (status, turn)
        return turn

    def post(self, text: str, session: str = "s1") -> Json:
        """Send a message and return its turn as soon as it is taken."""
        self.sent.setdefault(session, []).append(text)
        status, turn = self.request(
            "POST",
            f"/sessions/{session}/messages",
            {"text": text},
            headers={"Prefer": "respond-async"},
        )
        assert status == 202, (status, turn)
        return turn

    def ask(self, text: str, session: str = "s1") -> str:
        """Send a message and return the text of the answer."""
        turn = self.send(text, session)
        assert turn["status"] == "done", turn
        return "\n".join(reply["text"] for reply in turn["replies"])

    def versions(self, session: str = "s1") -> dict[str, str]:
        """Return the version of every source that the answer depends on."""
        return dict(item.split("=", 1) for item in self.ask("?", session).split(" "))

    def edit(self, name: str, old: str, new: str) -> Json:
        """Replace a piece of a file; return how the reload of that ended."""
        mark = self.mark()
        self.project.edit(name, old, new)
        return self.wait_outcome_of(name, mark)

    def save(self, name: str, text: str) -> Json:
        """Save a file; return how the reload of that ended."""
        mark = self.mark()
        self.project.save(name, text)
        return self.wait_outcome_of(name, mark)

    def turn(self, turn: Json) -> Json:
        """Return a turn as it is now."""
        return self.get(f"/sessions/{turn['session_id']}/turns/{turn['turn']}")

    def wait_turn(self, turn: Json, *, timeout_seconds: float = DEADLINE_SECONDS) -> Json:
        """Return a turn once it is over."""
        found: Json = wait_until(
            lambda: (now := self.turn(turn))["status"] not in ("queued", "running") and now,
            what=f"turn {turn['turn']} of {turn['session_id']} is over",
            timeout_seconds=timeout_seconds,
        )
        return found

    def reload(self) -> Json:
        status, answer = self.request("POST", "/reload", {})
        assert status == 200, (status, answer)
        return answer

    # What the operating system says

    def workers(self) -> list[Json]:
        found: list[Json] = self.status()["workers"]
        return found

    def seen_workers(self) -> set[int]:
        """Return the process ids of all workers that this program has started."""
        with self._grown:
            return {int(event["pid"]) for event in self.events if event["kind"] == "worker.started"}

    def serving_pid(self) -> int:
        return int(next(item["pid"] for item in self.workers() if item["state"] == "serving"))

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_standby(self) -> None:
        """Wait until nothing is under way: one worker serves, one waits, none ends."""
        try:
            wait_until(
                lambda: sorted(item["state"] for item in self.workers()) == ["serving", "standby"],
                what="one worker serves and one waits",
            )
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.workers()}; {self._newest()}") from None

    def wait_live(self) -> None:
        """Wait until the code on the disk runs."""

        def is_live() -> bool:
            status = self.status()
            expected = self.project.code_hash()
            return status["state"] == "ready" and status["code_hash"] in (
                status["code_hash"] if expected is None else expected,
            )

        wait_until(is_live, what="the code on the disk runs")

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                event = orjson.loads(line)
                with self._grown:
                    if process is self._process:
                        self.events.append(event)
                        self._grown.notify_all()

    def _newest(self) -> str:
        newest = "\n".join(str(event)[:300] for event in self.events[-25:])
        return f"the newest events are\n{newest}\nstderr:\n{self.errors[-3_000:]}"


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return the environment of this process as a developer would have it."""
    values = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CPSL_", "PYTEST_", "COV_"))
        # Faults of stale bytecode stay hidden where none is written.
        and name != "PYTHONDONTWRITEBYTECODE"
    }
    for name, changed in changes.items():
        if changed is None:
            values.pop(name, None)
        else:
            values[name] = changed
    return values
