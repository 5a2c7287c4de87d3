"""Drawing spans: where named styles become colours, and text what the terminal gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, target_at

TEXT_STYLES = frozenset(
    """
    dim strong accent error warning success notice you app place source time key value string
    number changed gone banner-note question button button-marked
    md-strong md-em md-strike md-heading md-h1 md-h2 md-h3 md-h4 md-h5 md-h6 md-block md-code
    md-link md-url md-rule md-bullet md-quote
    code-keyword code-name code-string code-number code-comment code-deleted code-inserted
    """.split()  # noqa: SIM905 - a list of names reads better than forty strings
)

# Colours of pictures and targets of clicks come and go with what is shown.
_MOST_KNOWN = 4_000


class TextStyles(Widget):
    """Holds what the named styles look like; it is never shown itself.

    One widget for all: as component classes of every pane, the names would cost half a second
    at the start, and again with each change of the focus.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text--{name}" for name in TEXT_STYLES}

    def __init__(self) -> None:
        super().__init__(id="text-styles")
        self._known: dict[tuple[str, ...], Style] = {}

    def notify_style_update(self) -> None:
        """Forget the styles: the theme has changed."""
        super().notify_style_update()
        self._known.clear()

    def style_of(self, names: tuple[str, ...]) -> Style:
        """Return the style that the names make together."""
        style = self._known.get(names)
        if style is None:
            style = Style.null()
            for name in names:
                style += self._named(name)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[names] = style
        return style

    def _named(self, name: str) -> Style:
        if name.startswith("@"):
            return Style.null()
        if name.startswith("#on:"):
            return Style(bgcolor=f"#{name[4:]}")
        if name.startswith("#"):
            return Style(color=name)
        return self.get_component_rich_style(f"text--{name}", partial=True)


class SpanWidget(Widget):
    """A widget that draws spans.

    This is the boundary behind which text can do anything to a terminal: whatever comes this far
    is cleaned once more, and links and control codes cannot be expressed at all.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text_styles: TextStyles | None = None

    def style_of(self, names: tuple[str, ...]) -> Style:
        """Return the style that the names make together."""
        if self._text_styles is None:
            self._text_styles = self.app.screen_stack[0].query_one(TextStyles)
        return self._text_styles.style_of(names)

    def segments(self, line: Line, base: Style) -> list[Segment]:
        """Return a line as Textual draws it."""
        return [
            Segment(safe_text(text, newlines=False), base + self.style_of(names) if names else base)
            for text, names in line
        ]


class SpanBar(SpanWidget):
    """A few lines that a subclass tells all at once. What has a target there can be clicked."""

    @dataclass
    class TargetChosen(Message):
        """The user has clicked on something that is there to be pressed."""

        target: str

    def on_click(self, event: events.Click) -> None:
        """Press what is under the mouse."""
        at = event.get_content_offset(self)
        lines = self.lines(self.size.width)
        if at is not None and at.y < len(lines) and (target := target_at(lines[at.y], at.x)):
            self.press(target)

    def press(self, target: str) -> None:
        """Press a target, as if the user had."""
        self.post_message(self.TargetChosen(target))

    def lines(self, width: int) -> list[Line]:
        """Return what is shown at `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.size.width
        lines = self.lines(width)
        base = self.rich_style
        if y >= len(lines):
            return Strip.blank(width, base)
        return Strip(self.segments(lines[y], base)).crop_extend(0, width, base)
