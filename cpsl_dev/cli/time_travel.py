"""`cpsl replay`, `cpsl rewind`, `cpsl fork` and `cpsl export`."""

from __future__ import annotations

from pathlib import Path

import click

from cpsl.records import JsonObject
from cpsl_dev.cli.client import session_path
from cpsl_dev.cli.event_text import describe_change, describe_error
from cpsl_dev.cli.exits import APP_FAILED
from cpsl_dev.cli.options import Target, json_option, server_options
from cpsl_dev.cli.output import say, say_json
from cpsl_dev.exceptions import UsageError

_turn_option = click.option(
    "--turn", type=click.IntRange(min=0), metavar="N", help="The turn. [default: the last one]"
)


@click.command()
@click.argument("session")
@_turn_option
@server_options
@json_option
@click.pass_context
def replay(
    ctx: click.Context, session: str, *, turn: int | None, target: Target, as_json: bool
) -> None:
    """Run a turn of SESSION again on today's code, and show what differs.

    It runs in a copy: the session stays as it is. Prompts get the answers that they got then. The
    exit code is 1 if the turn did not run to its end.
    """
    body = {} if turn is None else {"turn": turn}
    found = target.need().post(session_path(session, "replay"), body)
    if as_json:
        say_json(found)
    else:
        _say_replay(found)
    if found["after"]["status"] != "done":
        ctx.exit(APP_FAILED)


@click.command()
@click.argument("session")
@click.argument("turn", type=click.IntRange(min=0))
@server_options
@json_option
def rewind(session: str, turn: int, *, target: Target, as_json: bool) -> None:
    """Bring SESSION back to the state after TURN; 0 is as it was made."""
    found = target.need().post(session_path(session, "rewind"), {"turn": turn})
    if as_json:
        say_json(found)
    else:
        say(f"{session} is back after turn {turn}")


@click.command()
@click.argument("session")
@_turn_option
@click.option("--id", "new_id", metavar="ID", help="Id of the new session. [default: made up]")
@server_options
@json_option
def fork(
    session: str, *, turn: int | None, new_id: str | None, target: Target, as_json: bool
) -> None:
    """Make a new session in the state of SESSION after a turn, and print its id."""
    given = {"turn": turn, "id": new_id}
    body = {name: value for name, value in given.items() if value is not None}
    found = target.need().post(session_path(session, "fork"), body)
    if as_json:
        say_json(found)
    else:
        say(str(found["id"]))


@click.command()
@click.argument("session")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file. [default: standard output, for a file in the app's folder]",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@server_options
def export(session: str, *, output: Path | None, force: bool, target: Target) -> None:
    """Write SESSION as a test for pytest.

    It sends the messages of the session to the app, in memory, and compares the replies.
    """
    folder = None if output is None else str(output.absolute().parent)
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists. Choose another file, or write over it with --force.")
    found = target.need().get(session_path(session, "export"), {"folder": folder})
    if output is None:
        click.echo(found["source"], nl=False)
        return
    try:
        output.write_text(found["source"], "utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.") from error
    say(f"wrote {output}: run it with pytest {output}")


def _say_replay(found: JsonObject) -> None:
    before, after, diff = found["before"], found["after"], found["diff"]
    say(f"turn {before['turn']}: {before['message']['text']}")
    say(f"then  {_summary(before)}")
    say(f"now   {_summary(after)}")
    if after["error"]:
        say(describe_error(after["error"]))
    if diff["same"]:
        say("the same")
        return
    for name in ("replies", "blocks"):
        if diff.get(name):
            say(name)
            say(_without_names(diff[name]))
    if diff["data"]:
        say("data")
        for step in diff["data"]:
            say(f"  {describe_change(step)}")


def _summary(turn: JsonObject) -> str:
    generation = "" if turn["generation"] is None else f"generation {turn['generation']}"
    duration = "" if turn["duration_ms"] is None else f"{turn['duration_ms']:.0f} ms"
    return "  ".join(word for word in (turn["status"], generation, duration) if word)


def _without_names(diff: str) -> str:
    """Return a unified diff without its first lines, which name files."""
    return "\n".join(f"  {line}" for line in diff.splitlines()[2:])
