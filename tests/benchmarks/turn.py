"""A turn of an echo handler through the debug endpoint."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from tests.benchmarks.bench import dev_server, median, percentile, print_table, save

APP = """\
import cpsl

app = cpsl.App(name="echo", image=cpsl.Image())


@app.message()
async def handle(session, message):
    await session.reply(message.text)
"""
TURNS = 500


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    try:
        save(folder / "app.py", APP)
        with dev_server(folder) as client:
            for _ in range(20):
                client.ask("warm")
            time.sleep(0.5)
            times = []
            for number in range(TURNS):
                began = time.perf_counter()
                if client.ask(f"{number}") != f"{number}":
                    raise RuntimeError("the echo came back wrong")
                times.append((time.perf_counter() - began) * 1_000)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(
        f"A turn through the endpoint, {TURNS} turns, one connection",
        ["", "median ms", "p95 ms", "goal ms"],
        [["echo", median(times), percentile(times, 0.95), 5]],
    )


if __name__ == "__main__":
    main()
