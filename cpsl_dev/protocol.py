"""What supervisor and worker say to each other: commands down, events up, one JSON line each.

A command is one of the classes here. An event is an object with a `kind`: either one of
`cpsl.events`, or one of the worker's own, which this page lists:

`worker.standby` {pid} · `worker.warm` {pid} · `source.read` {path, hash} ·
`source.written` {path} · `load.imported` {generation} ·
`load.stale` {variables, differing} ·
`load.finished` {app, modules, variables} and `load.failed` {phase, error, is_contended}, both with
{sources, folders, missing, warnings, load_ms, boot_ms} ·
`worker.released` {has_hook} · `worker.booted` {error} ·
`session.left` {session_id} · `block.answered` {session_id, block_id, accepted} ·
`output.written` {stream, text} · `log.recorded` {level, logger, text} ·
`worker.paused` {file, line, text, session_id, turn} · `worker.attached` {tty} ·
`worker.resumed` {session_id, turn} · `debugpy.listening` {port, error} ·
`worker.blocked` {file, line, text, stack, seconds} · `worker.unblocked` {seconds} ·
`pong` {number} · `worker.stopped` {}.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

import orjson

from cpsl.events import RuntimeEvent
from cpsl.json_values import to_json
from cpsl.records import HistoryEntry, JsonObject, MessageRecord, UserRecord
from cpsl.turn_requests import SessionState, TurnRequest

_READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A request to a worker."""

    name: ClassVar[str] = ""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Make the command of what was sent."""
        return cls(**body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm(Command):
    """Import modules that the app will probably want, before it is loaded.

    Args:
        modules: What to import.
        variables: What the app has set before it imported them; None took one away.
        volatile: Variables that the app sets to something else each time.
    """

    name: ClassVar[str] = "warm"
    modules: list[str]
    variables: dict[str, str | None] = field(default_factory=dict)
    volatile: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Command):
    """Import the app and boot it. Compiled code is kept in `cache_dir`, unless that is None."""

    name: ClassVar[str] = "load"
    generation: int
    folder: str
    module: str
    file: str | None
    symbol: str | None
    entry: str
    cache_dir: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTurn(Command):
    """Run the handler on a message."""

    name: ClassVar[str] = "run_turn"
    request: TurnRequest

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Make the command of what was sent."""
        values = body["request"]
        request = TurnRequest(
            session=_state(values["session"]),
            turn=values["turn"],
            message=MessageRecord(**values["message"]),
            chat=values["chat"],
            is_new=values["is_new"],
        )
        return cls(request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTurn(Command):
    """Cancel a turn that runs."""

    name: ClassVar[str] = "cancel_turn"
    session_id: str
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBlock(Command):
    """Give the answer to a prompt, as its handler gets it; None when nobody will answer."""

    name: ClassVar[str] = "answer_block"
    session_id: str
    block_id: str
    answer: JsonObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachDebugger(Command):
    """Let code that has stopped use a terminal; None where there is none, and why."""

    name: ClassVar[str] = "attach_debugger"
    tty: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenDebugpy(Command):
    """Listen for an editor."""

    name: ClassVar[str] = "listen_debugpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(Command):
    """Run the exit hook for a session that is about to go."""

    name: ClassVar[str] = "close_session"
    session: SessionState

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Make the command of what was sent."""
        return cls(session=_state(body["session"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Command):
    """Ask for a sign of life."""

    name: ClassVar[str] = "ping"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Run the shutdown hook and wait: the next generation needs what this one holds."""

    name: ClassVar[str] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class BootAgain(Command):
    """Run the boot hook again, after `Release`: the next generation did not come."""

    name: ClassVar[str] = "boot_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown(Command):
    """Run the shutdown hook and end."""

    name: ClassVar[str] = "shutdown"


_COMMANDS: dict[str, type[Command]] = {
    kind.name: kind
    for kind in (
        Warm,
        Load,
        RunTurn,
        CancelTurn,
        AnswerBlock,
        AttachDebugger,
        ListenDebugpy,
        CloseSession,
        Ping,
        Release,
        BootAgain,
        Shutdown,
    )
}


def encode_command(command: Command) -> bytes:
    """Write a command as one line."""
    return orjson.dumps({"command": command.name, "body": command}) + b"\n"


def decode_command(line: bytes) -> Command:
    """Read a command."""
    values = orjson.loads(line)
    return _COMMANDS[values["command"]].from_json(values["body"])


def encode_event(event: RuntimeEvent) -> bytes:
    """Write an event of the runtime as one line."""
    values: JsonObject = {"kind": event.kind}
    for item in fields(event):
        values[item.name] = getattr(event, item.name)
    return encode_fact(values)


def encode_fact(values: JsonObject) -> bytes:
    """Write an object as one line. Of what is not JSON it keeps what can be kept."""
    try:
        return orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS) + b"\n"
    except TypeError:
        return orjson.dumps(to_json(values)) + b"\n"


class Lines:
    """Cuts a stream of bytes into lines, at a cost linear in their length."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Take what arrived; return the lines that are complete, without their ends."""
        head, newline, rest = data.partition(b"\n")
        if not newline:
            self._parts.append(data)
            return []
        lines = [b"".join([*self._parts, head])]
        *whole, last = rest.split(b"\n")
        self._parts = [last] if last else []
        return lines + whole


class WorkerEnd:
    """The worker's end: written from any thread, read by one."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._lock = threading.Lock()
        self._lines = Lines()

    def send(self, line: bytes) -> None:
        """Send one line, waiting while the supervisor is behind. Nothing when it is gone."""
        try:
            with self._lock:
                self._socket.sendall(line)
        except OSError:
            # The supervisor is gone; the control thread sees the same and ends the process.
            return

    def receive(self) -> list[Command] | None:
        """Wait for commands. None when the supervisor has closed its end."""
        data = self._socket.recv(_READ_BYTES)
        if not data:
            return None
        return [decode_command(line) for line in self._lines.feed(data)]

    def fileno(self) -> int:
        """Return the descriptor, for a poll."""
        return self._socket.fileno()


class SupervisorEnd(asyncio.Protocol):
    """The supervisor's end, on its loop.

    Args:
        on_events: Called with the events that arrived together, in order.
        on_close: Called once, when the worker has closed its end or died.
    """

    def __init__(
        self, on_events: Callable[[list[JsonObject]], None], on_close: Callable[[], None]
    ) -> None:
        self._on_events = on_events
        self._on_close = on_close
        self._lines = Lines()
        self._transport: asyncio.Transport | None = None
        self._paused = False

    def send(self, command: Command) -> None:
        """Send a command. Nothing when the worker is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode_command(command))

    def pause(self) -> None:
        """Let the worker wait: what it says is not read until `resume`."""
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and self._paused:
            self._paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        """Close this end, which ends a worker that still listens."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand on what is complete."""
        lines = self._lines.feed(data)
        if lines:
            self._on_events([orjson.loads(line) for line in lines])

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the worker is gone."""
        self._on_close()


def _state(values: JsonObject) -> SessionState:
    return SessionState(
        id=values["id"],
        user=UserRecord(**values["user"]),
        channel=values["channel"],
        data=values["data"],
        history=[HistoryEntry(**entry) for entry in values["history"]],
        integrations=values["integrations"],
    )
