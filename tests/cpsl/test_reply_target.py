from __future__ import annotations

import inspect
from typing import Any

from cpsl.reply_target import GrowingReply, ReplyTarget
from cpsl.turns import Turn


def methods(kind: Any) -> dict[str, list[str]]:
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def test_turn_takes_what_a_target_is_told() -> None:
    wanted = methods(ReplyTarget)

    assert {name: found for name, found in methods(Turn).items() if name in wanted} == wanted


def test_growing_reply_can_only_be_written_and_finished() -> None:
    assert methods(GrowingReply) == {"write": ["self", "text"], "finish": ["self"]}
