"""A value of `session.data` as JSON, to be changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Selection

from cpsl_dev.tui.data_edits import NotJson, read_json
from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.widgets.key_bar import KeyHint

_KEYS = (KeyHint("^S", "save", "save"), KeyHint("esc", "close", "close"))
_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class ValueEditor(Dialog[bool]):
    """Asks for a value, and for a key where it needs one; the answer is True once it is saved.

    Args:
        heading: What is edited.
        text: The JSON to begin with.
        save: Takes the key and the value; what it raises is shown, and the text stays.
        asks_key: True where the value gets a new key.
        waits_for: What a save has to wait for now, such as `turn 3`; empty for nothing.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Not before the keys that are still on their way to the text.
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "close", "Close"),
    ]

    def __init__(
        self,
        heading: str,
        text: str,
        save: Callable[[str, Any], Awaitable[None]],
        *,
        asks_key: bool = False,
        waits_for: Callable[[], str] = str,
    ) -> None:
        super().__init__(heading, _KEYS)
        self._text = text
        self._save = save
        self._asks_key = asks_key
        self._waits_for = waits_for
        self._is_warned = False

    def body(self) -> ComposeResult:
        """Build the fields."""
        if self._asks_key:
            yield Input(placeholder="key", id="editor-key", compact=True)
        yield TextArea(
            self._text, id="editor-text", show_line_numbers=True, compact=True, soft_wrap=True
        )

    def on_mount(self) -> None:
        """Begin with the key, or else in the text; a plain value is replaced by what is typed."""
        super().on_mount()
        area = self.query_one(TextArea)
        if self._asks_key:
            self.query_one(Input).focus()
        else:
            area.focus()
            area.selection = _inside(self._text)
        self._check()

    @property
    def _key(self) -> str:
        return self.query_one(Input).value if self._asks_key else ""

    @property
    def _is_changed(self) -> bool:
        return self.query_one(TextArea).text != self._text or bool(self._key)

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _check(self) -> None:
        self._is_warned = False
        try:
            value = read_json(self.query_one(TextArea).text)
        except NotJson as error:
            self.say(str(error), is_error=bool(self.query_one(TextArea).text.strip()))
            return
        key = f"key {self._key!r}: " if self._asks_key else ""
        self.say(f"{key}{_KINDS[type(value)]}")

    @on(Input.Submitted)
    def _to_text(self) -> None:
        self.query_one(TextArea).focus()

    def action_save(self) -> None:
        """Save the value, or go to what is wrong."""
        area = self.query_one(TextArea)
        try:
            value = read_json(area.text)
        except NotJson as error:
            self.say(str(error), is_error=True)
            area.move_cursor((error.line - 1, error.column - 1))
            area.focus()
            return
        key = self._key

        async def save() -> bool:
            await self._save(key, value)
            return True

        reason = self._waits_for()
        self.submit(
            save, meanwhile=f"It waits for {reason} to end; esc gives up." if reason else ""
        )

    def action_close(self) -> None:
        """Close; what was typed is not thrown away by the first key press."""
        if self._is_changed and not self._is_warned:
            self._is_warned = True
            self.say("This is not saved. Press esc again to leave it.", is_error=True)
            return
        self.dismiss(None)


def _inside(text: str) -> Selection:
    """Return where the value of a JSON text is: without its quotes, nowhere if it has parts."""
    if text[:1] in ("{", "["):
        return Selection.cursor((0, 0))
    quote = int(text[:1] == '"')
    return Selection((0, quote), (0, len(text) - quote))
