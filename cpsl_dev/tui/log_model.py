"""The rows of the event log: a window onto the timeline, filtered by group and by text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cpsl_dev.event_log import Event
from cpsl_dev.tui.summaries import is_error, summarize

GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "turns": ("message.", "turn.", "reply.", "notification.", "block.", "session."),
    "data": ("data.",),
    "reloads": ("reload.", "worker.", "boot.", "server.", "store."),
    "output": ("output.", "log."),
    "errors": (
        "turn.failed",
        "turn.interrupted",
        "reload.failed",
        "worker.",
        "client.refused",
        "log.",
        "store.",
        "output.",
    ),
}
# While following, the window keeps the newest; while reading back, more, and then no more.
FOLLOWED = 2_000
READ_BACK = 20_000
_MOST_LINES = 1_000
_LONGEST = 400


@dataclass(slots=True)
class LogRow:
    """One line: an event, a run of chunks of one reply, or a line of an output."""

    event: Event
    count: int = 1
    text: str | None = None


class LogModel:
    """What the event log shows.

    While `following`, the oldest rows give way to new ones. Otherwise rows stay where they are
    and `unseen` counts what came since; past a limit it is only counted, and `has_gap` says that
    the end has to be read again.
    """

    def __init__(self) -> None:
        self.rows: list[LogRow] = []
        self.group = "all"
        self.text = ""
        self.session_id: str | None = None
        # The app's folder; files in it are shown without it.
        self.folder = ""
        self.following = True
        self.unseen = 0
        self.has_gap = False

    @property
    def oldest_seq(self) -> int | None:
        """The number of the first event in the window."""
        return self.rows[0].event.seq if self.rows else None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The patterns by which a server finds the events of the group."""
        return tuple(
            f"{prefix}*" if prefix.endswith(".") else prefix for prefix in GROUPS[self.group]
        )

    def reset(self, events: Iterable[Event]) -> None:
        """Begin again with the newest events."""
        self.rows = []
        self.unseen, self.has_gap = 0, False
        self._extend(self.rows, events)

    def append(self, events: Sequence[Event]) -> int:
        """Add what happened; return how many rows went from the top for it."""
        before = len(self.rows)
        if not self.following and before >= READ_BACK:
            self.has_gap = True
            self.unseen += sum(self.shows(event) for event in events)
            return 0
        added = self._extend(self.rows, self._newest(events) if self.following else events)
        if not self.following:
            self.unseen += added
            return 0
        surplus = len(self.rows) - FOLLOWED
        # A tenth at a time: moving the list costs more than a row.
        if surplus < FOLLOWED // 10:
            return 0
        del self.rows[:surplus]
        return surplus

    def prepend(self, events: Iterable[Event]) -> int:
        """Add older events at the top; return how many rows that made."""
        if len(self.rows) >= READ_BACK:
            return 0
        older: list[LogRow] = []
        self._extend(older, events)
        self.rows[:0] = older
        return len(older)

    def shows(self, event: Event) -> bool:
        """Tell whether an event passes the filters."""
        prefixes = GROUPS[self.group]
        if prefixes and not event.kind.startswith(prefixes):
            return False
        if self.group == "errors" and not is_error(event):
            return False
        if self.session_id is not None and event.session_id != self.session_id:
            return False
        return not self.text or any(self._matches(row) for row in _rows_of(event))

    def summary(self, row: LogRow) -> str:
        """Return what a line says."""
        if row.text is not None:
            return row.text
        text = summarize(row.event)
        return text.replace(f"{self.folder}/", "") if self.folder else text

    def _matches(self, row: LogRow) -> bool:
        event = row.event
        searched = f"{event.kind} {event.session_id or ''} {self.summary(row)}"
        return self.text.casefold() in searched.casefold()

    def _newest(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return those of the events that are in the window once all of them are added."""
        if self.text:
            return events
        lines = 0
        for at in range(len(events) - 1, -1, -1):
            event = events[at]
            if not self.shows(event) or event.kind == "reply.chunk":
                continue
            text = event.fields.get("text") if event.kind == "output.written" else ""
            lines += min(max(1, str(text).count("\n")), _MOST_LINES)
            if lines >= FOLLOWED:
                return events[at:]
        return events

    def _extend(self, rows: list[LogRow], events: Iterable[Event]) -> int:
        before = len(rows)
        for event in events:
            if not self.shows(event):
                continue
            if event.kind == "reply.chunk" and rows and _same_reply(rows[-1].event, event):
                rows[-1] = LogRow(event, rows[-1].count + 1)
            elif self.text:
                rows += [row for row in _rows_of(event) if self._matches(row)]
            else:
                rows += _rows_of(event)
        return len(rows) - before


def _rows_of(event: Event) -> list[LogRow]:
    """Give each line of an output a row of its own."""
    text = event.fields.get("text")
    if event.kind != "output.written" or not isinstance(text, str) or "\n" not in text[:-1]:
        return [LogRow(event)]
    stream = event.fields.get("stream", "")
    lines = text.removesuffix("\n").split("\n")[:_MOST_LINES]
    return [LogRow(event, text=f"{stream} \u2502 {line[:_LONGEST]}") for line in lines]


def _same_reply(one: Event, other: Event) -> bool:
    return (
        one.kind == other.kind
        and (one.session_id, one.turn) == (other.session_id, other.turn)
        and one.fields.get("reply") == other.fields.get("reply")
    )
