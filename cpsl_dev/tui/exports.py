"""The session that is shown, written as a test for pytest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from cpsl_dev.contents import shown_path
from cpsl_dev.exceptions import InvalidInput
from cpsl_dev.export import file_name
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.screens.form import Field, Form, Values
from cpsl_dev.tui.travel_link import TravelLink

_LONGEST = 100


class Exports:
    """Asks where to write, and writes; never over a file unless that is asked for.

    Args:
        link: The way to the server.
        conversation: The session that is shown.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
        folder: The app's folder, which paths are relative to.
    """

    def __init__(
        self,
        link: TravelLink,
        conversation: Conversation,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        folder: Path,
    ) -> None:
        self._link = link
        self._conversation = conversation
        self._ask = ask
        self._tell = tell
        self._folder = folder

    async def export(self) -> None:
        """Write the session to a file that the user names."""
        session_id = self._conversation.session_id
        # At once, before anything is typed: without a turn there is nothing to write.
        await self._link.export(session_id, self._folder)
        refused: set[Path] = set()

        async def take(values: Values) -> str:
            text = values["file"].strip()
            try:
                path = self._path(text, refused)
            except (OSError, ValueError) as error:
                raise _unwritable(text, error) from error
            source = await self._link.export(session_id, path.parent)
            await asyncio.to_thread(_write, path, source, is_new=path not in refused)
            return shown_path(str(path), self._folder)

        field = Field(name="file", label="file", value=self._proposed(session_id))
        written = await self._ask(Form(f"Export {session_id} as a test", [field], take, do="write"))
        if written is not None:
            self._tell(f"Wrote {written}: run it with pytest.", False)

    def _path(self, text: str, refused: set[Path]) -> Path:
        """Return where to write; a file that is there is `refused` the first time."""
        path = self._folder / Path(text).expanduser()
        name = shown_path(str(path), self._folder)
        if path.is_dir():
            raise InvalidInput(f"{text or path} is a folder: name a file in it.", "/file")
        if not path.parent.is_dir():
            raise InvalidInput(f"There is no folder for {name}.", "/file")
        if path.exists() and path not in refused:
            refused.add(path)
            raise InvalidInput(
                f"{name} exists. Press enter again to write over it, or name another file.",
                "/file",
            )
        return path

    def _proposed(self, session_id: str) -> str:
        name = file_name(session_id)
        return f"tests/{name}" if (self._folder / "tests").is_dir() else name


def _write(path: Path, source: str, *, is_new: bool) -> None:
    try:
        with path.open("x" if is_new else "w", encoding="utf-8") as file:
            file.write(source)
    except (OSError, ValueError) as error:
        raise _unwritable(str(path), error) from error


def _unwritable(name: str, error: Exception) -> InvalidInput:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    # The reason must be seen, however long the name is.
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return InvalidInput(f"{shown} cannot be written: {reason}.", "/file")
