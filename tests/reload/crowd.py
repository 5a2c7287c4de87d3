"""Threads that do the same thing over and over, so that a swap meets all of them half-way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.reload.endpoint import DEADLINE_SECONDS


class Crowd:
    """Calls each function again and again in a thread of its own, until the `with` block ends.

    What a function raises ends its thread, and is raised at the end of the block.

    Args:
        works: The functions.
        leave: Called in each thread at its end.
    """

    def __init__(self, *works: Callable[[], object], leave: Callable[[], None]) -> None:
        self._leave = leave
        self._stopped = threading.Event()
        self._errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(work,), daemon=True) for work in works
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(DEADLINE_SECONDS)
        if error is None and self._errors:
            raise self._errors[0]

    def _run(self, work: Callable[[], object]) -> None:
        try:
            while not self._stopped.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the test
            self._errors.append(error)
        finally:
            self._leave()
