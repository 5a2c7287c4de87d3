"""The program `cpsl`: checks that it can run here, then hands over to a command."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import click

from cpsl_dev.cli.installation import check_installation, check_platform

# A command is imported when it is called: none waits for what only another one needs.
_COMMANDS = {
    "dev": "cpsl_dev.cli.dev",
    "send": "cpsl_dev.cli.send",
    "status": "cpsl_dev.cli.state",
    "reload": "cpsl_dev.cli.state",
    "sessions": "cpsl_dev.cli.conversations",
    "show": "cpsl_dev.cli.conversations",
    "events": "cpsl_dev.cli.timeline",
    "replay": "cpsl_dev.cli.time_travel",
    "rewind": "cpsl_dev.cli.time_travel",
    "fork": "cpsl_dev.cli.time_travel",
    "export": "cpsl_dev.cli.time_travel",
}


class Commands(click.Group):
    """A group that imports a command when it is wanted, and gives every error its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; show what goes wrong in one sentence."""
        from cpsl_dev.cli.exits import exit_for  # noqa: PLC0415 - needs `cpsl`, checked first
        from cpsl_dev.exceptions import DevError  # noqa: PLC0415 - likewise

        try:
            return super().invoke(ctx)
        except DevError as error:
            raise exit_for(error) from error
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, param, value: _show_version(ctx) if value else None,
    help="Show the version and exit.",
)
def cpsl() -> None:
    """Write chat and agent apps: edit, save, and the conversation goes on.

    Exit codes: 0 done, 1 the app failed, 2 wrong use, 3 no dev server is running.
    """


def _show_version(ctx: click.Context) -> None:
    from cpsl.version import __version__  # noqa: PLC0415 - needs `cpsl`, checked first

    click.echo(f"cpsl {__version__}")
    ctx.exit()


def main() -> None:
    """Run the program."""
    _fill_standard_descriptors()
    _take_any_text()
    for problem in (check_platform(), check_installation()):
        if problem is not None:
            click.echo(f"Error: {problem}", err=True)
            sys.exit(2)
    cpsl(prog_name="cpsl")


def _fill_standard_descriptors() -> None:
    """Open what was closed by whoever started this: else the next file or socket has its number.

    A child would take that for its own input or output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)


def _take_any_text() -> None:
    """Let every text be printed, also where the terminal knows ASCII only."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
