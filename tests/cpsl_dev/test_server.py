"""Tests of the dev server as a whole: what a user's code may do, and what the server makes of it."""

from __future__ import annotations

from tests.servers import ECHO_APP, ask, running, write_app
from pathlib import Path


async def test_a_message_is_answered(tmp_path: Path) -> None:
    async with running(write_app(tmp_path / "p", ECHO_APP)) as server:
        turn = await ask(server, "hello")
    assert turn.replies[0].text == "echo hello"
