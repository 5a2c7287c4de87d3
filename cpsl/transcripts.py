"""What a terminal shows: its runs, kept for each session by the terminal's name."""

from __future__ import annotations

import asyncio
import codecs
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from cpsl.blocks import Block, random_id
from cpsl.messages import Message

if TYPE_CHECKING:
    from cpsl.session import Session

# Each update carries the whole transcript: at most this often, and this much of each run.
UPDATE_SECONDS = 0.1
SHOWN_CHARACTERS = 64_000
SHOWN_RUNS = 50

_transcripts: WeakKeyDictionary[Session, dict[str, Transcript]] = WeakKeyDictionary()


@dataclass(slots=True, kw_only=True)
class Run:
    """One command and its output. Times are milliseconds since 1970."""

    id: str
    mode: str
    command: str
    cwd: str
    transcript: Transcript
    argv: list[str] | None = None
    status: str = "running"
    started_at: int = 0
    ended_at: int | None = None
    exit_code: int | None = None
    chunks: list[dict[str, Any]] = field(default_factory=list)
    _decoders: dict[str, codecs.IncrementalDecoder] = field(default_factory=dict)
    _texts: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _shown: int = 0
    _count: int = 0

    def add(self, stream: str, data: bytes, *, final: bool = False) -> None:
        """Take output of `stdout` or `stderr`."""
        decoder = self._decoders.get(stream)
        if decoder is None:
            decoder = self._decoders[stream] = codecs.getincrementaldecoder("utf-8")("replace")
        if not (text := decoder.decode(data, final)):
            return
        self._texts[stream].append(text)
        shown = text[-SHOWN_CHARACTERS:]
        chunk = {"stream": stream, "text": shown, "timestamp": _now(), "seq": self._count}
        self.chunks.append(chunk)
        self._count += 1
        self._shown += len(shown)
        while self._shown > SHOWN_CHARACTERS and len(self.chunks) > 1:
            self._shown -= len(self.chunks.pop(0)["text"])
        self.transcript.note_change()

    def text(self, stream: str) -> str:
        """Return all that came from `stdout` or `stderr`."""
        return "".join(self._texts[stream])

    def end(self, status: str, exit_code: int) -> None:
        """Note how the command ended."""
        self.status, self.exit_code, self.ended_at = status, exit_code, _now()

    def to_dict(self) -> dict[str, Any]:
        """Return the run as it is shown."""
        names = ("id", "mode", "command", "cwd", "status", "started_at", "ended_at", "exit_code")
        record: dict[str, Any] = {name: getattr(self, name) for name in names}
        if self.argv is not None:
            record["argv"] = self.argv
        return {**record, "chunks": list(self.chunks)}


class Transcript:
    """The runs of one terminal, and the block that shows them."""

    # No reference to the session: it is the weak key that this is kept under.

    def __init__(self, session: Session, name: str) -> None:
        identity = f"{session.id}:{name}".encode()
        self.block_id = f"term_{hashlib.sha1(identity, usedforsecurity=False).hexdigest()}"
        self.title = ""
        self._name = name
        self._cwd: str | None = None
        self._earlier: list[dict[str, Any]] = []
        self._runs: list[Run] = []
        self._revision = 0
        self._is_shown = False
        self._has_changed = False
        self._read_stored(session.history)

    def open(self, title: str, cwd: str | None) -> None:
        """Show the transcript from now on."""
        self.title, self._cwd, self._is_shown = title, cwd, True

    def begin(
        self, mode: str, command: str, *, cwd: str | None, argv: list[str] | None = None
    ) -> Run:
        """Add a run."""
        run = Run(
            id=f"run_{random_id()}",
            mode=mode,
            command=command,
            cwd=cwd or "",
            argv=argv,
            started_at=_now(),
            transcript=self,
        )
        self._runs.append(run)
        self.note_change()
        return run

    def note_change(self) -> None:
        """Note that there is more to show."""
        self._has_changed = True

    async def publish(self, session: Session) -> None:
        """Show the transcript as it is now, if it is shown at all."""
        if not self._is_shown:
            return
        self._has_changed = False
        self._revision += 1
        runs = [*self._earlier, *(run.to_dict() for run in self._runs)]
        payload = {
            "name": self._name,
            "title": self.title,
            "cwd": self._cwd or "",
            "revision": self._revision,
            "runs": runs[-SHOWN_RUNS:],
        }
        await session.show(Block("terminal", payload, self.block_id))

    async def publish_changes(self, session: Session) -> None:
        """Show what changes, at a bearable rate, until cancelled."""
        while True:
            await asyncio.sleep(UPDATE_SECONDS)
            if self._has_changed:
                await self.publish(session)

    def _read_stored(self, history: list[Message]) -> None:
        """Go on from the newest block in the history that shows this terminal."""
        for message in reversed(history):
            if message.sender != "block" or '"terminal"' not in message.text:
                continue
            try:
                envelope = orjson.loads(message.text)
                payload = envelope["payload"]
                # Not by the id of the block: a fork of the session has other ids.
                if envelope["type"] != "terminal" or payload["name"] != self._name:
                    continue
                self._earlier = [_disconnected(run) for run in payload["runs"]]
                self.open(payload["title"], payload["cwd"])
                self._revision = payload["revision"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                # Not a block of ours, though it looks like one: begin anew.
                continue
            return


def transcript_of(session: Session, name: str) -> Transcript:
    """Return the transcript of a session's terminal: the same one for the same name."""
    by_name = _transcripts.setdefault(session, {})
    if name not in by_name:
        by_name[name] = Transcript(session, name)
    return by_name[name]


def _disconnected(run: dict[str, Any]) -> dict[str, Any]:
    return {**run, "status": "disconnected"} if run["status"] == "running" else run


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
