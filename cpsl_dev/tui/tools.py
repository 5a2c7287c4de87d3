"""What can be done on the screen besides talking: one controller for each subject."""

from __future__ import annotations

from collections.abc import Callable

from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.data_editor import DataEditor
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.replays import Replays
from cpsl_dev.tui.screens.dialog import Ask
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
    """

    def __init__(
        self,
        link: CoreLink,
        presenter: Presenter,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        strip: ReplayStrip,
    ) -> None:
        conversation = presenter.conversation
        self.data = DataEditor(link, conversation, ask, tell)
        self.replays = Replays(
            link.travel, conversation, ask, tell, strip=strip, pin=presenter.show_pinned
        )
        self.turns = TurnTools(
            link.travel,
            conversation,
            ask,
            tell,
            open_session=presenter.open_session,
            replay=self.replays.replay,
        )
