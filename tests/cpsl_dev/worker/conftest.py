"""What the tests of stops share: a terminal, and code that stops in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pseudo_terminals import NearSide


@pytest.fixture
def near() -> Iterator[NearSide]:
    """The side of a pseudo-terminal where the developer sits."""
    with NearSide() as near:
        yield near


def in_thread(function: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Run a function in a thread of its own; its value or error comes into the list."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(function())
        except BaseException as error:  # noqa: BLE001 - whatever the code raises is looked at
            result.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, result
