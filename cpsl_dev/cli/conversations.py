"""`cpsl sessions` and `cpsl show`."""

from __future__ import annotations

import click
import orjson

from cpsl.records import JsonObject
from cpsl_dev.cli.client import session_path
from cpsl_dev.cli.options import Target, json_option, server_options
from cpsl_dev.cli.output import say, say_json, say_rows

_TITLE_WIDTH = 40


@click.command()
@server_options
@json_option
def sessions(*, target: Target, as_json: bool) -> None:
    """List the sessions."""
    found = target.need().get("/sessions")["sessions"]
    if as_json:
        for session in found:
            say_json(session)
        return
    if not found:
        say("There is no session yet. Make one with: cpsl send TEXT", err=True)
        return
    say_rows([("ID", "USER", "CHANNEL", "TURNS", "UPDATED", "TITLE"), *map(_row, found)])


@click.command()
@click.argument("session")
@server_options
@json_option
def show(session: str, *, target: Target, as_json: bool) -> None:
    """Show a session: who talks, its data, what was said."""
    found = target.need().get(session_path(session))
    if as_json:
        say_json(found)
    else:
        _say_session(found)


def _row(session: JsonObject) -> tuple[str, ...]:
    title = str(session["title"])
    return (
        str(session["id"]),
        str(session["user"]["id"]),
        str(session["channel"]),
        f"{session['turns']}{' (busy)' if session['busy'] else ''}",
        str(session["updated_at"]),
        title if len(title) <= _TITLE_WIDTH else f"{title[:_TITLE_WIDTH]}…",
    )


def _say_session(found: JsonObject) -> None:
    user = found["user"]
    say_rows(
        [
            ("id", str(found["id"])),
            ("user", " · ".join(str(user[name]) for name in ("id", "email") if user.get(name))),
            ("channel", str(found["channel"])),
            ("turns", str(found["turns"])),
            ("revision", str(found["revision"])),
            ("created", str(found["created_at"])),
            ("updated", str(found["updated_at"])),
        ]
    )
    say("data")
    say(_indented(orjson.dumps(found["data"], option=orjson.OPT_INDENT_2).decode()))
    say("history")
    for entry in found["history"]:
        say(f"  {entry['sender']}  {entry['timestamp']}")
        say(_indented(str(entry["text"]), "    "))


def _indented(text: str, by: str = "  ") -> str:
    return "\n".join(f"{by}{line}" for line in text.split("\n"))
