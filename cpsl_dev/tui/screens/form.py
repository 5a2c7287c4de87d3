"""A few fields to fill in; what is wrong with one is said beside what was typed into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from cpsl_dev.exceptions import InvalidInput
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.widgets.key_bar import KeyHint


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its name in what is answered, how it is called, and what stands in it at first."""

    name: str
    label: str
    value: str = ""
    hint: str = ""


Values = Mapping[str, str]


class Form(Dialog[str]):
    """Asks for values; the answer is what `take` makes of them.

    Args:
        heading: What it is for.
        fields: What is asked.
        take: Takes what was typed. An `InvalidInput` whose pointer begins with the name of a field
            is shown, and the cursor goes there.
        do: The word for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Not before the keys that are still on their way to a field.
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "close", "Close"),
    ]

    def __init__(
        self,
        heading: str,
        fields: Sequence[Field],
        take: Callable[[Values], Awaitable[str]],
        *,
        do: str,
    ) -> None:
        super().__init__(heading, (KeyHint("enter", do, "save"), KeyHint("esc", "close", "close")))
        self._fields = fields
        self._take = take
        self.add_class("-form")

    def body(self) -> ComposeResult:
        """Build the fields."""
        for field in self._fields:
            with Horizontal(classes="field"):
                yield Static(safe_text(field.label), markup=False)
                yield Input(field.value, placeholder=field.hint, id=field.name, compact=True)

    def on_mount(self) -> None:
        """Begin in the first field."""
        super().on_mount()
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Do it with what was typed."""
        values = {field.name: self._input(field.name).value for field in self._fields}

        async def take() -> str:
            try:
                return await self._take(values)
            except InvalidInput as error:
                name = (error.pointer or "").removeprefix("/").partition("/")[0]
                if name in values:
                    self._input(name).focus()
                raise

        self.submit(take)

    def _input(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)
