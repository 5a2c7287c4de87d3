"""Events a second from a worker to the event log, and whether the server still answers."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path

from tests.benchmarks.bench import Client, dev_server, median, percentile, print_table, save

APP = """\
import asyncio

import cpsl

app = cpsl.App(name="flood", image=cpsl.Image())


@app.message()
async def handle(session, message):
    count = int(message.text)
    async with session.stream_reply() as reply:
        for number in range(count):
            reply.write(f"{number} ")
            if number % 500 == 0:
                await asyncio.sleep(0)
"""
EVENTS = 60_000


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    answers: list[float] = []
    try:
        save(folder / "app.py", APP)
        with dev_server(folder) as client:
            client.ask("10")
            stop = threading.Event()
            watcher = threading.Thread(target=_watch, args=(folder, stop, answers))
            watcher.start()
            before = client.get("/status")["last_seq"]
            began = time.perf_counter()
            client.ask(str(EVENTS))
            took = time.perf_counter() - began
            stop.set()
            watcher.join()
            told = client.get("/status")["last_seq"] - before
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(
        "Worker to event log",
        ["", "events", "seconds", "events/s", "goal"],
        [["reply.chunk", told, took, told / took, 20_000]],
    )
    print_table(
        "GET /status meanwhile",
        ["", "median ms", "p95 ms", "worst ms", "limit ms"],
        [["", median(answers), percentile(answers, 0.95), max(answers), 250]],
    )


def _watch(folder: Path, stop: threading.Event, answers: list[float]) -> None:
    client = Client(folder)
    while not stop.is_set():
        began = time.perf_counter()
        client.get("/status")
        answers.append((time.perf_counter() - began) * 1_000)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
