"""Tests of how much memory there is, and who holds it."""

from __future__ import annotations

import os
import subprocess

import pytest

from cpsl_dev import memory
from cpsl_dev.memory import available_bytes, is_out, is_short, resident_bytes

MIB = 1024 * 1024


def test_this_process_holds_some_memory() -> None:
    held = resident_bytes(os.getpid())

    assert held is not None
    assert 5 * MIB < held < 4_000 * MIB


def test_a_process_that_is_gone_holds_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()

        assert not resident_bytes(process.pid)
    assert resident_bytes(process.pid) is None


def test_there_is_memory_to_be_had() -> None:
    available = available_bytes()

    assert available is None or available > MIB


@pytest.mark.parametrize(
    ("available", "short", "out"),
    [(None, False, False), (1_000 * MIB, False, False), (300 * MIB, True, False), (1, True, True)],
)
def test_memory_is_short_before_it_is_out(
    available: int | None, short: bool, out: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: available)

    assert (is_short(100 * MIB), is_out()) == (short, out)
