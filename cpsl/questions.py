"""Prompts that wait for an answer from outside, each by its session and the id of its block."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cpsl.answers import complete, give_up
from cpsl.records import JsonObject

# A session and the id of a block.
Key = tuple[str, str]
# Shows the block of a prompt with a new payload.
Show = Callable[[JsonObject], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Question:
    """One prompt that waits. Its future gets the answer, or None when nobody will give one."""

    owner: object
    kind: str
    payload: JsonObject
    show: Show
    answered: concurrent.futures.Future[JsonObject | None] = field(
        default_factory=concurrent.futures.Future
    )


class Questions:
    """The prompts of one runtime. Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, Question] = {}

    async def ask(
        self,
        session_id: str,
        envelope: dict[str, Any],
        show: Show,
        *,
        owner: object,
        timeout_seconds: float | None,
    ) -> JsonObject | None:
        """Show a prompt and return its answer; None if none came in time, or nobody can be asked.

        Its block says how it ended when this returns, also when the caller is cancelled.

        Args:
            envelope: The block.
            show: Shows it.
            owner: What asks, for `cancel`.
        """
        key = (session_id, envelope["id"])
        kind, payload = envelope["type"], envelope["payload"]
        question = Question(owner=owner, kind=kind, payload=payload, show=show)
        with self._lock:
            self._waiting[key] = question
        show(question.payload)
        # A future that was cancelled could not be answered any more.
        answered = asyncio.wrap_future(question.answered)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await asyncio.shield(answered)
        except TimeoutError:
            self._give_up(key, "timed_out")
            return await answered
        except BaseException:
            self._give_up(key, "cancelled")
            raise

    def answer(self, session_id: str, block_id: str, answer: JsonObject | None) -> bool:
        """Give an answer, or None for none; return whether the prompt was still waiting."""
        key = (session_id, block_id)
        if answer is None:
            return self._give_up(key, "timed_out")
        question = self._take(key)
        if question is None:
            return False
        # Before the handler goes on, so that what it says next comes after it.
        question.show(complete(question.kind, question.payload, answer))
        question.answered.set_result(answer)
        return True

    def cancel(self, owner: object) -> None:
        """Give up all that `owner` has asked."""
        with self._lock:
            keys = [key for key, question in self._waiting.items() if question.owner is owner]
        for key in keys:
            self._give_up(key, "cancelled")

    def _give_up(self, key: Key, reason: Literal["timed_out", "cancelled"]) -> bool:
        question = self._take(key)
        if question is None:
            return False
        question.show(give_up(question.kind, question.payload, reason))
        question.answered.set_result(None)
        return True

    def _take(self, key: Key) -> Question | None:
        """Claim a prompt: whoever gets it ends it, and nobody else."""
        with self._lock:
            return self._waiting.pop(key, None)
