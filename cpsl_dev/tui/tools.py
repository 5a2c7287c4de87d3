"""What can be done on the screen besides talking: one controller for each subject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.data_editor import DataEditor
from cpsl_dev.tui.exports import Exports
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.replays import Replays
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.session_tools import SessionTools
from cpsl_dev.tui.turn_tools import TurnTools
from cpsl_dev.tui.widgets.replay_strip import ReplayStrip


class Tools:
    """The controllers of the session that is shown.

    Args:
        link: The way to the server.
        presenter: Knows what is shown.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
        strip: Where replays after a reload are shown.
        write: Goes to where messages are written.
    """

    def __init__(
        self,
        link: CoreLink,
        presenter: Presenter,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        strip: ReplayStrip,
        write: Callable[[], None],
    ) -> None:
        conversation = presenter.conversation
        self.sessions = SessionTools(link, presenter, ask, tell, write=write)
        self.exports = Exports(link.travel, conversation, ask, tell, folder=link.folder)
        self.data = DataEditor(link, conversation, ask, tell)
        self.replays = Replays(
            link.travel, conversation, ask, tell, strip=strip, pin=presenter.show_pinned
        )
        self.turns = TurnTools(
            link.travel,
            conversation,
            ask,
            tell,
            open_session=self.sessions.show_made,
            replay=self.replays.replay,
        )

    def note_on(self, action: str) -> str:
        """Return what the palette says beside the title of an action."""
        pinned = self.replays.pinned
        return f" · {pinned} is pinned" if pinned and action == "on_replay('pin')" else ""

    def session_action(self, what: str) -> Callable[[], Awaitable[object]]:
        """Return what does something with a session: `make`, `reset`, `delete` or `export`."""
        match what:
            case "make":
                return self.sessions.make
            case "reset":
                return partial(self.turns.rewind, 0)
            case "delete":
                return self.sessions.delete
            case _:
                return self.exports.export
