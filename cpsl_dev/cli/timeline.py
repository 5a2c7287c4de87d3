"""`cpsl events`."""

from __future__ import annotations

from typing import Any

import click

from cpsl.records import JsonObject
from cpsl_dev.cli.event_text import describe_event
from cpsl_dev.cli.options import Target, json_option, server_options
from cpsl_dev.cli.output import say, say_json

_DEFAULT_LIMIT = 100


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with each event as it happens.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only this kind, as in turn.finished or turn.*; may be given several times.",
)
@click.option(
    "--after",
    type=click.IntRange(min=0),
    metavar="SEQ",
    help="Only events with a greater number, the oldest first. [default: the newest events]",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=_DEFAULT_LIMIT,
    show_default=True,
    metavar="COUNT",
    help="The most events to print; with --follow, of those that are past.",
)
@click.option("--session", metavar="ID", help="Only events of this session.")
@server_options
@json_option
def events(
    *,
    follow: bool,
    kinds: tuple[str, ...],
    after: int | None,
    limit: int,
    session: str | None,
    target: Target,
    as_json: bool,
) -> None:
    """Print the event log, one event a line.

    A line has the time, the generation, the kind, and what matters of the event.
    """
    client = target.need()
    chosen: dict[str, Any] = {"kind": list(kinds), "session": session}
    if follow and after is not None:
        start = after
    else:
        newest = None if after is not None else "true"
        query = {**chosen, "after": after, "limit": limit, "newest": newest}
        page = client.get("/events", query)
        for event in page["events"]:
            _say_event(event, as_json=as_json)
        start = page["next"]
    if follow:
        for event in client.follow_events({**chosen, "after": start}):
            _say_event(event, as_json=as_json)


def _say_event(event: JsonObject, *, as_json: bool) -> None:
    if as_json:
        say_json(event)
    else:
        say(describe_event(event))
