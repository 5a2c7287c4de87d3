"""The first line: what runs, in which state, and where."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, Span, one_line, two_sided, width_of
from cpsl_dev.tui.summaries import milliseconds
from cpsl_dev.tui.widgets.span_widget import SpanBar

_STATES = {
    "ready": ("●", "success"),
    "starting": ("◌", "warning"),
    "reloading": ("◌", "warning"),
    "failed": ("✗", "error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the header tells."""

    app_name: str = ""
    entry: str = ""
    state: str = "starting"
    generation: int | None = None
    reload_ms: float | None = None
    url: str = ""
    user: str = ""
    unread: int = 0
    notes: tuple[str, ...] = ()


class HeaderBar(SpanBar):
    """One line; what matters less goes first when room is short."""

    headline: reactive[Headline] = reactive(Headline())

    def lines(self, width: int) -> list[Line]:
        """Return the line at `width` cells."""
        head = self.headline
        name: list[Span] = [(one_line(head.app_name or "cpsl dev"), ("strong",))]
        entry: list[Span] = [(f" · {one_line(head.entry)}", ("dim",))]
        mark, style = _STATES.get(head.state, ("●", "warning"))
        failed = ("@error",) if head.state == "failed" else ()
        state: list[Span] = [(f"{mark} {head.state}", (style, *failed))]
        if head.generation is not None:
            state.append((f"  gen {head.generation}", ()))
        groups: list[list[Span]] = [state]
        if head.reload_ms is not None:
            groups.append([(f"  {milliseconds(head.reload_ms)}", ("dim",))])
        if head.unread:
            groups.append([("  ", ()), (f"✉ {head.unread}", ("accent", "@sessions"))])
        groups += [[(f"  {note}", ("warning",))] for note in head.notes]
        if head.url:
            groups.append([("  ", ()), (head.url, ("dim", "@url"))])
        if head.user:
            groups.append([(f"  {one_line(head.user)}", ("dim",))])
        while len(groups) > 1 and width_of([*name, *entry, *chain(*groups)]) > width - 4:
            groups.pop()
        left: Line = (*name, *entry)
        return [two_sided(left, tuple(chain(*groups)), width)]
