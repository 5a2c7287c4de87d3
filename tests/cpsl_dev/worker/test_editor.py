"""Tests of debugpy in a worker; that an editor can work with it is in `test_editor_port`."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import Any, cast

import pytest

from cpsl_dev.worker.editor import has_editor, hide_from_editors, listen
from cpsl_dev.worker.reporter import Reporter


class Told:
    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, Any]]] = []

    def tell(self, kind: str, **fields: Any) -> None:
        self.facts.append((kind, fields))


def stand_in(monkeypatch: pytest.MonkeyPatch, **members: Any) -> None:
    """Put a module in the place of debugpy."""
    module = ModuleType("debugpy")
    for name, value in members.items():
        setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "debugpy", module)


def listened(told: Told) -> tuple[str, dict[str, Any]]:
    listen(cast(Reporter, told))
    (fact,) = told.facts
    return fact


def test_the_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def note(address: Any) -> tuple[str, int]:
        asked.append(address)
        return ("127.0.0.1", 40_000)

    stand_in(monkeypatch, listen=note)

    assert listened(Told()) == ("debugpy.listening", {"port": 40_000, "error": None})
    # On this machine only, and on a port that is free.
    assert asked == [("127.0.0.1", 0)]


def test_why_it_does_not_listen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(address: Any) -> None:
        raise RuntimeError("no adapter")

    stand_in(monkeypatch, listen=fail)

    assert listened(Told()) == (
        "debugpy.listening",
        {"port": None, "error": "RuntimeError: no adapter"},
    )


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", None)

    _, fields = listened(Told())

    assert fields["port"] is None
    assert "debugpy" in fields["error"]


@pytest.mark.parametrize("connected", [True, False])
def test_an_editor_is_there_once_it_is_connected(
    connected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    before = has_editor()
    stand_in(monkeypatch, is_client_connected=lambda: connected)

    assert before is False
    assert has_editor() is connected


def test_a_thread_can_be_kept_out_of_what_an_editor_stops() -> None:
    thread = threading.Thread()

    hide_from_editors(thread)

    # The names are debugpy's.
    assert vars(thread)["is_pydev_daemon_thread"] is True
    assert vars(thread)["pydev_do_not_trace"] is True
