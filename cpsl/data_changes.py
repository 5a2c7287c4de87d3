"""Find what changed in `session.data`, and tell it: while the handler runs, and at its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from cpsl.events import DataChanged, DataConverted, RuntimeEvent
from cpsl.json_values import Conversion, dumps, to_json
from cpsl.session_data import METADATA_KEYS

INTERVAL_SECONDS = 0.02
# A snapshot of much data may take long; it then gets at most this share of the event loop.
_SNAPSHOT_SHARE = 0.1
_MAX_CONVERSIONS_TOLD = 100
_PREVIEW_LENGTH = 200

Emit = Callable[[RuntimeEvent], None]


class DataReporter:
    """Compares the JSON of one session's data with what was told last.

    The comparison catches what tracking cannot see: changes inside of objects, sets and tuples.
    All methods may be called from any thread.
    """

    def __init__(
        self, data: Callable[[], Mapping[Any, Any]], emit: Emit, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._data = data
        self._emit = emit
        self._loop = loop
        self._lock = threading.RLock()
        self._told = {key: _encoded(value) for key, value in _members(data()).items()}
        self._conversions: set[str] = set()
        self._delay = INTERVAL_SECONDS
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._is_final = False

    def data_changed(self) -> None:
        """Tell the changes soon: at most one event for each interval."""
        if not self._is_due:
            self._is_due = True
            try:
                self._loop.call_soon_threadsafe(self._start_timer)
            except RuntimeError:
                # The loop is closed: the process is ending, and nobody listens any more.
                return

    def tell(self, *, commit: bool) -> None:
        """Tell the changes now."""
        started = perf_counter()
        with self._lock:
            self._is_due = False
            changed, removed = self._take_changes()
            if changed or removed:
                self._emit(DataChanged(changed=changed, removed=removed, commit=commit))
        self._delay = max(INTERVAL_SECONDS, (perf_counter() - started) / _SNAPSHOT_SHARE)

    def finish(self) -> None:
        """Tell what the turn changed last. What changes from now on asks to be stored at once."""
        with self._lock:
            self.tell(commit=False)
            self._is_final = True

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._delay, self._tell_by_timer)

    def _tell_by_timer(self) -> None:
        self._timer = None
        if self._is_due:
            self.tell(commit=self._is_final)

    def _take_changes(self) -> tuple[dict[str, Any], list[str]]:
        data = self._data()
        if not isinstance(data, Mapping):
            # An app that puts None in place of its data does not mean to erase it.
            return {}, []
        changed: dict[str, Any] = {}
        present: set[str] = set()
        for key, value in _members(data).items():
            if key in self._told and self._told[key] == _encoded_as_is(value):
                present.add(key)
                continue
            converted = to_json({key: value}, on_converted=self._tell_conversion)
            present.update(converted)
            for name, new in converted.items():
                encoded = dumps(new)
                if self._told.get(name) != encoded:
                    self._told[name] = encoded
                    changed[name] = new
        removed = [name for name in self._told if name not in present]
        for name in removed:
            del self._told[name]
        return changed, removed

    def _tell_conversion(self, conversion: Conversion) -> None:
        path = conversion.path
        if path in self._conversions or len(self._conversions) >= _MAX_CONVERSIONS_TOLD:
            return
        self._conversions.add(path)
        text = dumps(conversion.result).decode()
        if len(text) > _PREVIEW_LENGTH:
            text = text[: _PREVIEW_LENGTH - 1] + "…"
        self._emit(DataConverted(path=path, type=conversion.type, text=text))


def _members(data: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the items to store, detached from threads that may be writing."""
    return {key: value for key, value in list(data.items()) if key not in METADATA_KEYS}


def _encoded(value: Any) -> bytes:
    return _encoded_as_is(value) or dumps(to_json(value))


def _encoded_as_is(value: Any) -> bytes | None:
    """Return the JSON of a value that is JSON already; of others None, or what differs from it."""
    try:
        return dumps(value)
    except TypeError:
        return None
