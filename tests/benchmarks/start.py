"""From the start of the program to ready, to the first frame, and how much memory it takes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from cpsl_dev.memory import resident_bytes
from tests.benchmarks.bench import (
    Client,
    median,
    percentile,
    print_table,
    program,
    save,
    wait_ready,
)

APP = """\
import cpsl

app = cpsl.App(name="small", image=cpsl.Image())


@app.message()
async def handle(session, message):
    await session.reply(message.text)
"""
RUNS = 10


def headless(folder: Path) -> tuple[float, float, float]:
    """Return milliseconds to ready, and the megabytes of supervisor and serving worker."""
    shutil.rmtree(folder / ".cpsl", ignore_errors=True)
    began = time.perf_counter()
    command = [sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--headless", "--port", "0"]
    with program(command, folder) as process:
        client = wait_ready(folder)
        took = (time.perf_counter() - began) * 1_000
        client.ask("hello")
        time.sleep(0.5)
        supervisor = (resident_bytes(process.pid) or 0) / 1e6
        worker = _serving_bytes(client) / 1e6
    return took, supervisor, worker


def screen(folder: Path) -> tuple[float, float]:
    """Return milliseconds until the header is drawn in a real terminal, and megabytes."""
    shutil.rmtree(folder / ".cpsl", ignore_errors=True)
    environment: os._Environ[str] | dict[str, str] = {
        **{key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        "TERM": "xterm-256color",
    }
    began = time.perf_counter()
    child = pexpect.spawn(
        sys.executable,
        ["-m", "cpsl_dev", "dev", "app.py", "--port", "0"],
        cwd=str(folder),
        dimensions=(35, 120),
        env=dict(environment),
        timeout=20,
    )
    child.expect("Chat")
    took = (time.perf_counter() - began) * 1_000
    wait_ready(folder)
    time.sleep(0.5)
    size = (resident_bytes(child.pid) or 0) / 1e6
    child.send("\x11")
    child.expect(pexpect.EOF)
    child.close()
    return took, size


def _serving_bytes(client: Client) -> float:
    workers = client.get("/status")["workers"]
    return float(next(w["rss_bytes"] for w in workers if w["state"] == "serving"))


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    try:
        save(folder / "app.py", APP)
        headless(folder)  # once, so that everything is compiled
        runs = [headless(folder) for _ in range(RUNS)]
        screens = [screen(folder) for _ in range(RUNS)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ready = [run[0] for run in runs]
    frames = [run[0] for run in screens]
    print_table(
        f"Start, {RUNS} runs",
        ["", "median ms", "p95 ms", "goal ms"],
        [
            ["cpsl dev --headless to ready", median(ready), percentile(ready, 0.95), 400],
            ["cpsl dev to the first frame", median(frames), percentile(frames, 0.95), 900],
        ],
    )
    print_table(
        "Memory, resident",
        ["", "median MB", "goal MB"],
        [
            ["supervisor, headless", median([run[1] for run in runs]), 120],
            ["supervisor, screen", median([run[1] for run in screens]), 120],
            ["worker of a small app", median([run[2] for run in runs]), 45],
        ],
    )


if __name__ == "__main__":
    main()
