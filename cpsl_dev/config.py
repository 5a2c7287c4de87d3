"""What the dev server is asked to do: the app's entry point, and every setting."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cpsl_dev.exceptions import UsageError

DEFAULT_PORT = 4600
# What a folder is searched for when no file is named.
_ENTRY_FILES = ("app.py", "main.py")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")
# A project's file cannot widen who may come in: those settings are the developer's alone.
_FILE_SETTINGS = {
    "app": str,
    "host": str,
    "port": int,
    "env_file": str,
    "watch": list,
    "ignore": list,
    "drain_timeout_seconds": (int, float),
    "load_timeout_seconds": (int, float),
    "max_body": int,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where the app is: `module` is imported with `folder` first on the path.

    `symbol` names the App in it; None means that there must be exactly one. `text` is how
    people see it: `app.py:app`.
    """

    text: str
    folder: Path
    file: Path | None
    module: str
    symbol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of one dev server. Durations are seconds, sizes bytes."""

    entry: Entry
    data_dir: Path
    host: str = "127.0.0.1"
    port: int | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    auth: bool = True
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    max_body_bytes: int = 1024 * 1024
    env_file: Path | None = None
    session_id: str | None = None
    user: str | None = None
    reload: bool = True
    standby: bool = True
    debugpy_port: int | None = None
    watch: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    load_timeout_seconds: float = 60.0
    drain_timeout_seconds: float = 10.0
    # The settings that were given by flag or variable: a project's file cannot change them.
    given: frozenset[str] = frozenset()


def find_entry(text: str, cwd: Path) -> Entry:
    """Find the app that `text` names: a file, a folder or a module, with `:symbol` or without.

    Raises:
        UsageError: there is no such file, folder or module; the text says what was looked for.
    """
    place, symbol = _split_symbol(text)
    path = (cwd / place).absolute()
    if path.is_dir() and (place.endswith(("/", ".")) or not _is_module(place, cwd)):
        return _entry_in_folder(path, symbol)
    if path.is_file():
        return _entry_of_file(path, symbol)
    if _is_module(place, cwd):
        return _entry_of_module(place, cwd, symbol)
    if place.endswith(".py"):
        raise UsageError(
            f"There is no file {place!r} in {cwd}. Write it first, or name another one."
        )
    raise UsageError(
        f"There is no file, folder or module {place!r} in {cwd}. "
        f"Name the file of your app, for example: cpsl dev app.py"
    )


def read_project(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Read `[tool.cpsl]` of the nearest `pyproject.toml` at `folder` or above it.

    Returns:
        The settings that can be used, and a sentence for each that cannot.
    """
    path = find_project(folder)
    if path is None:
        return ({}, [])
    settings, problems = read_settings(path)
    return (settings or {}, problems)


def find_project(folder: Path) -> Path | None:
    """Return the nearest `pyproject.toml` at `folder` or above it, if there is one."""
    places = (at / "pyproject.toml" for at in (folder, *folder.parents[:3]))
    return next((path for path in places if path.is_file()), None)


def read_settings(path: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """Read `[tool.cpsl]` of a `pyproject.toml`.

    Returns:
        The settings that can be used, None where the file cannot be read at all; and a sentence
        for each problem.
    """
    # Most projects of one file have none, and need not wait for this.
    import tomllib  # noqa: PLC0415 - as said above

    try:
        tools = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return (None, [f"{path.name} cannot be read: {error}"])
    return _check_settings(tools.get("cpsl", {}) if isinstance(tools, dict) else {}, path.name)


def with_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    """Return `config` with the settings that are not None put in."""
    known = {item.name for item in fields(Config)}
    return replace(
        config,
        **{name: value for name, value in settings.items() if value is not None and name in known},
    )


def _split_symbol(text: str) -> tuple[str, str | None]:
    place, colon, symbol = text.rpartition(":")
    if not colon or "/" in symbol or "\\" in symbol:
        return (text, None)
    if not symbol.isidentifier():
        raise UsageError(f"{symbol!r} in {text!r} is no name: write FILE:NAME, as in app.py:app.")
    return (place, symbol)


def _entry_in_folder(folder: Path, symbol: str | None) -> Entry:
    for name in _ENTRY_FILES:
        if (folder / name).is_file():
            return _entry_of_file(folder / name, symbol)
    raise UsageError(
        f"The folder {folder} holds no app: it has neither {' nor '.join(_ENTRY_FILES)}. "
        f"Name the file of your app, for example: cpsl dev {folder.name}/my_app.py"
    )


def _entry_of_file(path: Path, symbol: str | None) -> Entry:
    if path.suffix != ".py":
        raise UsageError(f"{path} is not a Python file: its name does not end in .py.")
    if not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        raise UsageError(
            f"{path.name} cannot be imported: {path.stem!r} is not a Python name. Rename the file."
        )
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        parts.insert(0, folder.name)
        folder = folder.parent
    shown = "/".join(parts) + ".py"
    return Entry(
        text=f"{shown}:{symbol}" if symbol else shown,
        folder=folder,
        file=path,
        module=".".join(parts),
        symbol=symbol,
    )


def _entry_of_module(name: str, cwd: Path, symbol: str | None) -> Entry:
    base = cwd.joinpath(*name.split("."))
    file = base.with_suffix(".py")
    if not file.is_file():
        file = base / "__init__.py"
    return Entry(
        text=f"{name}:{symbol}" if symbol else name,
        folder=cwd,
        file=file,
        module=name,
        symbol=symbol,
    )


def _is_module(name: str, cwd: Path) -> bool:
    if not _MODULE.match(name):
        return False
    base = cwd.joinpath(*name.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


def _check_settings(table: Any, where: str) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(table, dict):
        return ({}, [f"[tool.cpsl] in {where} must be a table."])
    problems = {name: _problem_of(name, value, where) for name, value in table.items()}
    settings = {name: value for name, value in table.items() if problems[name] is None}
    return (settings, [problem for problem in problems.values() if problem is not None])


def _problem_of(name: str, value: Any, where: str) -> str | None:
    """Say why a setting cannot be used; None when it can."""
    if name not in _FILE_SETTINGS:
        known = ", ".join(sorted(_FILE_SETTINGS))
        return f"{name!r} in [tool.cpsl] of {where} is not known. Known are: {known}."
    if isinstance(value, bool) or not isinstance(value, _FILE_SETTINGS[name]):  # type: ignore[arg-type]
        return f"{name} = {value!r} in [tool.cpsl] of {where} is of the wrong type."
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return f"{name} = {value!r} in [tool.cpsl] of {where} must be a list of texts."
    if name.endswith("_seconds") and not (math.isfinite(value) and value > 0):
        return f"{name} = {value!r} in [tool.cpsl] of {where} is no number of seconds above 0."
    if name == "host" and value not in ("127.0.0.1", "::1", "localhost"):
        return (
            f"host = {value!r} in [tool.cpsl] of {where} is ignored: "
            f"a project's file cannot open the port to other machines. Pass --host instead."
        )
    return None
