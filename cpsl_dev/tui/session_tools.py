"""Sessions from the screen: choose one, make one with all that it can begin with, delete one."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.records import JsonObject
from cpsl_dev.exceptions import InvalidInput, SessionExists
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.data_edits import NotJson, read_json
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.screens.form import Field, Form, Values
from cpsl_dev.tui.screens.question import Question
from cpsl_dev.tui.screens.session_switcher import SessionSwitcher

_FIELDS = (
    Field(name="id", label="id", hint="made up"),
    Field(name="user", label="user", hint="an id or an e-mail address; dev@localhost"),
    Field(name="channel", label="channel", hint="chat"),
    Field(name="data", label="data", hint='{"notes": []}'),
)


class SessionTools:
    """Asks the user about sessions, and then the server.

    Args:
        link: The way to the server.
        presenter: Shows sessions.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
        write: Goes to where messages are written.
    """

    def __init__(
        self,
        link: CoreLink,
        presenter: Presenter,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        write: Callable[[], None],
    ) -> None:
        self._link = link
        self._presenter = presenter
        self._ask = ask
        self._tell = tell
        self._write = write

    async def begin(self) -> None:
        """Make a session and show it, ready for its first message."""
        await self._presenter.new_session()
        self._write()

    async def choose(self) -> None:
        """Show the list, and do what is asked for there, until a session is chosen or none."""
        while True:
            found = await self._presenter.sessions()
            dialog = SessionSwitcher(found, frozenset(self._presenter.unread))
            choice = await self._ask(dialog)
            if choice is None:
                return
            match choice.what:
                case "open":
                    await self._presenter.open_session(choice.session_id)
                    return
                case "make":
                    if await self.make(choice.session_id):
                        return
                case _:
                    await self.delete(choice.session_id)

    async def make(self, session_id: str = "") -> bool:
        """Ask what a new session is to begin with, make it, and show it; tell whether that was."""
        first, *rest = _FIELDS
        fields = [Field(name=first.name, label=first.label, hint=first.hint, value=session_id)]
        made = await self._ask(Form("New session", [*fields, *rest], self._create, do="make it"))
        if made is None:
            return False
        await self.show_made(made)
        return True

    async def show_made(self, session_id: str) -> None:
        """Show a session that was made just now, ready for its first message."""
        await self._presenter.open_session(session_id)
        self._write()

    async def delete(self, session_id: str = "") -> None:
        """Delete a session, or the one that is shown, after asking."""
        session_id = session_id or self._presenter.conversation.session_id
        question = Question(
            f"Delete {session_id}",
            "Its history, data and turns go, after the exit hook of the app. What runs in it is "
            "ended. This cannot be undone.",
            yes="delete",
        )
        if not await self._ask(question):
            return
        await self._link.delete_session(session_id)
        self._presenter.unread.discard(session_id)
        # If it is the one that is shown, its end is an event, which leads to another.
        self._tell(f"{session_id} is deleted.", False)

    async def _create(self, values: Values) -> str:
        try:
            record = await self._link.create_session(
                values["id"].strip() or None,
                values["user"].strip() or None,
                channel=values["channel"].strip() or None,
                data=_read_data(values["data"]),
            )
        except SessionExists as error:
            raise InvalidInput(str(error), "/id") from None
        return record.id


def _read_data(text: str) -> JsonObject | None:
    if not text.strip():
        return None
    try:
        data = read_json(text)
    except NotJson as error:
        raise InvalidInput(f"The data is no JSON. {error}", "/data") from None
    if not isinstance(data, dict):
        raise InvalidInput(f"The data is an object, not {text.strip()[:80]!r}.", "/data")
    return data
