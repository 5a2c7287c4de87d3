"""How clients find a running dev server and are let in: its token, and `.cpsl/dev.json`."""

from __future__ import annotations

import logging
import os
import re
import secrets
import stat
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from cpsl_dev.exceptions import StoreUnavailable, UsageError

logger = logging.getLogger(__name__)

TOKEN_VARIABLE = "CPSL_DEV_TOKEN"
_FILE_NAME = "dev.json"
_TOKEN = re.compile(r"[!-~]+\Z")
_LONGEST_TOKEN = 4_096
_LONGEST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """What `.cpsl/dev.json` says of a server."""

    url: str
    token: str | None
    pid: int
    entry: str


def make_token() -> str:
    """Return a token that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def take_token(environment: MutableMapping[str, str]) -> str | None:
    """Take the token out of the environment, so that no process started later inherits it.

    Raises:
        UsageError: it is set and cannot be a token.
    """
    token = environment.pop(TOKEN_VARIABLE, None)
    return None if not token else _checked(token, f"The variable {TOKEN_VARIABLE}")


def read_token(path: Path) -> str:
    """Read the token from a file that holds nothing else.

    Raises:
        UsageError: there is no such file, or what it holds cannot be a token.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_TOKEN + 2).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"The token file {path} cannot be read: {reason}.") from error
    return _checked(text, f"The token file {path}")


def write_running(data_dir: Path, server: RunningServer) -> None:
    """Tell where the server is, in a file that only this user can read.

    Raises:
        StoreUnavailable: the folder cannot be written.
    """
    path = data_dir / _FILE_NAME
    temporary = data_dir / f"{_FILE_NAME}.{server.pid}.{secrets.token_hex(4)}"
    content = orjson.dumps(server, option=orjson.OPT_APPEND_NEWLINE)
    # A file or a link that somebody put there in advance is never written through.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}.") from error


def remove_running(data_dir: Path, pid: int) -> None:
    """Remove the file, if it is still that of the process `pid`."""
    server = _read(data_dir / _FILE_NAME)
    if server is not None and server.pid == pid:
        (data_dir / _FILE_NAME).unlink(missing_ok=True)


def find_running(data_dir: Path) -> RunningServer | None:
    """Return the server of this folder; None if there is none or its process is gone."""
    server = _read(data_dir / _FILE_NAME)
    return server if server is not None and _is_alive(server.pid) else None


def find_upwards(folder: Path) -> RunningServer | None:
    """Return the server of `folder` or of the nearest folder above it that has one."""
    for at in (folder, *folder.parents):
        if server := find_running(at / ".cpsl"):
            return server
    return None


def _checked(token: str, source: str) -> str:
    if not token:
        raise UsageError(f"{source} is empty. Put a long random text in it.")
    if len(token) > _LONGEST_TOKEN or not _TOKEN.match(token):
        raise UsageError(
            f"{source} holds no usable token: write one line of at most {_LONGEST_TOKEN} "
            f"ASCII characters without blanks."
        )
    return token


def _read(path: Path) -> RunningServer | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        # Whoever could plant this file could make a client send its messages elsewhere.
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.getuid():
            logger.warning("%s is ignored: it is not a file of this user.", path)
            return None
        content = file.read(_LONGEST_FILE)
    return _parse(content)


def _parse(content: bytes) -> RunningServer | None:
    try:
        match orjson.loads(content):
            case {"url": str(url), "token": str() | None as token, "pid": int(pid), "entry": entry}:
                return RunningServer(url=url, token=token, pid=pid, entry=str(entry))
    except orjson.JSONDecodeError:
        pass
    return None


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
