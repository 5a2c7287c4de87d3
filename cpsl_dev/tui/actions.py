"""Everything that can be done, once: the keys, the help and the palette are made from this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInfo:
    """Something the user can do.

    Attributes:
        name: Textual's action.
        title: As the palette names it.
        help: What it does, in a sentence.
        keys: The keys that do it, as Textual spells them.
        footer: A word for the last line of the screen, if it is worth a place there.
        everywhere: True if the keys work while one is typing.
        pane: The tab of the inspector where the keys work; empty for the whole screen.
        is_listed: False for what another action stands for in the palette and the help.
    """

    name: str
    title: str
    help: str
    keys: str = ""
    footer: str = ""
    everywhere: bool = True
    pane: str = ""
    is_listed: bool = True


_IN_TABS = (
    # tab, action, key, title, help, and a word for the line of keys below the tab
    ("Data", "edit_value", "e", "Edit the value", "Change a value of the data as JSON.", "edit"),
    (
        "Data",
        "add_value",
        "a",
        "Add a value",
        "Add a key to the object, or an item to the list.",
        "add",
    ),
    (
        "Data",
        "delete_value",
        "d",
        "Delete the value",
        "Take a value out of the data; it can be undone.",
        "delete",
    ),
    (
        "Data",
        "undo_edit",
        "u",
        "Undo the last edit",
        "Take back the last change of the data that was made here.",
        "undo",
    ),
    ("Data", "edit_all", "E", "Edit all data", "Change the whole data as JSON.", ""),
    ("Data", "add_key", "A", "Add a key at the top", "Add a key to the whole data.", ""),
    (
        "Data",
        "old_value",
        "o",
        "The old value",
        "Show the value with what was there before the last change.",
        "old",
    ),
    ("Data", "copy_value", "y", "Copy the value", "Copy a value of the data as JSON.", "copy"),
    (
        "Data",
        "copy_path",
        "Y",
        "Copy the path",
        "Copy where a value of the data is, as a JSON pointer.",
        "",
    ),
    (
        "Turns",
        "choose",
        "enter",
        "Open the turn",
        "Show all that a turn did: replies, data before and after, events.",
        "open",
    ),
    (
        "Turns",
        "rewind_to",
        "w",
        "Rewind to the turn",
        "Bring the session back to the state after the turn; asks once.",
        "rewind",
    ),
    (
        "Turns",
        "fork_from",
        "f",
        "Fork from the turn",
        "Make a new session in the state after the turn, and show it.",
        "fork",
    ),
    (
        "Turns",
        "replay_this",
        "r",
        "Replay the turn",
        "Run the message of the turn again on today's code, and show what differs.",
        "replay",
    ),
)

ACTIONS = (
    ActionInfo(
        name="command_palette",
        title="Commands",
        help="Find anything that can be done.",
        keys="ctrl+p",
        footer="commands",
    ),
    ActionInfo(
        name="help",
        title="Help",
        help="Show the keys and the commands.",
        keys="f1",
        footer="help",
    ),
    ActionInfo(
        name="new_session",
        title="New session",
        help="Start another conversation; /new ID chooses its id.",
        keys="ctrl+n",
        footer="new",
    ),
    ActionInfo(
        name="on_session('make')",
        title="New session with…",
        help="Start another conversation with a chosen id, user, channel and first data.",
    ),
    ActionInfo(
        name="sessions",
        title="Sessions",
        help="Switch to another session, with search; make and delete sessions.",
        keys="ctrl+o",
        footer="sessions",
    ),
    ActionInfo(
        name="on_session('delete')",
        title="Delete the session",
        help="Delete the session that is shown, with its history and data; asks once.",
    ),
    ActionInfo(
        name="on_session('export')",
        title="Export as a test",
        help="Write the session as a test for pytest that plays it and compares the replies.",
        keys="x",
        everywhere=False,
    ),
    ActionInfo(
        name="on_session('reset')",
        title="Reset the session",
        help="Bring it back to its beginning, with no turns and its first data; asks before.",
    ),
    ActionInfo(
        name="reload",
        title="Reload",
        help="Load the app again, even if nothing was saved.",
        keys="f5",
        footer="reload",
    ),
    ActionInfo(
        name="replay_turn",
        title="Replay the last turn",
        help="Run the last message again on today's code, in a copy, and show what differs.",
        keys="ctrl+r",
        footer="replay",
    ),
    ActionInfo(
        name="on_replay('pin')",
        title="Replay on save",
        help="Pin this session: each reload replays its last turn and shows what differs. "
        "Again: unpin.",
        keys="f6",
    ),
    ActionInfo(
        name="on_replay('keep')",
        title="Keep the replay",
        help="Put what the replay gave in the place of the turn.",
        keys="f10",
    ),
    ActionInfo(
        name="on_replay('drop')",
        title="Drop the replay",
        help="Forget the replay, or stop it; the session stays as it is.",
        keys="f12",
    ),
    ActionInfo(
        name="filter_events",
        title="Filter events",
        help="Show only the events that contain a text.",
        keys="slash",
        footer="filter",
        everywhere=False,
    ),
    ActionInfo(
        name="cancel_turn",
        title="Cancel the turn",
        help="Interrupt the handler that runs, or take a waiting message back.",
        keys="escape",
        footer="cancel",
        everywhere=False,
    ),
    ActionInfo(
        name="restart_worker",
        title="Restart the worker",
        help="Load the app again, and end what the worker before still runs, at once.",
        keys="ctrl+t",
    ),
    ActionInfo(
        name="answer",
        title="Answer the app",
        help="Go to what the app asks, or to the next question; esc goes back to the message.",
        keys="ctrl+g",
    ),
    ActionInfo(
        name="send_again",
        title="Send again",
        help="Send the last message once more, as a new turn.",
        keys="ctrl+s",
        # In a dialog the same key saves; nothing that takes text binds it.
        everywhere=False,
    ),
    *(
        ActionInfo(
            name=f"suggestion({number})",
            title="Take the first suggestion",
            help="Send what the app suggests; alt+2 to alt+9 send the others.",
            keys=f"alt+{number}",
            is_listed=number == 1,
        )
        for number in range(1, 10)
    ),
    ActionInfo(
        name="fetch_picture",
        title="Fetch a picture",
        help="Fetch the newest picture of the web that the chat names, and draw it.",
    ),
    ActionInfo(
        name="show_error",
        title="Error details",
        help="Show the traceback of the newest error: of the save that cannot run, or of a turn.",
        keys="f8",
    ),
    ActionInfo(name="pane('chat')", title="Go to the chat", help="Write a message.", keys="f2"),
    ActionInfo(
        name="pane('inspector')",
        title="Go to the inspector",
        help="Look at the session, its data, history and turns, and at the app.",
        keys="f3",
    ),
    ActionInfo(
        name="pane('events')",
        title="Go to the events",
        help="Look at what happened, the newest last.",
        keys="f4",
    ),
    ActionInfo(
        name="zoom",
        title="Zoom",
        help="Give the pane that has the focus the whole screen, or take it back.",
        keys="f7",
        footer="zoom",
    ),
    *(
        ActionInfo(
            name=f"resize('{direction}')",
            title=title,
            help="Move the line between the panes; the mouse can drag it. It is remembered.",
            keys=f"alt+{direction}",
        )
        for direction, title in (
            ("left", "Narrower chat"),
            ("right", "Wider chat"),
            ("up", "Higher event log"),
            ("down", "Lower event log"),
        )
    ),
    ActionInfo(
        name="toggle_dark",
        title="Light or dark",
        help="Change between the light and the dark theme; it is remembered.",
        keys="f9",
    ),
    ActionInfo(name="change_theme", title="Theme", help="Choose a theme; it is remembered."),
    ActionInfo(
        name="help",
        title="Help",
        help="Show the keys and the commands.",
        keys="question_mark",
        everywhere=False,
    ),
    ActionInfo(
        name="clear_or_quit",
        title="Clear the input",
        help="Copy what is selected; else clear the input; twice on an empty input: quit.",
        keys="ctrl+c",
    ),
    ActionInfo(
        name="quit",
        title="Quit",
        help="Leave; sessions and their data stay.",
        keys="ctrl+q",
        footer="quit",
    ),
    *(
        ActionInfo(name=name, title=title, help=text, keys=key, footer=word, pane=tab)
        for tab, name, key, title, text, word in _IN_TABS
    ),
)


def actions_of(pane: str) -> tuple[ActionInfo, ...]:
    """Return what can be done in a tab of the inspector."""
    return tuple(action for action in ACTIONS if action.pane == pane)


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command that is typed where messages are."""

    name: str
    arguments: str
    help: str

    @property
    def usage(self) -> str:
        """Return how it is written."""
        return f"/{self.name} {self.arguments}".rstrip()


COMMANDS = (
    SlashCommand("new", "[ID]", "start a session"),
    SlashCommand("session", "[ID]", "switch to a session, or choose one"),
    SlashCommand("user", "USER", "start a session as another user"),
    SlashCommand("attach", "PATH", "send a file with the next message"),
    SlashCommand("reset", "", "bring the session back to its beginning, after a question"),
    SlashCommand("replay", "", "run the last turn again on today's code, in a copy"),
    SlashCommand("again", "", "send the last message once more"),
    SlashCommand("cancel", "", "interrupt the turn that runs"),
    SlashCommand("reload", "", "load the app again"),
    SlashCommand("theme", "", "choose a theme"),
    SlashCommand("help", "", "show the keys and the commands"),
    SlashCommand("quit", "", "leave"),
)

# What the keys of single panes do, for the help only: the panes bind them.
PANE_KEYS = (
    ("enter", "send the message; on a row: open it"),
    ("shift+enter, ctrl+j", "begin another line of the message"),
    ("up, down", "messages that were sent before (in the first and last line of the input)"),
    ("tab", "complete a command; else go to the next pane"),
    ("page up, page down", "scroll the conversation while typing"),
    ("left, right", "the other tabs of the inspector, the other groups of events"),
    ("end", "follow the newest event or message again; while typing, at the end of the text"),
    ("y, n", "in a question: approve, reject; left, right and enter choose a button"),
)


def find_command(text: str) -> tuple[SlashCommand, str] | None:
    """Return the command that a text is, and its argument; None for a message.

    Only commands of this screen count: an app may have slash commands of its own, and a second
    slash sends to the app what would be a command here.
    """
    if not text.startswith("/") or "\n" in text.strip():
        return None
    name, _, argument = text[1:].strip().partition(" ")
    for command in COMMANDS:
        if command.name == name:
            return (command, argument.strip())
    return None


def completions(text: str, session_ids: list[str]) -> list[tuple[str, str]]:
    """Return what the start of a command may become, each with a word of explanation."""
    if not text.startswith("/") or text.startswith("//") or "\n" in text:
        return []
    name, space, argument = text[1:].partition(" ")
    if not space:
        return [
            (f"/{command.name}" + (" " if command.arguments else ""), command.help)
            for command in COMMANDS
            if command.name.startswith(name)
        ]
    if name == "session":
        return [(f"/session {found}", "") for found in session_ids if argument in found][:50]
    return []
