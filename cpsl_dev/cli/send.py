"""`cpsl send`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

import click

from cpsl.records import JsonObject
from cpsl_dev.cli.client import DevClient, session_path
from cpsl_dev.cli.event_text import describe_error
from cpsl_dev.cli.exits import APP_FAILED, NoServer
from cpsl_dev.cli.options import Target, json_option, server_options
from cpsl_dev.cli.output import say, say_json
from cpsl_dev.cli.reply_text import ReplyText
from cpsl_dev.debug.discovery import take_token
from cpsl_dev.exceptions import UsageError

_ENDS = ("turn.finished", "turn.failed", "turn.interrupted")


@click.command()
@click.argument("text")
@click.option(
    "--session",
    "session_id",
    default="cli",
    show_default=True,
    metavar="ID",
    envvar="CPSL_SESSION",
    show_envvar=True,
    help="The session to talk in; made if it is not there.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Wait until what was saved last is live, and have it answer. If it cannot be loaded, "
    "nothing is sent.",
)
@server_options
@json_option
@click.pass_context
def send(
    ctx: click.Context,
    text: str,
    *,
    session_id: str,
    fresh: bool,
    target: Target,
    as_json: bool,
) -> None:
    """Send TEXT as one message and print the replies as they come.

    TEXT may be - to read it from standard input. Without a running server the app is started here
    for this one message: app.py of the current folder, or --app. With --json the finished turn is
    printed as one object. The exit code is 1 if the turn failed.
    """
    message = _text_of(text)
    client = target.find()
    if client is not None:
        body = {"text": message, **({"fresh": True} if fresh else {})}
        turn = _send_to(client, session_id, body, as_json=as_json)
    else:
        turn = _run_here(target.app, session_id, message, as_json=as_json)
    if as_json:
        say_json(turn)
    if turn["status"] != "done":
        ctx.exit(APP_FAILED)


def _text_of(text: str) -> str:
    if text != "-":
        # What the shell passed may be no UTF-8, which no message can hold.
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise UsageError("The text is not valid UTF-8.")
        return text
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError("Standard input is not valid UTF-8.") from error


def _send_to(client: DevClient, session_id: str, body: JsonObject, *, as_json: bool) -> JsonObject:
    path = session_path(session_id, "messages")
    if as_json:
        turn: JsonObject = client.post(path, body)
        return turn
    return _show(client.post_events(path, body))


def _show(events: Iterable[JsonObject]) -> JsonObject:
    """Print the replies among `events`; return how the turn ended."""
    printer = _Printer()
    for event in events:
        printer.take(event)
    return printer.outcome()


def _run_here(app_text: str | None, session_id: str, text: str, *, as_json: bool) -> JsonObject:
    # The core takes longer to import than a message to a running server takes.
    from cpsl_dev.cli.local_run import run_once  # noqa: PLC0415 - see above
    from cpsl_dev.cli.settings import make_config  # noqa: PLC0415 - see above

    take_token(os.environ)
    printer = _Printer()
    take: Callable[[JsonObject], None] = printer.take
    turn = run_once(
        make_config(app_text, {}).config,
        session_id,
        text,
        on_event=(lambda event: None) if as_json else take,
    )
    if as_json:
        return turn
    return printer.outcome()


class _Printer:
    """Prints what a turn does: replies to standard output, all else to standard error."""

    def __init__(self) -> None:
        self._replies = ReplyText(lambda text: say(text, nl=False))
        self._end: JsonObject | None = None

    def take(self, event: JsonObject) -> None:
        """Show one event of the turn."""
        self._replies.take(event)
        if event["kind"] in _ENDS:
            self._end = event
            self._replies.close()

    def outcome(self) -> JsonObject:
        """Say how the turn ended, if not well; return its status.

        Raises:
            NoServer: the events ended before the turn did.
        """
        if self._end is None:
            self._replies.close()
            raise NoServer("The dev server went away before the turn was over.")
        kind = self._end["kind"]
        if kind == "turn.failed":
            say(describe_error(self._end.get("error") or {}), err=True)
        elif kind == "turn.interrupted":
            say(f"The turn was interrupted: {self._end.get('reason') or 'cancelled'}.", err=True)
        return {"status": "done" if kind == "turn.finished" else kind.removeprefix("turn.")}
