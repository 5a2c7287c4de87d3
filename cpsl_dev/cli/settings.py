"""From arguments, and the project's own settings, to a checked configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cpsl_dev.config import Config, Entry, find_entry, read_project, with_settings
from cpsl_dev.debug.binding import check_allowed_hosts, check_exposure, check_origins, parse_host
from cpsl_dev.debug.discovery import read_token

_SHORT_TOKEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A configuration, and what its owner should know about it."""

    config: Config
    warnings: list[str]


def make_config(
    app_text: str | None, options: Mapping[str, Any], *, cwd: Path | None = None
) -> Settings:
    """Return the configuration for an app: the arguments first, then the project's settings.

    Args:
        app_text: The app: a file, a folder or a module, `:name` or not; None for the project's.
        options: Fields of `Config` with the values that were given; None where none was.
        cwd: Where relative names start.

    Raises:
        UsageError: there is no such app, or a setting cannot be used.
    """
    cwd = cwd or Path.cwd()
    entry, project, warnings = _find(app_text, cwd)
    config = Config(entry=entry, data_dir=entry.folder / ".cpsl")
    config = with_settings(with_settings(config, project), options)
    given = frozenset(name for name, value in options.items() if value is not None)
    if app_text is not None:
        given |= {"entry"}
    config = replace(config, data_dir=(cwd / config.data_dir).absolute(), given=given)
    if config.token_file is not None and config.auth:
        config = replace(config, token=read_token(config.token_file))
    return Settings(config=config, warnings=[*warnings, *_check(config)])


def _find(app_text: str | None, cwd: Path) -> tuple[Entry, dict[str, Any], list[str]]:
    if app_text is None:
        project, warnings = read_project(cwd)
        return (find_entry(project.get("app", "."), cwd), _as_fields(project), warnings)
    entry = find_entry(app_text, cwd)
    project, warnings = read_project(entry.folder)
    return (entry, _as_fields(project), warnings)


def _as_fields(project: Mapping[str, Any]) -> dict[str, Any]:
    """Return the project's settings under the names and types that `Config` has for them."""
    settings = dict(project)
    if "max_body" in settings:
        settings["max_body_bytes"] = settings.pop("max_body")
    if "env_file" in settings:
        settings["env_file"] = Path(settings["env_file"])
    for name in ("watch", "ignore"):
        if name in settings:
            settings[name] = tuple(str(item) for item in settings[name])
    return settings


def _check(config: Config) -> list[str]:
    """Refuse what cannot work; return what is better known."""
    check_allowed_hosts(config.allow_hosts)
    check_origins(config.allow_origins)
    warnings = []
    if exposure := check_exposure(parse_host(config.host), auth=config.auth):
        warnings.append(exposure)
    if not config.auth:
        warnings.append("No token is asked for: every program on this machine can use the server.")
    elif config.token is not None and len(config.token) < _SHORT_TOKEN:
        warnings.append("The token is short: one of 32 random characters cannot be guessed.")
    return warnings
