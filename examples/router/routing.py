"""`Router`: finds the function for a line of text, and calls it with the words of the line."""

import shlex
from collections.abc import Callable

Command = Callable[..., str]


class CommandFailed(Exception):
    """A line that cannot be run; its text is for the user."""


class Router:
    """The commands by name, in the order in which they were added."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self.add("help", self.help)

    def add(self, name: str, command: Command) -> None:
        """Add a command; the first line of its docstring is its help."""
        self._commands[name] = command

    def run(self, line: str) -> str:
        """Run a line and return what to answer.

        Raises:
            CommandFailed: there is no such command, or it cannot take these words.
        """
        try:
            name, *words = shlex.split(line)
        except ValueError as error:
            raise CommandFailed(f"{error}.") from error
        command = self._commands.get(name.lower())
        if command is None:
            raise CommandFailed(f"There is no command {name!r}.")
        return command(*words)

    def help(self, *_: str) -> str:
        """List the commands."""
        return "\n".join(
            f"- `{name}`: {(command.__doc__ or '').strip().splitlines()[0]}"
            for name, command in self._commands.items()
        )
