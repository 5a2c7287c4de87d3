"""What a turn did, and what a replay of it did otherwise, over the panes."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.summaries import pretty_json
from cpsl_dev.tui.turn_story import (
    ReplayStory,
    TurnStory,
    replay_heading,
    replay_lines,
    turn_heading,
    turn_lines_of,
)
from cpsl_dev.tui.widgets.key_bar import KeyHint
from cpsl_dev.tui.widgets.laid_out import LaidOut


class TurnScreen(Dialog[str]):
    """Shows all of a turn; the answer is what to do with it: `rewind`, `fork` or `replay`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "answer('rewind')", "Rewind"),
        Binding("f", "answer('fork')", "Fork"),
        Binding("r", "answer('replay')", "Replay"),
        Binding("y", "copy", "Copy"),
        Binding("escape,q,enter", "close", "Close"),
    ]

    def __init__(self, story: TurnStory) -> None:
        keys = (
            KeyHint("w", "rewind to it", "answer('rewind')"),
            KeyHint("f", "fork", "answer('fork')"),
            KeyHint("r", "replay", "answer('replay')"),
            KeyHint("y", "copy", "copy"),
            KeyHint("esc", "close", "close"),
        )
        super().__init__(turn_heading(story.record), keys)
        self._story = story

    def body(self) -> ComposeResult:
        """Show the turn."""
        yield LaidOut(partial(turn_lines_of, self._story), id="turn-story")

    def on_mount(self) -> None:
        """Take the keys."""
        super().on_mount()
        self.query_one(LaidOut).focus()

    def action_answer(self, what: str) -> None:
        """Do something with the turn."""
        self.dismiss(what)

    def action_copy(self) -> None:
        """Copy the turn as JSON."""
        self.app.copy_to_clipboard(pretty_json(self._story.record))
        self.say("The turn is copied as JSON.")


class ReplayScreen(Dialog[bool]):
    """Shows a replay beside what it repeats; the answer is True to keep it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,f10", "keep", "Keep"),
        Binding("d,f12", "drop", "Drop"),
        Binding("escape,q,enter", "close", "Close"),
    ]

    def __init__(self, story: ReplayStory) -> None:
        drop = KeyHint("d", "drop", "drop")
        keys = (KeyHint("k", "keep", "keep"), drop) if story.is_last else (drop,)
        super().__init__(replay_heading(story), (*keys, KeyHint("esc", "close", "close")))
        self._story = story

    def body(self) -> ComposeResult:
        """Show both."""
        yield LaidOut(partial(replay_lines, self._story), id="replay-story")

    def on_mount(self) -> None:
        """Take the keys."""
        super().on_mount()
        self.query_one(LaidOut).focus()
        if not self._story.is_last:
            self.say("It is not the last turn: rewind to it before what it gives can be kept.")

    def action_keep(self) -> None:
        """Put the replay in the place of the turn."""
        if self._story.is_last:
            self.dismiss(True)

    def action_drop(self) -> None:
        """Forget the replay."""
        self.dismiss(False)
