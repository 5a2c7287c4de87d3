"""What the last save has changed in the answer of the pinned session, without being in the way."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.turn_story import ReplayStory, difference_lines, what_differs
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.laid_out import LaidOut
from cpsl_dev.tui.widgets.title_bar import TitleBar

_MOST_LINES = 40
_DROP = KeyHint("F12", "drop", "drop")
_STOP = KeyHint("F12", "stop", "drop")
_ALL = (KeyHint("F10", "keep", "keep"), _DROP, KeyHint("^R", "side by side", "open"))


class _Lines(LaidOut):
    """The difference: as high as it is, up to a quarter of the screen."""

    def laid_out(self, count: int) -> None:
        """Take as much room as there are lines."""
        self.styles.height = min(count, max(2, self.app.size.height // 4))


class ReplayStrip(Vertical):
    """Shows a replay that nobody asked for just now; takes no focus and, unless used, no room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", show=False),
        Binding("k", "keep", "Keep", show=False),
        Binding("d", "drop", "Drop", show=False),
    ]

    class Wanted(Message):
        """The user wants something of the replay: `keep`, `drop` or `open`."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self) -> None:
        super().__init__(id="replay-strip")
        self.display = False
        self._story: ReplayStory | None = None

    def compose(self) -> ComposeResult:
        """Build the strip."""
        yield TitleBar(id="replay-title")
        yield _Lines(self._lay_out, id="replay-lines")
        yield KeyBar(id="replay-keys")

    def say(self, title: str, note: str = "", *, is_running: bool = False) -> None:
        """Say how it stands."""
        self._story = None
        self._show(title, note, (_STOP if is_running else _DROP,))

    def show(self, session_id: str, story: ReplayStory) -> None:
        """Show what a replay has done otherwise."""
        self._story = None if story.is_same else story
        title = f"{_title(session_id, story)}: {what_differs(story)}"
        self._show(title, "", (_DROP,) if story.is_same else _ALL)

    def clear(self) -> None:
        """Go."""
        self._story = None
        self.display = False
        lines = self.query_one(_Lines)
        if lines.has_focus:
            self.screen.focus_next()

    def action_open(self) -> None:
        """Ask to see old and new side by side."""
        self.post_message(self.Wanted("open"))

    def action_keep(self) -> None:
        """Ask for the replay to be kept."""
        self.post_message(self.Wanted("keep"))

    def action_drop(self) -> None:
        """Ask for the replay to be forgotten."""
        self.post_message(self.Wanted("drop"))

    @on(KeyBar.Pressed)
    def _press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.action))

    def _show(self, title: str, note: str, keys: tuple[KeyHint, ...]) -> None:
        bar = self.query_one(TitleBar)
        bar.title, bar.note = title, note
        self.query_one(KeyBar).show(keys)
        lines = self.query_one(_Lines)
        lines.display = self._story is not None
        lines.lay_out_again()
        self.display = True

    def _lay_out(self, width: int) -> list[Line]:
        if self._story is None:
            return []
        lines = difference_lines(self._story, width)
        if len(lines) <= _MOST_LINES:
            return lines
        more = len(lines) - _MOST_LINES
        return [*lines[:_MOST_LINES], ((f"… {more:,} more lines: ^R shows them", ("dim",)),)]


def _title(session_id: str, story: ReplayStory) -> str:
    return f"{session_id} · replay of turn {story.before.turn} on gen {story.after.generation}"
