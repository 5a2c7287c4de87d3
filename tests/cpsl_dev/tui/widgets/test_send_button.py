from __future__ import annotations

from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.send_button import SendButton
from tests.screens import messages, show, shown


async def test_click_sends_what_was_typed() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.styles.width = "1fr"
        pane.prompt.put("hello")
        await shown(pilot, "⏎")
        await pilot.click(SendButton)

        assert [message.text for message in messages(pilot, ChatPane.Submitted)] == ["hello"]
        assert pane.prompt.has_focus
