"""Editing `session.data` from the screen: dialogs ask, the server changes, edits can be undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from cpsl.records import JsonObject
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.data_edits import (
    Edit,
    ValueMoved,
    added,
    json_source,
    named,
    removed,
    replaced,
    undone,
)
from cpsl_dev.tui.data_model import MISSING, Path, look_up
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.screens.value_editor import ValueEditor

# Beyond these a key takes longer than a tenth of a second to be echoed.
_LONGEST, _LONGEST_LINE = 100_000, 20_000
_KEPT_EDITS = 200


class DataEditor:
    """Edits the data of the session that is shown.

    Args:
        link: The way to the server.
        conversation: The session that is shown.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
    """

    def __init__(
        self,
        link: CoreLink,
        conversation: Conversation,
        ask: Ask,
        tell: Callable[[str, bool], None],
    ) -> None:
        self._link = link
        self._conversation = conversation
        self._ask = ask
        self._tell = tell
        self._edits: dict[str, deque[Edit]] = {}

    async def do(self, what: str, path: Path) -> None:
        """Make a change of a kind: `edit`, `add`, `delete`, or `undo` of the last."""
        match what:
            case "edit":
                await self.edit(path)
            case "add":
                await self.add(path)
            case "delete":
                await self.delete(path)
            case _:
                await self.undo()

    async def edit(self, path: Path) -> None:
        """Ask for another value at a path, and put it there."""
        session_id = self._conversation.session_id
        expected = look_up(self._conversation.data.data, path)
        if expected is MISSING:
            self._tell(f"{named(path)} is gone.", True)
            return
        text = json_source(expected)
        if len(text) > _LONGEST or max(map(len, text.split("\n"))) > _LONGEST_LINE:
            self._tell(
                f"{named(path)} has {len(text):,} characters as JSON: edit a part of it, "
                f"or use PATCH /sessions/{session_id}/data.",
                True,
            )
            return

        async def save(key: str, value: Any) -> None:
            nonlocal expected
            try:
                await self._change(session_id, lambda data: replaced(data, path, expected, value))
            except ValueMoved as moved:
                # Who saves once more has seen what is there now.
                expected = moved.found
                raise

        heading = f"Edit {named(path)}" if path else "Edit the data"
        await self._ask(ValueEditor(heading, text, save, waits_for=self._running))

    async def add(self, path: Path) -> None:
        """Ask for something to add to the object or list at a path, and add it."""
        session_id = self._conversation.session_id
        container = look_up(self._conversation.data.data, path)

        async def save(key: str, value: Any) -> None:
            await self._change(session_id, lambda data: added(data, path, key, value))

        is_list = isinstance(container, list)
        heading = f"Add to {named(path)}" if path else "Add a key to the data"
        dialog = ValueEditor(heading, "", save, asks_key=not is_list, waits_for=self._running)
        await self._ask(dialog)

    async def delete(self, path: Path) -> None:
        """Take the value at a path away."""
        expected = look_up(self._conversation.data.data, path)
        if expected is MISSING:
            return
        self._tell_waiting()
        edit = await self._change(
            self._conversation.session_id, lambda data: removed(data, path, expected)
        )
        self._tell(f"{edit.what}; u brings it back.", False)

    async def undo(self) -> None:
        """Take back the newest edit of this session that was made here."""
        session_id = self._conversation.session_id
        edits = self._edits.get(session_id)
        if not edits:
            self._tell("No edit of this session was made here, or all are undone.", False)
            return
        edit = edits[-1]
        self._tell_waiting()
        try:
            made = await self._link.change_data(session_id, lambda data: undone(data, edit))
        except ValueMoved as moved:
            # What was done later to the same place cannot be told from it any more.
            edits.remove(edit)
            self._tell(f"{moved} So this cannot be undone: {edit.what}.", True)
            return
        if edit in edits:
            edits.remove(edit)
        self._tell(f"{made.what}.", False)

    async def _change(self, session_id: str, make: Callable[[JsonObject], Edit]) -> Edit:
        edit = await self._link.change_data(session_id, make)
        edits = self._edits.setdefault(session_id, deque(maxlen=_KEPT_EDITS))
        edits.append(edit)
        return edit

    def _running(self) -> str:
        running = self._conversation.turns.running
        return "" if running is None else f"turn {running.turn}"

    def _tell_waiting(self) -> None:
        if reason := self._running():
            self._tell(f"The edit waits for {reason} to end.", False)
