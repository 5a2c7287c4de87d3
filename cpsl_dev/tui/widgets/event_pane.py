"""What happened, in order, the newest last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from cpsl_dev.event_log import Event
from cpsl_dev.tui.log_model import GROUPS, LogModel, LogRow
from cpsl_dev.tui.spans import Line, cut, one_line
from cpsl_dev.tui.summaries import is_error
from cpsl_dev.tui.times import clock_time
from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from cpsl_dev.tui.widgets.drag_handle import DragBar
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.row_list import RowList
from cpsl_dev.tui.widgets.span_widget import SpanBar
from cpsl_dev.tui.widgets.title_bar import TitleBar

_FILTER_KEYS = (KeyHint("esc", "all", "close_filter"),)
_FOLLOW = "follow"
_KIND_WIDTH = 18
_NARROW = 70
_NEAR_TOP = 2
_STYLES = {
    "reload.succeeded": "success",
    "turn.finished": "success",
    "message.received": "you",
    "data.changed": "accent",
    "output.written": "notice",
}


class EventList(RowList):
    """The rows of a log model."""

    empty_text = "no such event among the newest"

    class EndReached(Message):
        """The user is at the newest row again."""

    class TopReached(Message):
        """The user has scrolled near the first row that is here."""

    def __init__(self, model: LogModel) -> None:
        super().__init__(id="event-list")
        self.model = model

    @property
    def row_count(self) -> int:
        """How many rows the model has."""
        return len(self.model.rows)

    def line_at(self, index: int) -> Line:
        """Return an event in one line."""
        if not self.model.rows:
            return ((self.empty_text, ("dim",)),)
        if index >= len(self.model.rows):
            return ()
        row = self.model.rows[index]
        return cut(_row_line(row, self.model.summary(row), self.view_width), self.view_width)

    def refresh_rows(self, *, from_top: int = 0) -> None:
        """Show what changed; `from_top` rows went from the top, or came if it is negative."""
        following = self.model.following
        if from_top and not following:
            top = max(0, self.scroll_offset.y - from_top)
            self.set_reactive(RowList.cursor, max(0, self.cursor - from_top))
            self.rows_changed()
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
            return
        self.rows_changed()
        if following:
            self.set_reactive(RowList.cursor, max(0, self.row_count - 1))
            self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)

    def fit(self) -> None:
        """Stay at the end."""
        self.refresh_rows()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell when an end of the list is reached."""
        super().watch_scroll_y(old_value, new_value)
        self._check_ends(went_up=new_value < old_value)

    def cursor_moved(self) -> None:
        """Tell when the cursor leaves or reaches the newest row."""
        self._check_ends(went_up=False)

    def _check_ends(self, *, went_up: bool) -> None:
        at_end = self.is_at_end and (not self.has_focus or self.cursor >= self.row_count - 1)
        if at_end and not self.model.following:
            self.post_message(self.EndReached())
        self.model.following = at_end
        if went_up and self.scroll_offset.y <= _NEAR_TOP and self.row_count:
            self.post_message(self.TopReached())


class EventPane(Vertical):
    """The event log with its filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close_filter", "Close", show=False),
        # Before the list takes them for scrolling, which it never does sideways.
        Binding("left", "step_group(-1)", "Previous group", show=False, priority=True),
        Binding("right", "step_group(1)", "Next group", show=False, priority=True),
    ]

    @dataclass
    class Wanted(Message):
        """Rows have to be read: the newest, or those before a number."""

        before: int | None

    @dataclass
    class Opened(Message):
        """The user wants to see a whole event."""

        event: Event

    @dataclass
    class GroupChosen(Message):
        """The user chose another group."""

        name: str

    def __init__(self) -> None:
        super().__init__(id="events")
        self.model = LogModel()
        self._is_reading = False
        self._is_complete = False

    def compose(self) -> ComposeResult:
        """Build the pane."""
        with Horizontal(id="events-bar"):
            yield ChoiceBar(tuple(GROUPS), id="event-groups")
            yield DragBar(id="event-note")
            yield Input(placeholder="filter", id="event-filter", compact=True)
            yield KeyBar(_FILTER_KEYS, id="event-filter-keys")
        yield EventList(self.model)

    def on_mount(self) -> None:
        """Begin without a filter."""
        self.query_one(DragBar).note_target = _FOLLOW
        self._show_filter(False)

    @property
    def rows(self) -> EventList:
        """The list of events."""
        return self.query_one(EventList)

    def add(self, events: Sequence[Event], *, skipped: int = 0) -> None:
        """Add what happened. Where events were skipped, only the newest are kept."""
        if skipped:
            if not self.model.following:
                self.model.has_gap = True
                self.model.unseen += skipped + len(events)
                self._show_state()
                return
            self.model.reset(events)
            self._is_complete = False
            self.rows.refresh_rows()
        else:
            gone = self.model.append(events)
            self._is_complete = self._is_complete and not gone
            self.rows.refresh_rows(from_top=gone)
        self._show_state()

    def load(self, events: Sequence[Event]) -> None:
        """Show the newest events, as they were read."""
        self._is_reading = self._is_complete = False
        self.model.following = True
        self.model.reset(events)
        self.rows.refresh_rows()
        self._show_state()

    def load_older(self, events: Sequence[Event], *, complete: bool) -> None:
        """Put older events in front; `complete` if there are no more."""
        self._is_reading, self._is_complete = False, complete
        came = self.model.prepend(events)
        if came:
            self.model.following = False
            self.rows.refresh_rows(from_top=-came)

    def choose_group(self, name: str) -> None:
        """Show another group."""
        self.query_one(ChoiceBar).choose(name)

    def open_filter(self) -> None:
        """Ask for a text to filter by."""
        self._show_filter(True)
        self.query_one(Input).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave escape to others while there is no filter to close, and the arrows to its text."""
        box = self.query_one(Input)
        if action == "step_group":
            return not box.has_focus
        return action != "close_filter" or box.display

    def action_step_group(self, step: int) -> None:
        """Show the next group, or the one before."""
        self.query_one(ChoiceBar).action_choose(step)

    def action_close_filter(self) -> None:
        """Show everything again."""
        self._show_filter(False)
        self.query_one(Input).value = ""
        self.rows.focus()

    @on(KeyBar.Pressed)
    async def _press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)

    @on(SpanBar.TargetChosen)
    def _to_the_end(self, event: SpanBar.TargetChosen) -> None:
        if event.target == _FOLLOW:
            event.stop()
            self.rows.action_last()

    @on(ChoiceBar.Chosen)
    def _choose_group(self, event: ChoiceBar.Chosen) -> None:
        event.stop()
        self.model.group = event.name
        self.post_message(self.Wanted(None))
        self.post_message(self.GroupChosen(event.name))

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.model.text:
            self.model.text = event.value
            self.post_message(self.Wanted(None))

    @on(Input.Submitted)
    def _leave_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self.rows.focus()

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        event.stop()
        if event.index < len(self.model.rows):
            self.post_message(self.Opened(self.model.rows[event.index].event))

    @on(EventList.EndReached)
    def _follow(self, event: EventList.EndReached) -> None:
        event.stop()
        if self.model.has_gap:
            self.post_message(self.Wanted(None))
        self.model.unseen = 0
        self._show_state()

    @on(EventList.TopReached)
    def _read_back(self, event: EventList.TopReached) -> None:
        event.stop()
        oldest = self.model.oldest_seq
        if oldest is not None and not self._is_reading and not self._is_complete:
            self._is_reading = True
            self.post_message(self.Wanted(oldest))

    def _show_state(self) -> None:
        model = self.model
        bar, new = self.query_one(TitleBar), f"{model.unseen:,} new"
        bar.note = "" if model.following else f"paused · {new} · end follows"
        bar.brief = "" if model.following else new

    def _show_filter(self, is_open: bool) -> None:
        self.set_class(is_open, "-filtered")
        self.query_one(Input).display = is_open
        self.query_one(KeyBar).display = is_open


def _row_line(row: LogRow, summary: str, width: int) -> Line:
    event = row.event
    style = "error" if is_error(event) else _STYLES.get(event.kind, "")
    precise = width >= _NARROW
    time = clock_time(event.time, precise=True)
    generation = "" if event.generation is None else str(event.generation)
    kind = event.kind + (f" x{row.count:,}" if row.count > 1 else "")
    kind = kind.ljust(_KIND_WIDTH) if cell_len(kind) < _KIND_WIDTH else kind
    where = f"{_where(event)} " if event.session_id and width >= 2 * _NARROW else ""
    summary_style = style if style in ("error", "notice") else ""
    return (
        (time if precise else time[:8], ("time",)),
        (f" {generation:>3} ", ("dim",)),
        (f"{kind} ", (style,) if style else ("strong",)),
        (one_line(where), ("dim",)),
        (one_line(summary), (summary_style,) if summary_style else ()),
    )


def _where(event: Event) -> str:
    return f"{event.session_id} #{event.turn}" if event.turn else f"{event.session_id}"
