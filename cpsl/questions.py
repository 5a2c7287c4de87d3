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
        # A prompt is answered, given up or cancelled once: whoever takes it out of here first.
        self._lock = threading.RLock()
        self._waiting: dict[tuple[str, str], Question] = {}

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
        try:
            async with asyncio.timeout(timeout_seconds):
                # A future that was cancelled could not be answered any more.
                return await asyncio.shield(asyncio.wrap_future(question.answered))
        except TimeoutError:
            self._close(key, question, "timed_out")
            return question.answered.result()
        except BaseException:
            self._close(key, question, "cancelled")
            raise

    def answer(self, session_id: str, block_id: str, answer: JsonObject | None) -> bool:
        """Give an answer, or None for none; return whether the prompt was still waiting."""
        key = (session_id, block_id)
        with self._lock:
            question = self._waiting.get(key)
            if question is None:
                return False
            if answer is None:
                self._close(key, question, "timed_out")
                return True
            del self._waiting[key]
            # Before the handler goes on, so that what it says next comes after it.
            question.show(complete(question.kind, question.payload, answer))
            question.answered.set_result(answer)
            return True

    def cancel(self, owner: object) -> None:
        """Give up all that `owner` has asked."""
        with self._lock:
            for key, question in list(self._waiting.items()):
                if question.owner is owner:
                    self._close(key, question, "cancelled")

    def _close(
        self,
        key: tuple[str, str],
        question: Question,
        reason: Literal["timed_out", "cancelled"],
    ) -> None:
        with self._lock:
            if self._waiting.pop(key, None) is not None:
                question.show(give_up(question.kind, question.payload, reason))
                question.answered.set_result(None)
