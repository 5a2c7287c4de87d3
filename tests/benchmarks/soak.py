"""A thousand saves with messages all along: nothing may be lost, doubled, or grow."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from cpsl_dev.memory import resident_bytes
from tests.benchmarks.bench import Client, dev_server, print_table, save

APP = """\
import cpsl

VERSION = {version}
app = cpsl.App(name="soak", image=cpsl.Image())


@app.message()
async def handle(session, message):
    seen = session.data.setdefault("seen", [])
    seen.append(message.text)
    del seen[:-50]
    session.data["count"] = session.data.get("count", 0) + 1
    await session.reply(f"{{VERSION}}:{{message.text}}")
"""
SESSIONS = 3
PAGE = 5_000


def talk(folder: Path, number: int, stop: threading.Event, sent: list[int]) -> None:
    """Send numbered messages, one after another, and check each answer."""
    client = Client(folder)
    while not stop.is_set():
        text = str(sent[number])
        answer = client.ask(text, f"soak-{number}")
        if answer.partition(":")[2] != text:
            raise RuntimeError(f"message {text} was answered {answer!r}")
        sent[number] += 1
        time.sleep(0.02)


def look(client: Client) -> list[object]:
    """Return megabytes, processes, open files and threads."""
    task = Path(f"/proc/{client.pid}")
    return [
        (resident_bytes(client.pid) or 0) / 1e6,
        len(client.get("/status")["workers"]),
        len(os.listdir(task / "fd")),
        len(os.listdir(task / "task")),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=1_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cpsl-soak-"))
    rows: list[list[object]] = []
    try:
        save(folder / "app.py", APP.format(version=0))
        with dev_server(folder) as client:
            stop, sent = threading.Event(), [0] * SESSIONS
            talkers = [
                threading.Thread(target=talk, args=(folder, number, stop, sent))
                for number in range(SESSIONS)
            ]
            for talker in talkers:
                talker.start()
            reloads = client.follow("reload.succeeded")
            next(reloads)
            for version in range(1, options.saves + 1):
                save(folder / "app.py", APP.format(version=version))
                next(reloads)
                if version in (10, options.saves // 2, options.saves):
                    time.sleep(1.0)
                    rows.append([f"after {version} saves", *look(client), sum(sent)])
            stop.set()
            for talker in talkers:
                talker.join()
            lost = check(client, sent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    head = ["", "MB", "workers", "open files", "threads", "messages"]
    print_table(f"Soak: {options.saves} saves", head, rows)
    print_table("Messages", ["", "count"], [["sent", sum(sent)], ["lost or doubled", lost]])


def check(client: Client, sent: list[int]) -> int:
    """Return how many messages are missing from the history or in it twice."""
    wrong = 0
    for number, count in enumerate(sent):
        said: list[str] = []
        before = 2 * count + 10
        while before > 0:
            path = f"/sessions/soak-{number}/history?before={before}&limit={PAGE}"
            entries = client.get(path)["history"]
            said += [entry["text"] for entry in entries if entry["sender"] == "user"]
            before = entries[0]["index"] if entries else 0
        wrong += len(set(map(str, range(count))) ^ set(said)) + len(said) - len(set(said))
    return wrong


if __name__ == "__main__":
    main()
