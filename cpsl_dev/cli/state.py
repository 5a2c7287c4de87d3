"""`cpsl status` and `cpsl reload`."""

from __future__ import annotations

import click

from cpsl.records import JsonObject
from cpsl_dev.cli.event_text import describe_error
from cpsl_dev.cli.exits import APP_FAILED
from cpsl_dev.cli.options import Target, json_option, server_options
from cpsl_dev.cli.output import say, say_json, say_rows


@click.command()
@server_options
@json_option
@click.pass_context
def status(
    ctx: click.Context,
    *,
    target: Target,
    as_json: bool,
) -> None:
    """Say how the app is: its state, generation, error and warnings.

    The exit code is 1 while the newest code cannot run.
    """
    client = target.need()
    found = client.get("/status")
    if as_json:
        say_json(found)
    else:
        _say_status(found, client.url)
    if found["state"] == "failed":
        ctx.exit(APP_FAILED)


@click.command()
@server_options
@json_option
@click.pass_context
def reload(
    ctx: click.Context,
    *,
    target: Target,
    as_json: bool,
) -> None:
    """Load the code again, even if nothing changed, and wait for the outcome.

    The exit code is 1 if the code cannot run.
    """
    outcome = target.need().post("/reload", {})
    succeeded = outcome["outcome"] == "succeeded"
    if as_json:
        say_json(outcome)
    elif succeeded:
        say(f"reloaded: generation {outcome['generation']}, {outcome['duration_ms']:.0f} ms")
    else:
        say(f"the reload failed: {describe_error(outcome['error'] or {})}", err=True)
    if not succeeded:
        ctx.exit(APP_FAILED)


def _say_status(found: JsonObject, url: str) -> None:
    generation = found["generation"]
    serving = "none" if generation is None else str(generation)
    rows = [
        ("state", str(found["state"])),
        ("generation", f"{serving} (stale)" if found["stale"] else serving),
        ("app", str(found.get("app_name") or "-")),
        ("entry", str(found.get("entry", ""))),
        ("url", url),
        ("workers", _workers(found.get("workers") or [])),
    ]
    if found.get("pending"):
        rows.append(("pending", ", ".join(found["pending"])))
    rows += [("warning", str(warning)) for warning in found.get("warnings") or []]
    say_rows([(name, value) for name, value in rows])
    if found.get("error"):
        say(describe_error(found["error"]))


def _workers(workers: list[JsonObject]) -> str:
    return ", ".join(f"{worker['pid']} {worker['state']}" for worker in workers) or "none"
