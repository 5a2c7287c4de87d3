"""What a load is made with besides the code: the environment, and the project's own settings.

They are read again before every load. What is wrong with them is named, and what was good last
is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cpsl_dev.config import Config, find_project, read_settings
from cpsl_dev.contents import Hashes, hash_file
from cpsl_dev.environment import Environment, read_environment, shell_environment
from cpsl_dev.patterns import Patterns

_DEFAULTS = {item.name: item.default for item in fields(Config)}
# These take a new start to change: the setting in the file, the field of the configuration.
_FIXED = {"app": "entry", "host": "host", "port": "port", "max_body": "max_body_bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """The settings of one load. `files` are those that they were read from."""

    environment: Environment
    watch: Patterns
    ignore: Patterns
    load_timeout_seconds: float
    drain_timeout_seconds: float
    files: Hashes = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class SettingsReader:
    """Reads the settings, as often as wanted.

    Args:
        config: What the dev server was started with; what was given by flag or variable stays.
        shell: The environment of the dev server.
    """

    def __init__(self, config: Config, shell: Mapping[str, str]) -> None:
        self._config = config
        self._shell = shell
        self._folder = config.entry.folder
        self._base = self._folder
        self._project: dict[str, Any] = {}
        path = find_project(self._folder)
        if path is not None:
            self._base = path.parent
            self._project = read_settings(path)[0] or {}
        self._at_start = self._project

    def read(self) -> LoadSettings:
        """Read everything as it is now."""
        files, problems = self._read_project()
        environment = read_environment(self._env_file(), self._folder, self._shell)
        return LoadSettings(
            environment=environment,
            watch=Patterns(self._texts("watch"), self._base),
            ignore=Patterns(self._texts("ignore"), self._base),
            load_timeout_seconds=self._value("load_timeout_seconds"),
            drain_timeout_seconds=self._value("drain_timeout_seconds"),
            files={**files, **environment.files},
            warnings=[*environment.warnings, *problems, *self._restarts()],
        )

    def _read_project(self) -> tuple[Hashes, list[str]]:
        # One that is not there yet is followed where it would be beside the app.
        nearest = str(self._folder / "pyproject.toml")
        path = find_project(self._folder)
        if path is None:
            self._project = {}
            return ({nearest: None}, [])
        files = {nearest: hash_file(nearest), str(path): hash_file(str(path))}
        settings, problems = read_settings(path)
        if settings is None:
            return (files, [f"{problem}; the last good settings are kept" for problem in problems])
        # A setting that cannot be used stays as it was.
        kept = self._project if problems else {}
        self._base, self._project = path.parent, {**kept, **settings}
        return (files, problems)

    def _env_file(self) -> Path | None:
        found = self._value("env_file")
        return self._base / found if isinstance(found, str) else found

    def _texts(self, name: str) -> list[str]:
        return list(self._value(name))

    def _value(self, name: str) -> Any:
        """Return a setting: as given, else as the project has it now, else as it is by itself."""
        if name not in self._config.given:
            if name in self._project:
                return self._project[name]
            if name in self._at_start:
                return _DEFAULTS[name]
        return getattr(self._config, name)

    def _restarts(self) -> list[str]:
        changed = [
            name
            for name, config_name in _FIXED.items()
            if config_name not in self._config.given
            and self._project.get(name) != self._at_start.get(name)
        ]
        if not changed:
            return []
        return [f"restart needed: {', '.join(changed)} in pyproject.toml has changed"]


def read_first_environment(config: Config) -> dict[str, str]:
    """Return what the first worker is started with."""
    return SettingsReader(config, shell_environment()).read().environment.variables
