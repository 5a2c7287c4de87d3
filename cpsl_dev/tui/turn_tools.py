"""What can be done with a turn: open it, rewind to it, fork from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.screens.question import Question
from cpsl_dev.tui.screens.story_screens import TurnScreen
from cpsl_dev.tui.travel_link import TravelLink


class TurnTools:
    """Asks the server to go back in time, after asking the user.

    Args:
        link: The way to the server.
        conversation: The session that is shown.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
        open_session: Shows a session that was made, ready for a message.
        replay: Replays a turn.
    """

    def __init__(
        self,
        link: TravelLink,
        conversation: Conversation,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        open_session: Callable[[str], Awaitable[None]],
        replay: Callable[[int], Awaitable[None]],
    ) -> None:
        self._link = link
        self._conversation = conversation
        self._ask = ask
        self._tell = tell
        self._open_session = open_session
        self._replay = replay

    async def do(self, what: str, turn: int) -> None:
        """Do something with a turn: `open`, `rewind`, `fork` or `replay`."""
        match what:
            case "open":
                await self.open(turn)
            case "rewind":
                await self.rewind(turn)
            case "fork":
                await self.fork(turn)
            case "replay":
                await self._replay(turn)

    async def open(self, turn: int) -> None:
        """Show all of a turn, and do what is asked for there."""
        if turn < 1:
            return
        story = await self._link.story(self._conversation.session_id, turn)
        chosen = await self._ask(TurnScreen(story))
        if chosen is not None:
            await self.do(chosen, turn)

    async def rewind(self, turn: int) -> None:
        """Bring the session back to the state after a turn; 0 is as it was made."""
        session_id = self._conversation.session_id
        cut = await self._link.turns_after(session_id, turn)
        question = Question(f"Rewind to turn {turn}", _consequences(turn, cut), yes="rewind")
        if not await self._ask(question):
            return
        running = self._conversation.turns.running
        if running is not None:
            self._tell(f"The rewind waits for turn {running.turn} to end.", False)
        await self._link.rewind(session_id, turn)
        self._tell(f"{session_id} is back after turn {turn}.", False)

    async def fork(self, turn: int) -> None:
        """Make a new session in the state after a turn, and show it."""
        session_id = self._conversation.session_id
        new_id = await self._link.fork(session_id, turn)
        await self._open_session(new_id)
        self._tell(f"{new_id} is {session_id} as it was after turn {turn}.", False)


def _consequences(turn: int, cut: list[int]) -> str:
    state = "as it was made" if turn == 0 else f"as turn {turn} left it"
    if not cut:
        return f"No turn goes. The data is {state} again: edits made since are undone."
    count = "1 turn goes" if len(cut) == 1 else f"{len(cut)} turns go"
    numbers = ", ".join(str(number) for number in cut[:10]) + (" …" if len(cut) > 10 else "")
    return (
        f"{count}: {numbers}. Data and history are {state} again. "
        f"The events of what goes stay in the event log."
    )
