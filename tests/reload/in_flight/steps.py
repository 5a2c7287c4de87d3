"""What the rows of section E do again and again: save, wait for chunks, look at processes."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

from tests.reload.endpoint import Json, wait_until
from tests.reload.harness import Program
from tests.reload.in_flight import apps
from tests.servers import is_alive

SHORT_DRAIN_SECONDS = 0.3
# After the limit: 2 s until SIGTERM, 2 s until SIGKILL, and a busy machine.
END_SECONDS = 4.0 + 3.0


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


def ask_port(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        return sock.recv(100).decode()


def seconds_between(first: Json, last: Json) -> float:
    times = [datetime.fromisoformat(event["time"]) for event in (first, last)]
    return (times[1] - times[0]).total_seconds()
