"""Plays a page: its files are written, its app is served, its commands and messages are sent."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import orjson

from tests.docs.blocks import Block
from tests.docs.matching import differences, matches_text
from tests.programs import read_until, start
from tests.servers import DEADLINE_SECONDS
from tests.terminals import Terminal

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
_SPOKEN = re.compile(r"(you|app|status|error): ?(.*)\Z")


class Page:
    """The project that a page builds up, and the server that runs it.

    A context manager: the server starts with the first block that needs it, and ends here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entry = "app.py"
        self._server: subprocess.Popen[str] | None = None
        self._output: str | None = None
        self._answer: Any = None

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.communicate(timeout=DEADLINE_SECONDS)

    def use_examples(self) -> None:
        """Make the project one like the repository, with `examples/` and `.venv/bin/cpsl`."""
        shutil.copytree(REPOSITORY / "examples", self.folder / "examples", ignore=_ignored)
        scripts = self.folder / ".venv" / "bin"
        scripts.mkdir(parents=True)
        (scripts / "cpsl").symlink_to(SCRIPTS / "cpsl")
        self._entry = "examples/notebook/app.py"

    def play(self, block: Block) -> None:
        """Do what a block says, and compare what comes of it."""
        play = getattr(self, f"_play_{block.kind}", None)
        assert play is not None, f"{block.place}: there is no test of kind {block.kind!r}"
        play(block)

    def _play_not(self, block: Block) -> None:
        assert re.fullmatch(r"run: .{10,}", block.argument), f"{block.place}: say why it is not run"

    def _play_file(self, block: Block) -> None:
        """`file NAME [= PATH] [fails]`: save the block, which is as PATH in the repository."""
        name, *options = block.argument.split()
        if "=" in options:
            original = REPOSITORY / options[options.index("=") + 1]
            assert block.text == original.read_text("utf-8"), f"{block.place}: not as {original}"
        self._save(name, block.text, fails="fails" in options)

    def _play_patch(self, block: Block) -> None:
        """`patch NAME [fails]`: change a file as the diff says."""
        name, *options = block.argument.split()
        lines = [(line[:1], line[1:]) for line in block.text.splitlines()]
        old = "".join(f"{text}\n" for mark, text in lines if mark in (" ", "-", ""))
        new = "".join(f"{text}\n" for mark, text in lines if mark in (" ", "+", ""))
        before = (self.folder / name).read_text("utf-8")
        assert before.count(old) == 1, f"{block.place}: it does not fit into {name}:\n{before}"
        self._save(name, before.replace(old, new), fails="fails" in options)

    def _play_chat(self, block: Block) -> None:
        """`chat [SESSION]`: lines `you: …` are sent; `app:`, `status:`, `error:` must come."""
        session = block.argument or "main"
        for said, expected in _exchanges(block):
            turn = self._call("POST", f"/sessions/{session}/messages", {"text": said})
            found = [("status", item["text"]) for item in turn["notifications"]]
            found += [("app", reply["text"].rstrip()) for reply in turn["replies"]]
            if turn["error"]:
                found.append(("error", f"{turn['error']['type']}: {turn['error']['message']}"))
            assert _same(expected, found), f"{block.place}: {said!r}: {found} is not {expected}"

    def _play_run(self, block: Block) -> None:
        """`run`: run each line that begins with `$ `; the lines below it are what it prints."""
        self._serve()
        for command, shown in _commands(block):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=DEADLINE_SECONDS,
            )
            assert matches_text(shown, done.stdout), f"{block.place}: {command}:\n{done.stdout}"

    def _play_python(self, block: Block) -> None:
        """`python`: run the block in the project's folder; it must end well."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block.text],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_SECONDS,
        )
        assert done.returncode == 0, f"{block.place}:\n{done.stderr}"
        self._output = done.stdout

    def _play_served(self, block: Block) -> None:
        """`served`: as `python`, with the server running."""
        self._serve()
        self._play_python(block)

    def _play_pytest(self, block: Block) -> None:
        """`pytest NAME`: save the block, and run it as tests; at least one must be there."""
        (self.folder / block.argument).write_text(block.text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", block.argument],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=4 * DEADLINE_SECONDS,
        )
        assert done.returncode == 0, f"{block.place}:\n{done.stdout}"

    def _play_output(self, block: Block) -> None:
        """`output`: what the `python` block before it prints."""
        assert self._output is not None, f"{block.place}: nothing was run before it"
        assert matches_text(block.text, self._output), f"{block.place}:\n{self._output}"

    def _play_http(self, block: Block) -> None:
        """`http STATUS`: send the request, with the token; that status must come back."""
        head, _, body = block.text.partition("\n\n")
        first, *lines = head.strip().splitlines()
        method, path = first.split()
        headers = dict(line.split(": ", 1) for line in lines)
        self._answer = self._call(
            method, path, body.strip() or None, headers=headers, status=int(block.argument)
        )

    def _play_answer(self, block: Block) -> None:
        """`answer`: what the `http` block before it is answered, at least."""
        wrong = differences(orjson.loads(block.text), self._answer)
        assert not wrong, f"{block.place}: {wrong}: {self._answer}"

    def _play_screen(self, block: Block) -> None:
        """`screen TEXT`: run the command in a terminal; it shows TEXT, and ctrl+q ends it."""
        command = block.text.strip().removeprefix("$ ").split(" && ")[-1].split()
        program = shutil.which(command[0], path=str(SCRIPTS)) or str(self.folder / command[0])
        # The page goes on with the server that is started there; here it gets another one.
        apart = {"CPSL_DATA_DIR": str(self.folder / ".cpsl-screen")}
        with Terminal([program, *command[1:]], self.folder, environment=apart) as screen:
            screen.wait_for(block.argument)
            assert screen.leave() == 0, f"{block.place}: {screen.text}"

    def _save(self, name: str, text: str, *, fails: bool) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = None if self._server is None else self._call("GET", "/status")["last_seq"]
        path.write_text(text, "utf-8")
        if before is not None:
            self._wait_for_reload(name, before, "reload.failed" if fails else "reload.succeeded")

    def _wait_for_reload(self, name: str, after: int, kind: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        events: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            page = self._call("GET", f"/events?after={after}&kind=reload.*")
            events = page["events"]
            if any(
                event["kind"] == kind and Path(name).name in str(event["files"]) for event in events
            ):
                return
            time.sleep(0.02)
        raise AssertionError(f"saving {name} gave no {kind}: {events}")

    def _serve(self) -> None:
        if self._server is None:
            command = [str(SCRIPTS / "cpsl"), "dev", self._entry, "--headless", "--port", "0"]
            self._server = start(command, self.folder)
            read_until(self._server, "ready at")

    def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        status: int = 200,
    ) -> Any:
        self._serve()
        state = (self.folder / self._entry).parent / ".cpsl" / "dev.json"
        found = orjson.loads(state.read_bytes())
        given = {"Authorization": f"Bearer {found['token']}", **(headers or {})}
        data = body.encode() if isinstance(body, str) else None
        if body is not None and data is None:
            data = orjson.dumps(body)
            given["Content-Type"] = "application/json"
        request = Request(f"{found['url']}{path}", data, given, method=method)
        try:
            with urlopen(request, timeout=DEADLINE_SECONDS) as response:
                code, content = response.status, response.read()
        except HTTPError as error:
            with error:
                code, content = error.code, error.read()
        assert code == status, f"{method} {path}: {code}, not {status}: {content!r}"
        return orjson.loads(content) if content else None


def _exchanges(block: Block) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each message with what must come of it; a line without a name goes on the last."""
    said: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if found := _SPOKEN.match(line):
            said.append((found[1], found[2]))
        else:
            who, text = said.pop()
            said.append((who, f"{text}\n{line}"))
    exchanges: list[tuple[str, list[tuple[str, str]]]] = []
    for who, text in said:
        if who == "you":
            exchanges.append((text.rstrip(), []))
        else:
            exchanges[-1][1].append((who, text.rstrip()))
    return exchanges


def _same(expected: list[tuple[str, str]], found: list[tuple[str, str]]) -> bool:
    return len(expected) == len(found) and all(
        who == other and matches_text(text, said)
        for (who, text), (other, said) in zip(expected, found, strict=True)
    )


def _commands(block: Block) -> list[tuple[str, str]]:
    commands: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], ""))
        else:
            command, shown = commands.pop()
            commands.append((command, f"{shown}{line}\n"))
    return commands


def _ignored(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in (".cpsl", "__pycache__")]
