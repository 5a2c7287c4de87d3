"""Options that several commands have."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cpsl_dev.cli.client import DevClient, find_client
from cpsl_dev.cli.exits import NoServer
from cpsl_dev.config import find_entry

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which server is meant: an address, or an app for which one may run."""

    url: str | None
    token_file: Path | None
    app: str | None

    def find(self) -> DevClient | None:
        """Return a client for the server; None if it does not run."""
        return find_client(url=self.url, token_file=self.token_file, folder=self._folder())

    def need(self) -> DevClient:
        """Return a client for the server.

        Raises:
            NoServer: it does not run.
        """
        client = self.find()
        if client is None:
            where = self._folder() or f"{Path.cwd()} or a folder above it"
            raise NoServer(
                f"No dev server runs for {where}. "
                f"Start one with `cpsl dev`, or name one with --url."
            )
        return client

    def _folder(self) -> Path | None:
        return find_entry(self.app, Path.cwd()).folder if self.app else None


_SERVER_OPTIONS = (
    click.option(
        "--url",
        metavar="URL",
        envvar="CPSL_URL",
        show_envvar=True,
        help="Address of the server, as in http://127.0.0.1:4600. "
        "[default: the one running for the current folder, or one above it]",
    ),
    click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="CPSL_TOKEN_FILE",
        show_envvar=True,
        help="File with the server's token. "
        "[default: the variable CPSL_DEV_TOKEN, or what .cpsl/dev.json says]",
    ),
    click.option(
        "--app",
        metavar="APP",
        help="Look for the server of this app instead: a file, a folder or a module.",
    ),
)
_JSON_OPTION = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line, for other programs."
)


def server_options(function: Command) -> Command:
    """Add the options that say which server is meant; the command gets a `target`."""

    @functools.wraps(function)
    def command(
        *args: Any, url: str | None, token_file: Path | None, app: str | None, **options: Any
    ) -> Any:
        target = Target(url=url, token_file=token_file, app=app)
        return function(*args, target=target, **options)

    for option in reversed(_SERVER_OPTIONS):
        command = option(command)
    return command


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return _JSON_OPTION(command)
