from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from cpsl_dev.tui.signals import Signals


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_asks_for_an_end_with_its_code(number: int, code: int) -> None:
    asked: list[int] = []
    with Signals(lambda: None) as signals:
        signals.on_stop = asked.append
        send(number)

    assert (asked, signals.exit_code) == ([code], code)


def test_signal_before_the_screen_is_up_ends_at_once() -> None:
    with pytest.raises(SystemExit) as ended, Signals(lambda: None):
        send(signal.SIGTERM)

    assert ended.value.code == 143


def test_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with Signals(lambda: None):
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


def test_end_that_takes_too_long_is_made_short() -> None:
    program = """
        import os, signal, time
        from cpsl_dev.tui import signals
        signals.LIMIT_SECONDS = 0.05
        with signals.Signals(lambda: os.write(1, b"restored")) as caught:
            caught.on_stop = lambda code: None
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout) == (143, b"restored")
