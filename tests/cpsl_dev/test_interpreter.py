"""Tests of the settings of the interpreter, in one of its own."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> list[str]:
    program = f"import gc, sys; from cpsl_dev.interpreter import *\n{code}"
    return subprocess.check_output([sys.executable, "-c", program], text=True).split()


def test_nothing_is_collected_while_it_starts() -> None:
    assert run("start_quickly(); print(gc.isenabled(), sys.getswitchinterval())") == [
        "False",
        "0.001",
    ]


def test_what_was_imported_is_left_alone_by_the_collector() -> None:
    code = (
        "start_quickly(); start_collecting(); print(gc.isenabled(), gc.get_freeze_count() > 1000)"
    )
    assert run(code) == ["True", "True"]
