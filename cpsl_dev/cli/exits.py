"""Exit codes, and the errors that carry them: 1 the app failed, 2 wrong use, 3 no server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import click

from cpsl_dev.cli.output import say
from cpsl_dev.exceptions import (
    DevError,
    InvalidInput,
    SessionExists,
    SessionNotFound,
    TurnNotFound,
    UsageError,
)

APP_FAILED = 1
WRONG_USE = 2
NO_SERVER = 3

_WRONG_USE = (UsageError, InvalidInput, SessionNotFound, SessionExists, TurnNotFound)


class Failure(click.ClickException):
    """An end other than the good one, with the sentence that says why."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on standard error."""
        say(f"Error: {self.message}", err=True)


class AppFailed(Failure):
    """The app, or the machine it runs on, cannot do it."""

    exit_code = APP_FAILED


class WrongUse(Failure):
    """The command cannot mean what it says."""

    exit_code = WRONG_USE


class NoServer(Failure):
    """There is no dev server to talk to."""

    exit_code = NO_SERVER


def refusal(status: int, problem: Mapping[str, Any]) -> Failure:
    """Return how the program ends after a problem document of the server."""
    text = str(problem.get("detail") or problem.get("title") or f"HTTP status {status}")
    # What the app or the machine cannot do now is no fault of the command.
    failed = status >= 500 or status in (409, 429)
    return AppFailed(text) if failed else WrongUse(text)


def exit_for(error: DevError) -> Failure:
    """Return how the program ends after an error of the dev server."""
    return WrongUse(str(error)) if isinstance(error, _WRONG_USE) else AppFailed(str(error))
