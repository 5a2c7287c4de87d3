"""From the rename of a saved file to an answer of the new code, beside other reloading servers.

Each client asks as soon as it can: of cpsl with one message that wants the code on the disk
(`"fresh": true`), and once more as one who waits for the event of the reload and then sends a plain
message; of the others, which have neither, again and again until the new code answers.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.bench import (
    Client,
    dev_server,
    median,
    percentile,
    print_table,
    program,
    save,
)

# Long enough for the next standby to be warm, as it is when a person saves.
BETWEEN_SAVES_SECONDS = 1.5
GIVE_UP_SECONDS = 20.0

CPSL_APP = """\
{imports}
import cpsl
import helper

VERSION = {version}
app = cpsl.App(name="bench", image=cpsl.Image())


@app.message()
async def handle(session, message):
    await session.reply(f"{{VERSION}}")
"""

ASGI_APP = """\
{imports}
import helper

VERSION = {version}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({{"type": message["type"] + ".complete"}})
            if message["type"] == "lifespan.shutdown":
                return
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": str(VERSION).encode()}})
"""

Ask = Callable[[int], None]


@contextmanager
def cpsl(folder: Path, imports: str, _: str) -> Iterator[tuple[str, Ask]]:
    """Send one message, for the code that was saved last to answer."""
    with _cpsl(folder, imports) as client:

        def ask(version: int) -> None:
            _expect(version, client.ask("?", fresh=True))

        yield CPSL_APP, ask


@contextmanager
def cpsl_events(folder: Path, imports: str, _: str) -> Iterator[tuple[str, Ask]]:
    """Wait for the reload on the event stream, then send one message."""
    with _cpsl(folder, imports) as client:
        reloads = client.follow("reload.succeeded")
        next(reloads)

        def ask(version: int) -> None:
            while next(reloads)["reason"] != "save":
                pass  # the first load may be told late
            _expect(version, client.ask("?"))

        yield CPSL_APP, ask


@contextmanager
def _cpsl(folder: Path, imports: str) -> Iterator[Client]:
    save(folder / "app.py", CPSL_APP.format(imports=imports, version=0))
    with dev_server(folder) as client:
        client.ask("?")
        yield client


def _expect(version: int, answer: str) -> None:
    if answer != str(version):
        raise RuntimeError(f"old code answered: {answer}, not {version}")


@contextmanager
def asgi(folder: Path, imports: str, command: str) -> Iterator[tuple[str, Ask]]:
    """Ask again and again, a new connection each time, until the new code answers."""
    save(folder / "app.py", ASGI_APP.format(imports=imports, version=0))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with program(command.format(port=port).split(), folder):

        def ask(version: int) -> None:
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while time.monotonic() < deadline:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/")
                    if connection.getresponse().read() == str(version).encode():
                        return
                except (OSError, http.client.HTTPException):
                    pass
                finally:
                    connection.close()
                time.sleep(0.001)
            raise RuntimeError("the new code never answered")

        ask(0)
        yield ASGI_APP, ask


def measure(server: str, command: str, imports: str, saves: int) -> list[float]:
    """Return the milliseconds of each save."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    try:
        (folder / "helper.py").write_text("H = 1\n")
        start = {"cpsl": cpsl, "cpsl, by events": cpsl_events}.get(server, asgi)
        with start(folder, imports, command) as (source, ask):
            times = []
            for version in range(1, saves + 1):
                time.sleep(BETWEEN_SAVES_SECONDS)
                saved = save(folder / "app.py", source.format(imports=imports, version=version))
                ask(version)
                times.append((time.perf_counter() - saved) * 1_000)
            return times
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def burst(saves: int = 5, within_seconds: float = 1.0) -> float:
    """Save several times in a second; return how long after the last its code answered."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    try:
        (folder / "helper.py").write_text("H = 1\n")
        save(folder / "app.py", CPSL_APP.format(imports="", version=0))
        with dev_server(folder) as client:
            client.ask("?")
            time.sleep(BETWEEN_SAVES_SECONDS)
            for version in range(1, saves + 1):
                text = CPSL_APP.format(imports="", version=version)
                saved = save(folder / "app.py", text)
                if version < saves:
                    time.sleep(within_seconds / saves)
            while client.ask("?") != str(saves):
                time.sleep(0.001)
            return (time.perf_counter() - saved) * 1_000
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=30)
    parser.add_argument("--hmr-python", default=sys.executable)
    parser.add_argument("--only", help="one of the servers, by its name in the table")
    options = parser.parse_args()
    python = sys.executable
    quiet = "--log-level critical"
    servers = {
        "cpsl": "",
        "cpsl, by events": "",
        "uvicorn-hmr": f"{options.hmr_python} -m uvicorn_hmr app:app --host 127.0.0.1"
        " --port {port}",
        "granian": f"{python} -m granian --interface asgi --reload --port {{port}} app:app",
        "uvicorn": f"{python} -m uvicorn app:app --reload --port {{port}} {quiet}",
    }
    heavy = [name for name in ("pandas", "openai") if importlib.util.find_spec(name)]
    rows: list[list[object]] = []
    for imports in ["", *(f"import {name}" for name in heavy)]:
        base = 0.0
        for server, command in servers.items():
            if options.only not in (None, server):
                continue
            try:
                times = measure(server, command, imports, options.saves)
            except RuntimeError as error:
                rows.append([server, imports or "small app", str(error), "", ""])
                continue
            base = base or median(times)
            row = [server, imports or "small app", median(times), percentile(times, 0.95)]
            rows.append([*row, f"{median(times) / base:.1f}x"])
    head = ["server", "app", "median ms", "p95 ms", "to cpsl"]
    print_table(f"Save to answer, {options.saves} saves each", head, rows)
    if options.only is None or options.only.startswith("cpsl"):
        lates = [burst() for _ in range(5)]
        print_table(
            "Five saves in a second, small app",
            ["", "median ms", "worst ms"],
            [["after the last save", median(lates), max(lates)]],
        )


if __name__ == "__main__":
    main()
