from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.cli.exits import AppFailed
from cpsl_dev.cli.local_run import run_once
from cpsl_dev.exceptions import InvalidInput, ServerRunning
from cpsl_dev.state_dir import StateDir
from tests.servers import ECHO_APP, make_config, write_app


def test_one_message_is_answered_and_nothing_goes_on(tmp_path: Path) -> None:
    config = make_config(write_app(tmp_path, ECHO_APP))
    kinds: list[str] = []

    turn = run_once(config, "s1", "hi", on_event=lambda event: kinds.append(event["kind"]))

    assert turn["status"] == "done"
    assert turn["replies"] == [{"text": "echo hi", "streamed": False}]
    assert kinds[0] == "message.received"
    assert kinds[-1] == "turn.finished"


def test_an_app_that_cannot_be_loaded_fails_with_the_place(tmp_path: Path) -> None:
    config = make_config(write_app(tmp_path, "x = (\n"))

    with pytest.raises(AppFailed) as caught:
        run_once(config, "s1", "hi", on_event=lambda event: None)

    assert caught.value.exit_code == 1
    assert caught.value.message.startswith(
        "The app cannot be loaded.\napp.py:1  SyntaxError: '(' was never closed"
    )


def test_a_message_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    config = make_config(write_app(tmp_path, ECHO_APP))

    with pytest.raises(InvalidInput):
        run_once(config, "s1", "a\0b", on_event=lambda event: None)


def test_a_state_that_is_in_use_is_told(tmp_path: Path) -> None:
    config = make_config(write_app(tmp_path, ECHO_APP))
    other = StateDir(config.data_dir)
    other.acquire()
    try:
        with pytest.raises(ServerRunning):
            run_once(config, "s1", "hi", on_event=lambda event: None)
    finally:
        other.release()
