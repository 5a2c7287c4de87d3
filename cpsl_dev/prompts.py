"""Prompts that wait in a worker, and the answers that come for them from outside."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cpsl.answers import FILE, WrongAnswer, is_waiting, read_answer
from cpsl.files import FileStore
from cpsl.records import BlockRecord, JsonObject
from cpsl.store import SqliteStore
from cpsl_dev.exceptions import (
    BlockNotFound,
    BlockNotWaiting,
    InvalidInput,
    SessionNotFound,
    StoreUnavailable,
)
from cpsl_dev.inputs import check_json, check_known_session_id
from cpsl_dev.journal import Journal
from cpsl_dev.protocol import AnswerBlock
from cpsl_dev.worker_process import WorkerProcess

# The worker's control thread answers at once, unless the app holds the interpreter.
_WORKER_SECONDS = 5.0

# A session and the id of a block.
BlockKey = tuple[str, str]
# The type of a prompt, and its answer as a handler gets it.
ScriptedAnswer = tuple[str, JsonObject]


@dataclass(slots=True, eq=False)
class _Prompt:
    worker: WorkerProcess
    block: BlockRecord


class Prompts:
    """Every prompt that waits, by its session and its block.

    Args:
        journal: Knows the blocks that were shown, and keeps accounts that are connected.
        folder: The app's folder, where relative paths in answers start.
        data_dir: Where files that come with answers are kept.
        has_live_block: Tells whether a turn that runs has shown a block.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        folder: Path,
        data_dir: Path,
        has_live_block: Callable[[str, str], bool],
    ) -> None:
        self.files = FileStore(str(data_dir / "files"))
        self._journal = journal
        self._folder = folder
        self._has_live_block = has_live_block
        self._prompts: dict[BlockKey, _Prompt] = {}
        # Who has given an answer, in order: the worker says to each whether it was taken.
        self._given: dict[BlockKey, deque[asyncio.Future[bool]]] = {}
        self._scripts: dict[str, list[ScriptedAnswer]] = {}

    @property
    def waiting(self) -> list[tuple[str, BlockRecord]]:
        """Every prompt that waits for somebody, with its session, the oldest first."""
        return [
            (session_id, prompt.block)
            for (session_id, _), prompt in self._prompts.items()
            if session_id not in self._scripts
        ]

    async def answer(self, session_id: str, block_id: str, answer: JsonObject) -> BlockRecord:
        """Answer a prompt; return its block as it is then.

        An approval takes `{"approved": bool}`; a file `{"path"}`, which is a local one, or
        `{"name", "content_type"?, "content_base64"}`; an account `{"access_token"}`, `{"fields"}`
        or `{"declined": true}`.

        Raises:
            SessionNotFound: there is no such session.
            BlockNotFound: it has no such block.
            BlockNotWaiting: the block waits for no answer, or not any more.
            InvalidInput: it is not an answer to this prompt.
            StoreUnavailable: the file that it brings cannot be kept.
        """
        check_known_session_id(session_id)
        prompt = self._prompts.get((session_id, block_id))
        if prompt is None:
            raise await self._refusal(session_id, block_id)
        check_json(answer, "")
        taken = await self._read(prompt.block, answer)
        if not await self._give(prompt, session_id, taken):
            raise BlockNotWaiting(session_id, block_id)
        if "credentials" in taken:
            name, credentials = str(prompt.block.payload["type"]), taken["credentials"]
            await self._journal.write(
                lambda tx: tx.store.sessions.set_integration(session_id, name, credentials)
            )
        return prompt.block

    async def keep_file(self, path: str) -> JsonObject:
        """Keep a local file that goes with a message; return it as an attachment.

        Raises:
            InvalidInput: it cannot be taken.
            StoreUnavailable: it cannot be kept.
        """
        return await self._read(BlockRecord(id="", type=FILE, payload={}), {"path": path})

    def play(self, session_id: str, answers: Iterable[ScriptedAnswer]) -> None:
        """Answer the prompts of a session in this order, and those left over with nothing."""
        self._scripts[session_id] = list(answers)

    def stop_playing(self, session_id: str) -> None:
        """Wait for answers from outside again."""
        self._scripts.pop(session_id, None)

    def take(self, worker: WorkerProcess, event: JsonObject) -> None:
        """Take a block that a worker shows: it may be a prompt, or the end of one."""
        session_id = event.get("session_id") or ""
        key = (session_id, event["id"])
        block = BlockRecord(id=event["id"], type=event["type"], payload=event["payload"])
        if not is_waiting(block.type, block.payload):
            if (known := self._prompts.pop(key, None)) is not None:
                known.block = block
            return
        self._prompts[key] = _Prompt(worker, block)
        if session_id in self._scripts:
            worker.send(
                AnswerBlock(
                    session_id=session_id,
                    block_id=block.id,
                    answer=self._next(session_id, block.type),
                )
            )

    def take_outcome(self, event: JsonObject) -> None:
        """Take what a worker says of an answer that it was given."""
        key = (event["session_id"], event["block_id"])
        given = self._given.get(key)
        if given:
            _settle(given.popleft(), accepted=event["accepted"])
            if not given:
                del self._given[key]

    def worker_exited(self, worker: WorkerProcess) -> None:
        """What this worker asked will not be answered."""
        for key, prompt in list(self._prompts.items()):
            if prompt.worker is worker:
                del self._prompts[key]
                for given in self._given.pop(key, ()):
                    _settle(given, accepted=False)

    def _next(self, session_id: str, kind: str) -> JsonObject | None:
        script = self._scripts[session_id]
        for number, (wanted, answer) in enumerate(script):
            if wanted == kind:
                del script[number]
                return answer
        return None

    async def _read(self, block: BlockRecord, answer: JsonObject) -> JsonObject:
        try:
            return await asyncio.to_thread(
                read_answer,
                block.type,
                block.payload,
                answer,
                files=self.files,
                folder=str(self._folder),
            )
        except WrongAnswer as error:
            raise InvalidInput(str(error), error.pointer) from error
        except OSError as error:
            raise StoreUnavailable(f"The file cannot be kept: {error.strerror}.") from error

    async def _give(self, prompt: _Prompt, session_id: str, answer: JsonObject) -> bool:
        given: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        block_id = prompt.block.id
        self._given.setdefault((session_id, block_id), deque()).append(given)
        prompt.worker.send(AnswerBlock(session_id=session_id, block_id=block_id, answer=answer))
        try:
            async with asyncio.timeout(_WORKER_SECONDS):
                return await given
        except TimeoutError:
            return False

    async def _refusal(self, session_id: str, block_id: str) -> Exception:
        def query(store: SqliteStore) -> Exception:
            if store.sessions.find(session_id) is None:
                return SessionNotFound(session_id)
            if self._has_live_block(session_id, block_id):
                return BlockNotWaiting(session_id, block_id)
            if store.turns.has_block(session_id, block_id):
                return BlockNotWaiting(session_id, block_id)
            return BlockNotFound(session_id, block_id[:200])

        return await self._journal.read(query)


def _settle(given: asyncio.Future[bool], *, accepted: bool) -> None:
    if not given.done():
        given.set_result(accepted)
