"""The environment of the workers: the shell's, and below it the `.env` file's.

The file's variables never enter the environment of the dev server itself.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from cpsl_dev.contents import Hashes

TOKEN_VARIABLE = "CPSL_DEV_TOKEN"
# These change how the interpreter itself starts and what it loads.
_LOADERS = ("LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What workers are started with, where it was read from, and what should be said about it."""

    variables: dict[str, str]
    files: Hashes = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_environment(env_file: Path | None, folder: Path, shell: Mapping[str, str]) -> Environment:
    """Put the variables of the `.env` file under those of the shell.

    Args:
        env_file: The file; None means `.env` in `folder`, which may be missing.
        folder: The app's folder.
        shell: The environment of the dev server.

    A value of the file is never shown: not in a warning, nor in an error.
    """
    path = folder / ".env" if env_file is None else env_file
    variables = {name: value for name, value in shell.items() if name != TOKEN_VARIABLE}
    try:
        # Reading a pipe would wait for its other end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            said = [f"{path.name} is not an ordinary file: none of it is used"]
            return Environment(variables=variables, files={str(path): None}, warnings=said)
        data = path.read_bytes()
    except FileNotFoundError:
        missing = [] if env_file is None else [f"{path.name}: there is no such file"]
        return Environment(variables=variables, files={str(path): None}, warnings=missing)
    except OSError as error:
        said = [f"{path.name} cannot be read: {error.strerror}"]
        return Environment(variables=variables, files={str(path): None}, warnings=said)
    found, warnings = _parse(data, path.name)
    for name, value in found.items():
        if name in variables:
            if variables[name] != value:
                warnings.append(f"{name} is set in the shell: its value in {path.name} is not used")
            continue
        if name in _LOADERS:
            warnings.append(f"{name} in {path.name} changes how Python itself starts")
        variables[name] = value
    files: Hashes = {str(path): hashlib.sha256(data).hexdigest()}
    return Environment(variables=variables, files=files, warnings=warnings)


def shell_environment() -> dict[str, str]:
    """Return the environment as the shell gave it."""
    return dict(os.environ)


def _parse(data: bytes, name: str) -> tuple[dict[str, str], list[str]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ({}, [f"{name} is not UTF-8 text: none of it is used"])
    found: dict[str, str] = {}
    warnings: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            warnings.append(f"{name}:{binding.original.line}: this line is no NAME=value")
        elif binding.key is not None and binding.value is not None:
            if "\0" in binding.value:
                warnings.append(f"{name}:{binding.original.line}: {binding.key} holds a NUL")
                continue
            found[binding.key] = binding.value
    return (found, warnings)
