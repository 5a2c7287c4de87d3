"""A turn as lines of spans: what was said, what came back, what went wrong.

Runs in a thread: laying out a long answer must not keep a key press waiting.
"""

from __future__ import annotations

from functools import lru_cache

from cpsl.records import ErrorRecord
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.block_lines import block_lines
from cpsl_dev.tui.long_text import LongText
from cpsl_dev.tui.markdown_lines import markdown_lines
from cpsl_dev.tui.markdown_pieces import split_markdown
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.spans import Line, one_line, two_sided, wrap, wrap_plain
from cpsl_dev.tui.summaries import milliseconds, place_of
from cpsl_dev.tui.times import clock_time
from cpsl_dev.tui.turn_view import ReplyView, TurnView

_MESSAGE_LIMIT = 8_000
_REPLY_LIMIT = 48_000
_MOST_PLAIN_LINES = 300
_MOST_ERROR_LINES = 8
_INSIDE = ("screen", "chat", "")


def turn_lines(turn: TurnView, width: int, pictures: Pictures | None = None) -> list[Line]:
    """Lay out one turn at `width` cells."""
    lines: list[Line] = []
    if turn.turn > 0:
        lines += _message(turn, width)
    lines += _answer(turn, width, pictures or Pictures())
    return [*lines, ()]


def _message(turn: TurnView, width: int) -> list[Line]:
    source = [] if turn.source in _INSIDE else [(f"  via {one_line(turn.source)}", ("accent",))]
    who: Line = (("you", ("you",)), *source)
    lines = [two_sided(who, ((clock_time(turn.time), ("dim",)),), width)]
    text = LongText(safe_text(turn.text))
    lines += _shortened(text, _MESSAGE_LIMIT, width)
    lines += [((f"+ {one_line(name)}", ("dim",)),) for name in turn.attachments]
    return lines


def _answer(turn: TurnView, width: int, pictures: Pictures) -> list[Line]:
    body: list[Line] = []
    before: ReplyView | None = None
    for reply in turn.replies:
        # Steps follow each other without a gap.
        if before is not None and (not reply.is_card or not before.is_card):
            body.append(())
        is_text = reply.block_id is None
        body += _reply(reply, width) if is_text else _block(turn, reply, width, pictures)
        before = reply
    if turn.notification:
        body += _marked("⋯", turn.notification, "notice", width)
    if turn.error is not None:
        body += error_lines(turn.error, width, hint="F8 shows the traceback", turn=turn.turn)
    elif turn.status == "failed":
        body.append((("✗ failed", ("error",)),))
    if turn.status == "interrupted":
        body += _interrupted(turn, width)
    header = two_sided((("app", ("app",)),), ((_status(turn), ("dim",)),), width)
    return [header, *body]


def _marked(mark: str, text: str, style: str, width: int) -> list[Line]:
    return wrap([(safe_text(text), (style,))], width, first=((f"{mark} ", (style,)),))


def _interrupted(turn: TurnView, width: int) -> list[Line]:
    reason = f"interrupted: {turn.reason}" if turn.reason else "interrupted"
    lines = _marked("⚠", reason, "warning", width)
    if turn.turn > 0:
        # The key is that of the newest message.
        label = "[^S: send it again]" if turn.is_newest else "[send it again]"
        lines.append((("  ", ()), (label, ("button", f"@again:{turn.turn}"))))
    return lines


def _block(turn: TurnView, reply: ReplyView, width: int, pictures: Pictures) -> list[Line]:
    return block_lines(
        reply.block_type,
        reply.block_id or "",
        reply.payload,
        width,
        is_over=turn.is_over,
        pictures=pictures,
    )


def _status(turn: TurnView) -> str:
    parts = [f"gen {turn.generation}"] if turn.generation is not None else []
    if turn.status == "queued":
        return "queued"
    if not turn.is_over:
        return " · ".join([*parts, "running"])
    first, total = turn.first_reply_ms, turn.duration_ms
    if first is not None and total is not None and total - first >= 1:
        parts.append(f"first {milliseconds(first)}")
    return " · ".join([*parts, milliseconds(total)] if total is not None else parts)


def error_lines(
    error: ErrorRecord, width: int, *, hint: str = "", turn: int | None = None
) -> list[Line]:
    """Lay out an exception: its type and message, the place, and the source text there."""
    message = safe_text(f"{error.type}: {error.message}".rstrip(": "))
    lines = wrap([(message[:_MESSAGE_LIMIT], ("error",))], width, first=(("✗ ", ("error",)),))
    if len(lines) > _MOST_ERROR_LINES:
        lines = [*lines[: _MOST_ERROR_LINES - 1], (("  …", ("error",)),)]
    place = one_line(place_of(error.file, error.line))
    if place or hint:
        marks = [(f"  {place}", ("place",))] if place else [(" ", ())]
        styles = ("dim",) if turn is None else ("dim", f"@traceback:{turn}")
        lines += wrap([*marks, (f"  {hint}" if hint else "", styles)], width)
    for text in safe_text(error.text or "").split("\n")[:3]:
        if text.strip():
            lines += wrap([(text[:400], ("source",))], width, first=(("  │ ", ("md-rule",)),))
    return lines


def _reply(reply: ReplyView, width: int) -> list[Line]:
    head, omitted, tail = reply.text.parts(_REPLY_LIMIT)
    lines = _markdown(head, width)
    if omitted:
        lines += [(), _note(omitted), (), *_markdown(tail, width)]
    if reply.is_open:
        last = lines.pop() if lines else ()
        lines.append((*last, ("▍", ("accent",))))
    return lines


def _markdown(source: str, width: int) -> list[Line]:
    lines: list[Line] = []
    for piece in split_markdown(safe_text(source)):
        if lines and not piece.joined:
            lines.append(())
        lines += _piece_lines(piece.text, width)
    return lines


@lru_cache(2_048)
def _piece_lines(text: str, width: int) -> tuple[Line, ...]:
    return tuple(markdown_lines(text, width))


def _shortened(text: LongText, limit: int, width: int) -> list[Line]:
    head, omitted, tail = text.parts(limit)
    lines = wrap_plain(head, width)
    if omitted:
        lines += [_note(omitted), *wrap_plain(tail, width)]
    if len(lines) > _MOST_PLAIN_LINES:
        left_out = len(lines) - _MOST_PLAIN_LINES
        third = _MOST_PLAIN_LINES // 3
        note: Line = ((f"… {left_out:,} lines are not shown …", ("dim",)),)
        lines = [*lines[: 2 * third], note, *lines[-third:]]
    return lines


def _note(omitted: int) -> Line:
    return ((f"… {omitted:,} characters are not shown …", ("dim",)),)
