"""`Terminal`: commands that a handler runs, with their output shown as it comes."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpsl.blocks import random_id
from cpsl.concurrency import spawn
from cpsl.transcripts import Run, transcript_of

if TYPE_CHECKING:
    from cpsl.session import Session

_READ_SIZE = 65_536


@dataclass(slots=True)
class TerminalResult:
    """How a command ended. True, and `ok`, if its exit code is 0."""

    exit_code: int
    stdout: str
    stderr: str
    status: str
    command: str
    argv: list[str] | None = None
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """True if the exit code is 0."""
        return self.exit_code == 0

    def __bool__(self) -> bool:
        return self.ok

    def __int__(self) -> int:
        return self.exit_code

    def __str__(self) -> str:
        return self.stdout or self.stderr or f"exit {self.exit_code}"


class Terminal:
    """A named place of a session where commands run, one transcript for all of them.

    Nothing is shown before `show`; from then on output is shown as it comes. Processes that a
    command starts end with it when its time is up or its turn is cancelled.
    """

    __slots__ = ("_session", "_transcript", "block_id", "cwd", "env", "name", "title")

    def __init__(
        self,
        session: Session,
        name: str,
        *,
        title: str = "",
        cwd: str | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        if not name.strip():
            raise ValueError("a terminal needs a name")
        self._session = session
        self._transcript = transcript_of(session, name)
        self.name = name
        self.title = title or self._transcript.title or name
        self.cwd = cwd
        self.env = env
        self.block_id = self._transcript.block_id

    @classmethod
    def of(
        cls,
        session: Session,
        terminal: Terminal | None,
        *,
        name: str | None,
        cwd: str | None,
        env: dict[str, str] | None,
    ) -> Terminal:
        """Return the terminal of `session` that is meant by itself, by its name, or a new one.

        Raises:
            ValueError: The terminal belongs to another session.
        """
        if terminal is None:
            title = "" if name else "Terminal"
            return cls(session, name or f"terminal_{random_id()}", title=title, cwd=cwd, env=env)
        if terminal._session is not session:  # noqa: SLF001 - of this class
            raise ValueError(f"terminal {terminal.name!r} belongs to another session")
        terminal.cwd = cwd or terminal.cwd
        terminal.env = env or terminal.env
        return terminal

    async def show(self, *, title: str | None = None) -> Terminal:
        """Show the terminal, and from now on its output as it comes."""
        self.title = title or self.title
        self._transcript.open(self.title, self.cwd)
        await self._transcript.publish(self._session)
        return self

    async def shell(
        self,
        command: str,
        *,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the public API's parameter
    ) -> TerminalResult:
        """Run a command line in a shell.

        Args:
            cwd: Where to run; else the terminal's, else the app's folder.
            env: Added to the environment of this process and of the terminal.
            timeout: In seconds; then the command and all that it started are killed.

        Raises:
            ValueError: The command is blank.
        """
        if not command.strip():
            raise ValueError("shell needs a command")
        where = cwd or self.cwd
        run = self._transcript.begin("shell", command, cwd=where)
        process = asyncio.create_subprocess_shell(command, **self._options(where, env))
        return await self._run(run, process, timeout)

    async def exec(
        self,
        cmd: str,
        *args: str,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the public API's parameter
    ) -> TerminalResult:
        """Run a program with arguments, without a shell; else like `shell`.

        Raises:
            ValueError: The program's name is blank.
            FileNotFoundError: There is no such program.
        """
        if not cmd.strip():
            raise ValueError("exec needs a program")
        where, argv = cwd or self.cwd, [cmd, *args]
        run = self._transcript.begin("exec", shlex.join(argv), cwd=where, argv=argv)
        process = asyncio.create_subprocess_exec(*argv, **self._options(where, env))
        return await self._run(run, process, timeout)

    def _options(self, cwd: str | None, env: dict[str, str] | None) -> dict[str, Any]:
        return {
            "cwd": cwd,
            "env": {**os.environ, **(self.env or {}), **(env or {})},
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
            # A process group of its own, so that all that it starts can be killed with it.
            "process_group": 0,
        }

    async def _run(self, run: Run, starting: Any, timeout_seconds: float | None) -> TerminalResult:
        try:
            process = await starting
        except OSError:
            run.end("failed", 127)
            await self._transcript.publish(self._session)
            raise
        updates = spawn(
            self._transcript.publish_changes(self._session), name=f"terminal {self.name}"
        )
        status = "disconnected"
        try:
            status = await _finish(run, process, timeout_seconds)
        finally:
            updates.cancel()
            if status in ("timeout", "disconnected"):
                _kill_group(process)
            code = await process.wait()
            run.end(status, code)
            await self._transcript.publish(self._session)
        return TerminalResult(
            exit_code=code,
            stdout=run.text("stdout"),
            stderr=run.text("stderr"),
            status=status,
            command=run.command,
            argv=run.argv,
            timed_out=status == "timeout",
        )


TerminalBlock = Terminal


async def _finish(
    run: Run, process: asyncio.subprocess.Process, timeout_seconds: float | None
) -> str:
    """Read until the command, and all that holds its output open, is over; return its status."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await asyncio.gather(
                _read(process.stdout, run, "stdout"),
                _read(process.stderr, run, "stderr"),
                process.wait(),
            )
    except TimeoutError:
        return "timeout"
    return "completed" if process.returncode == 0 else "failed"


async def _read(stream: asyncio.StreamReader | None, run: Run, name: str) -> None:
    assert stream is not None
    while data := await stream.read(_READ_SIZE):
        run.add(name, data)
    run.add(name, b"", final=True)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Everything of it has ended; macOS answers a group of zombies with PermissionError.
        return
