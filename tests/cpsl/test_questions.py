from __future__ import annotations

import asyncio
import threading

import pytest

from cpsl.concurrency import spawn
from cpsl.questions import Questions
from cpsl.records import JsonObject

PAYLOAD = {"message": "sure?", "blocking": True}
YES = {"approved": True}


class Asked:
    """A prompt that was asked, and what was shown of it."""

    def __init__(self, questions: Questions, *, block_id: str = "b1") -> None:
        self.questions = questions
        self.envelope = {"id": block_id, "type": "approval_prompt", "payload": PAYLOAD}
        self.shown: list[JsonObject] = []
        self.is_shown = threading.Event()

    async def ask(self, timeout_seconds: float | None = None) -> JsonObject | None:
        return await self.questions.ask(
            "s1", self.envelope, self._show, owner=self, timeout_seconds=timeout_seconds
        )

    def _show(self, payload: JsonObject) -> None:
        self.shown.append(payload)
        self.is_shown.set()


@pytest.fixture
def asked() -> Asked:
    return Asked(Questions())


async def asking(asked: Asked, timeout_seconds: float | None = None) -> asyncio.Task[object]:
    task = spawn(asked.ask(timeout_seconds), name="ask")
    await asyncio.to_thread(asked.is_shown.wait, 10)
    return task


async def test_answer_completes_the_block_before_the_handler_goes_on(asked: Asked) -> None:
    task = await asking(asked)

    assert asked.questions.answer("s1", "b1", YES) is True
    completed = list(asked.shown)

    assert await task == YES
    assert [payload.get("approved") for payload in completed] == [None, True]


@pytest.mark.parametrize(("session_id", "block_id"), [("s2", "b1"), ("s1", "b2")])
async def test_answer_to_something_else_is_not_taken(
    session_id: str, block_id: str, asked: Asked
) -> None:
    task = await asking(asked)

    assert asked.questions.answer(session_id, block_id, YES) is False

    assert not task.done()
    asked.questions.answer("s1", "b1", YES)
    await task


async def test_only_the_first_answer_is_taken(asked: Asked) -> None:
    task = await asking(asked)

    taken = [asked.questions.answer("s1", "b1", {"approved": number == 0}) for number in range(3)]

    assert taken == [True, False, False]
    assert await task == YES


async def test_time_that_is_up_gives_none_and_completes_the_block(asked: Asked) -> None:
    assert await asked.ask(0.01) is None

    assert asked.shown[-1]["timed_out"] is True
    assert asked.questions.answer("s1", "b1", YES) is False


async def test_none_says_that_nobody_will_answer(asked: Asked) -> None:
    task = await asking(asked)

    assert asked.questions.answer("s1", "b1", None) is True

    assert await task is None
    assert asked.shown[-1]["timed_out"] is True


async def test_cancelled_caller_leaves_a_block_that_is_over(asked: Asked) -> None:
    task = await asking(asked)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert asked.shown[-1]["cancelled"] is True
    assert asked.questions.answer("s1", "b1", YES) is False


async def test_answer_from_a_thread_reaches_a_handler_in_another_loop(asked: Asked) -> None:
    waiting = asyncio.to_thread(lambda: asyncio.run(asked.ask(10)))
    task = spawn(waiting, name="ask in a thread")
    await asyncio.to_thread(asked.is_shown.wait, 10)

    await asyncio.to_thread(asked.questions.answer, "s1", "b1", YES)

    assert await task == YES


async def test_all_that_one_turn_asks_is_cancelled_together(asked: Asked) -> None:
    other = Asked(asked.questions, block_id="b2")
    first, second = await asking(asked), await asking(other)

    asked.questions.cancel(asked)

    assert await first is None
    assert asked.shown[-1]["cancelled"] is True
    assert not second.done()
    asked.questions.answer("s1", "b2", YES)
    assert await second == YES


async def test_answer_and_timeout_at_once_end_it_once() -> None:
    for _ in range(200):
        asked = Asked(Questions())
        task = await asking(asked, 0.001)
        thread = threading.Thread(target=asked.questions.answer, args=("s1", "b1", YES))
        thread.start()

        answer = await task
        thread.join()

        assert len(asked.shown) == 2
        assert (answer == YES) is (asked.shown[-1]["approved"] is True)
