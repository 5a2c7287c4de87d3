from __future__ import annotations

from pathlib import Path

from tests.screens import screen


async def test_tools_work_on_the_session_that_is_shown(notebook: Path) -> None:
    async with screen(notebook) as (_, app):
        conversation = app.presenter.conversation

        tools = (app.tools.data, app.tools.turns, app.tools.replays)

        assert all(tool._conversation is conversation for tool in tools)
