"""All that is known of a turn, and what a replay made of it, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from cpsl.records import BlockRecord, ErrorRecord, JsonObject, JsonPatch, TurnRecord
from cpsl_dev.event_log import Event
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.diff_lines import changed_lines, json_texts, two_columns
from cpsl_dev.tui.spans import Line, cut, one_line, wrap, wrap_plain
from cpsl_dev.tui.summaries import milliseconds, place_of, pretty_json, summarize
from cpsl_dev.tui.times import clock_time

_LONGEST_TEXT = 40_000
_LONGEST_BLOCK = 4_000
_MOST_EVENTS = 500
_EMPTY: Line = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStory:
    """A turn with its events, and the data before and after it; None while it is not over."""

    record: TurnRecord
    events: Sequence[Event] = ()
    before: JsonObject | None = None
    after: JsonObject | None = None
    patch: JsonPatch = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStory:
    """A turn as it was and as it is on today's code, with the data that each left.

    `is_last` tells that it may take the place of the turn.
    """

    before: TurnRecord
    after: TurnRecord
    data_before: JsonObject
    data_after: JsonObject
    patch: JsonPatch
    is_same: bool
    is_last: bool


def turn_heading(turn: TurnRecord) -> str:
    """Return number, status, generation and times of a turn."""
    generation = "" if turn.generation is None else f"gen {turn.generation}"
    first = turn.first_reply_ms
    words = (
        f"Turn {turn.turn}",
        turn.status,
        generation,
        clock_time(turn.started_at or "", precise=True),
        milliseconds(turn.duration_ms),
        "" if first is None else f"first text {milliseconds(first)}",
    )
    return " · ".join(word for word in words if word)


def turn_lines_of(story: TurnStory, width: int) -> list[Line]:
    """Return message, replies, blocks, error, data and events of a turn."""
    turn = story.record
    return [
        *_titled("message", _said(turn.message.text, width)),
        *_attachments(turn, width),
        *(line for reply in turn.replies for line in _titled("reply", _said(reply.text, width))),
        *(line for block in turn.blocks for line in _block(block, width)),
        *_notifications(turn, width),
        *_error(turn.error, width),
        *_titled("data", _data(story, width)),
        *_titled("events", _events(story.events, width)),
    ]


def replay_heading(story: ReplayStory) -> str:
    """Return what was replayed, and whether anything differs."""
    return f"Replay of turn {story.before.turn} · {what_differs(story)}"


def what_differs(story: ReplayStory) -> str:
    """Return in a few words what the code of now does otherwise."""
    if story.is_same:
        return "the same"
    old, new = story.before, story.after
    parts = (
        ("status", old.status != new.status),
        ("error", old.status == new.status and _outcome(old) != _outcome(new)),
        ("replies", _replies(old) != _replies(new)),
        ("data", bool(story.patch)),
    )
    names = [name for name, differs in parts if differs] or ["blocks"]
    return (
        f"{_listed(names)} {'differs' if names in (['status'], ['error'], ['data']) else 'differ'}"
    )


def replay_lines(story: ReplayStory, width: int) -> list[Line]:
    """Return the turn as it was and as it is now, side by side where there is room."""
    old, new = story.before, story.after
    data = json_texts(story.data_before, story.data_after, story.patch)
    return [
        *_titled("message", _said(old.message.text, width)),
        *_titled("then │ now", two_columns(_how(old), _how(new), width)),
        *_error(new.error, width),
        *_compared("replies", _replies(old), _replies(new), width),
        *_compared("blocks", _blocks(old), _blocks(new), width),
        *_compared("data", *(data if story.patch else ("", "")), width),
    ]


def difference_lines(story: ReplayStory, width: int) -> list[Line]:
    """Return only what differs, as few lines as possible."""
    old, new = story.before, story.after
    lines = []
    if old.status != new.status or new.error is not None:
        lines += changed_lines(_outcome(old), _outcome(new), width)
    lines += changed_lines(_replies(old), _replies(new), width)
    if story.patch:
        data = json_texts(story.data_before, story.data_after, story.patch)
        lines += changed_lines(*data, width)
    return lines or changed_lines(_blocks(old), _blocks(new), width)


def _titled(title: str, lines: Sequence[Line]) -> Iterator[Line]:
    yield ((title, ("strong", "accent")),)
    yield from lines
    yield _EMPTY


def _compared(title: str, old: str, new: str, width: int) -> Iterator[Line]:
    if old == new:
        yield from _titled(title, [(("the same", ("dim",)),)])
    else:
        yield from _titled(title, two_columns(old, new, width))


def _said(text: str, width: int) -> list[Line]:
    shown = safe_text(text[:_LONGEST_TEXT])
    lines = wrap_plain(shown, width)
    if len(text) > _LONGEST_TEXT:
        lines.append(((f"… {len(text) - _LONGEST_TEXT:,} more characters", ("dim",)),))
    return lines


def _attachments(turn: TurnRecord, width: int) -> Iterator[Line]:
    names = [str(item.get("name") or item.get("url")) for item in turn.message.attachments]
    if names:
        yield from _titled("attachments", [cut(((one_line(name), ()),), width) for name in names])


def _block(block: BlockRecord, width: int) -> Iterator[Line]:
    text = pretty_json(block.payload)
    if len(text) > _LONGEST_BLOCK:
        text = f"{text[:_LONGEST_BLOCK]}\n…"
    yield from _titled(f"block {one_line(block.type)}", _said(text, width))


def _notifications(turn: TurnRecord, width: int) -> Iterator[Line]:
    notes = [f"{note.text}  {note.detail}".rstrip() for note in turn.notifications]
    if notes:
        yield from _titled("notifications", _said("\n".join(notes), width))


def _error(error: ErrorRecord | None, width: int) -> Iterator[Line]:
    if error is None:
        return
    place = place_of(error.file, error.line)
    text = f"{error.type}: {error.message}"
    lines = wrap([(safe_text(f"{place}  {text}" if place else text), ("error",))], width)
    yield from _titled("error", [*lines, *_said(error.traceback, width)])


def _data(story: TurnStory, width: int) -> list[Line]:
    if story.before is None or story.after is None:
        return [(("the turn is not over", ("dim",)),)]
    lines = changed_lines(*json_texts(story.before, story.after, story.patch), width)
    return lines if story.patch else [(("unchanged", ("dim",)),)]


def _events(events: Sequence[Event], width: int) -> list[Line]:
    lines: list[Line] = []
    # Chunks of a reply that follow each other are one row.
    for key, run in groupby(events, key=_row_key):
        same = list(run)
        event, times = same[-1], f" \N{MULTIPLICATION SIGN}{len(same)}" if key == "chunk" else ""
        row: Line = (
            (f"{clock_time(event.time, precise=True)} ", ("time",)),
            (f"{one_line(event.kind)}{times}  ", ("key",)),
            (one_line(summarize(event)), ()),
        )
        lines.append(cut(row, width))
    if len(lines) > _MOST_EVENTS:
        more = len(lines) - _MOST_EVENTS
        lines = [*lines[:_MOST_EVENTS], ((f"\N{HORIZONTAL ELLIPSIS} {more:,} more", ("dim",)),)]
    return lines or [(("none that is kept", ("dim",)),)]


def _row_key(event: Event) -> int | str:
    return "chunk" if event.kind == "reply.chunk" else event.seq


def _how(turn: TurnRecord) -> str:
    words = (
        turn.status,
        "" if turn.generation is None else f"generation {turn.generation}",
        milliseconds(turn.duration_ms),
    )
    return " · ".join(word for word in words if word)


def _outcome(turn: TurnRecord) -> str:
    if turn.error is None:
        return turn.status
    return f"{turn.status}: {turn.error.type}: {turn.error.message}"


def _replies(turn: TurnRecord) -> str:
    return "\n\n".join(reply.text for reply in turn.replies)


def _blocks(turn: TurnRecord) -> str:
    return "\n".join(f"{block.type} {pretty_json(block.payload)}" for block in turn.blocks)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
