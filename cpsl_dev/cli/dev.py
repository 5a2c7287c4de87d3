"""`cpsl dev`."""

from __future__ import annotations

import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from cpsl_dev.cli.output import has_terminal, say
from cpsl_dev.cli.settings import make_config
from cpsl_dev.debug.discovery import take_token
from cpsl_dev.interpreter import start_quickly
from cpsl_dev.load_settings import read_first_environment
from cpsl_dev.spawning import spawn_ahead


def _above_zero(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value} is not a number of seconds above 0.", ctx, param)
    return value


def _with_debugpy(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    if value is not None and find_spec("debugpy") is None:
        raise click.BadParameter(
            "the package debugpy is not installed: pip install 'cpsl-dev[debugpy]'.", ctx, param
        )
    return value


_DEBUGPY_PORT = 5678
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("app", required=False)
@click.option(
    "--host",
    metavar="ADDRESS",
    envvar="CPSL_HOST",
    show_envvar=True,
    help="Address to listen on: localhost or an IP address. Beyond loopback, other machines can "
    "connect: there is a warning, and the token stays on. [default: 127.0.0.1]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="PORT",
    envvar="CPSL_PORT",
    show_envvar=True,
    help="Port to listen on; 0 takes any that is free. [default: 4600, or the next free one]",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="CPSL_TOKEN_FILE",
    show_envvar=True,
    help="File with the token that clients must show; the variable CPSL_DEV_TOKEN does the same. "
    "[default: a new random one, written to .cpsl/dev.json]",
)
@click.option(
    "--no-auth",
    is_flag=True,
    envvar="CPSL_NO_AUTH",
    show_envvar=True,
    help="Ask for no token. On loopback only.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    envvar="CPSL_ALLOW_HOST",
    show_envvar=True,
    help="Answer requests for this host name, too; may be given several times. "
    "[default: the server's own address]",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    multiple=True,
    metavar="ORIGIN",
    envvar="CPSL_ALLOW_ORIGIN",
    show_envvar=True,
    help="Let web pages of this origin call, as in http://localhost:5173; may be given several "
    "times. [default: none]",
)
@click.option(
    "--max-body",
    "max_body_bytes",
    type=click.IntRange(min=1),
    metavar="BYTES",
    envvar="CPSL_MAX_BODY",
    show_envvar=True,
    help="Largest body of a request that is taken, in bytes. [default: 1048576]",
)
@click.option(
    "--env-file",
    type=_FILE,
    envvar="CPSL_ENV_FILE",
    show_envvar=True,
    help="Variables for the app. [default: .env beside the app, if there is one]",
)
@click.option(
    "--session",
    "session_id",
    metavar="ID",
    envvar="CPSL_SESSION",
    show_envvar=True,
    help="Session to open; made if it is not there. [default: the last one used]",
)
@click.option(
    "--user",
    metavar="USER",
    envvar="CPSL_USER",
    show_envvar=True,
    help="Who talks in new sessions: an id or an e-mail address. [default: dev@localhost]",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="CPSL_DATA_DIR",
    show_envvar=True,
    help="Where sessions and events are kept. [default: .cpsl beside the app]",
)
@click.option(
    "--no-reload",
    is_flag=True,
    envvar="CPSL_NO_RELOAD",
    show_envvar=True,
    help="Do not load the code again when a file changes.",
)
@click.option(
    "--no-standby",
    is_flag=True,
    envvar="CPSL_NO_STANDBY",
    show_envvar=True,
    help="Keep no worker ready for the next reload: less memory, slower reloads.",
)
@click.option(
    "--load-timeout",
    "load_timeout_seconds",
    type=float,
    callback=_above_zero,
    metavar="SECONDS",
    envvar="CPSL_LOAD_TIMEOUT",
    show_envvar=True,
    help="How long importing and booting the app may take, in seconds. [default: 60]",
)
@click.option(
    "--drain-timeout",
    "drain_timeout_seconds",
    type=float,
    callback=_above_zero,
    metavar="SECONDS",
    envvar="CPSL_DRAIN_TIMEOUT",
    show_envvar=True,
    help="How long turns may go on running on old code after a reload, in seconds. [default: 10]",
)
@click.option(
    "--debugpy",
    "debugpy_port",
    is_flag=False,
    flag_value=_DEBUGPY_PORT,
    type=click.IntRange(1, 65_535),
    callback=_with_debugpy,
    metavar="[PORT]",
    envvar="CPSL_DEBUGPY",
    show_envvar=True,
    help=f"Let an editor attach with debugpy, on this machine only. [default: {_DEBUGPY_PORT}]",
)
@click.option(
    "--headless",
    is_flag=True,
    envvar="CPSL_HEADLESS",
    show_envvar=True,
    help="Run without the screen and print one event a line. Without a terminal this is so anyway.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Like --headless, each event as a line of JSON."
)
@click.pass_context
def dev(
    ctx: click.Context,
    /,
    app: str | None,
    *,
    no_auth: bool,
    no_reload: bool,
    no_standby: bool,
    headless: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Run APP while it is being written: every save is live, and sessions go on.

    APP is a file, `file:name`, a folder or a module. [default: app.py or main.py here, or what
    pyproject.toml says under tool.cpsl]
    """
    token = take_token(os.environ)
    settings = make_config(
        app,
        {
            # An option that may be given several times is empty if it was not given.
            **{name: None if value == () else value for name, value in options.items()},
            "token": token,
            "auth": False if no_auth else None,
            "reload": False if no_reload else None,
            "standby": False if no_standby else None,
        },
    )
    for warning in settings.warnings:
        say(f"Warning: {warning}", err=True)
    start_quickly()
    # It comes up while the rest is imported.
    spawn_ahead(read_first_environment(settings.config))
    if headless or as_json or not has_terminal():
        if not (headless or as_json):
            say("There is no terminal: running without the screen (--headless).", err=True)
        from cpsl_dev.cli.headless import run_headless  # noqa: PLC0415 - imports the core

        ctx.exit(run_headless(settings.config, as_json=as_json))
    from cpsl_dev.tui.app import run_screen  # noqa: PLC0415 - imports Textual, which takes long

    ctx.exit(run_screen(settings.config))
