"""Answers to prompts: what each kind of prompt takes, and what its block says afterwards.

An answer is taken in two steps. From outside come `{"approved": true}`, a file by path or content,
or an account; `read_answer` checks that and keeps the file. What it returns is what the handler
gets, and what the block is completed with.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from typing import Any, Literal

from cpsl.files import FileStore, StoredFile, clean_name
from cpsl.records import BlockRecord, JsonObject

APPROVAL, FILE, INTEGRATION = "approval_prompt", "file_upload", "integration_prompt"
MOST_FILE_BYTES = 256 * 1024 * 1024
_OVER = ("completed", "timed_out", "cancelled")
_FIELDS = {
    APPROVAL: ("approved",),
    FILE: ("path", "name", "content_type", "content_base64"),
    INTEGRATION: ("access_token", "token_type", "scopes", "expires_at", "fields", "declined"),
}


class WrongAnswer(ValueError):
    """An answer that a prompt does not take. `pointer` is a JSON pointer to the field at fault."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = pointer


def is_waiting(kind: str, payload: JsonObject) -> bool:
    """Tell whether a block is a prompt that its handler waits for."""
    if kind not in _FIELDS or payload.get("blocking") is not True:
        return False
    return not any(payload.get(name) for name in _OVER)


def read_answer(
    kind: str, payload: JsonObject, answer: JsonObject, *, files: FileStore, folder: str
) -> JsonObject:
    """Return an answer as the handler gets it; a file that it brings is kept.

    Args:
        kind: The type of the prompt's block; `payload` is what it shows.
        answer: What came from outside.
        files: Where files are kept.
        folder: Where relative paths start.

    Raises:
        WrongAnswer: it is not what this prompt takes.
        OSError: the file cannot be kept.
    """
    for name in answer:
        if name not in _FIELDS[kind]:
            known = ", ".join(_FIELDS[kind])
            raise WrongAnswer(f"This prompt takes no {name!r}, only: {known}.", _pointer(name))
    if kind == APPROVAL:
        return {"approved": _need(answer, "approved", bool, "true or false")}
    if kind == FILE:
        return _read_file(answer, files, folder)
    return _read_account(payload, answer)


def complete(kind: str, payload: JsonObject, answer: JsonObject) -> JsonObject:
    """Return what the block of a prompt says once it is answered; no credential is part of it."""
    if kind == APPROVAL:
        extra: JsonObject = {"approved": answer["approved"], "timed_out": False}
    elif kind == FILE:
        extra = {"filename": answer["name"]}
        extra |= {name: answer[name] for name in ("content_type", "size", "url")}
    else:
        extra = {"connected": "credentials" in answer}
    return {**payload, "completed": True, **extra}


def give_up(
    kind: str, payload: JsonObject, reason: Literal["timed_out", "cancelled"]
) -> JsonObject:
    """Return what the block of a prompt says when nobody will answer it any more."""
    if kind == APPROVAL:
        payload = {**payload, "completed": True, "approved": False, "timed_out": False}
    return {**payload, reason: True}


def answer_of(block: BlockRecord) -> JsonObject | None:
    """Return how a prompt was answered, from its block; None if it was not, or cannot be again."""
    payload = block.payload
    if block.type not in _FIELDS or not payload.get("completed") or payload.get("cancelled"):
        return None
    if block.type == APPROVAL:
        return None if payload.get("timed_out") else {"approved": bool(payload.get("approved"))}
    if block.type == FILE:
        names = {"name": "filename", "content_type": "content_type", "size": "size", "url": "url"}
        if not all(name in payload for name in names.values()):
            return None
        return {name: payload[shown] for name, shown in names.items()}
    return None if payload.get("connected") else {"declined": True}


def _read_file(answer: JsonObject, files: FileStore, folder: str) -> JsonObject:
    # Most apps ask for no file, and this takes milliseconds to import.
    from mimetypes import guess_type  # noqa: PLC0415

    if ("path" in answer) == ("content_base64" in answer):
        raise WrongAnswer("A file is given either by path or by name and content_base64.", "/path")
    path = _need_text(answer, "path") if "path" in answer else None
    name = clean_name(path if path and "name" not in answer else _need_text(answer, "name"))
    kind = _need_text(answer, "content_type") if "content_type" in answer else guess_type(name)[0]
    if path is not None:
        stored = _keep_local(path, folder, files)
    else:
        data = _decode(_need(answer, "content_base64", str, "text"))
        stored = files.add(data, os.path.splitext(name)[1])
    return {
        "name": name,
        "content_type": kind or "application/octet-stream",
        "size": stored.size,
        "url": stored.url,
    }


def _keep_local(named: str, folder: str, files: FileStore) -> StoredFile:
    """Keep a file that the user named; only a plain one, and none of the dev server's own."""
    path = os.path.join(folder, os.path.expanduser(named))
    try:
        state = os.stat(path)
        # A named pipe would hold the reader up for ever.
        if not stat.S_ISREG(state.st_mode):
            raise WrongAnswer(f"{named} is not a file.", "/path")
        # To open and close the database here would drop its locks.
        if _is_own(path, os.path.dirname(files.folder)):
            raise WrongAnswer(f"{named} belongs to the dev server itself.", "/path")
        with open(path, "rb"):
            pass
    except OSError as error:
        raise WrongAnswer(f"{named} cannot be read: {error.strerror}", "/path") from error
    if state.st_size > MOST_FILE_BYTES:
        raise WrongAnswer(
            f"{named} is larger than {MOST_FILE_BYTES:,} bytes, the most that is taken.", "/path"
        )
    return files.add_file(path)


def _is_own(path: str, state_folder: str) -> bool:
    if os.path.realpath(path).startswith(os.path.realpath(state_folder) + os.sep):
        return True
    if not os.path.isdir(state_folder):
        return False
    # A hard link to the database is the database.
    with os.scandir(state_folder) as entries:
        return any(entry.is_file() and os.path.samefile(entry.path, path) for entry in entries)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongAnswer(f"content_base64 is not base64: {error}.", "/content_base64") from error


def _read_account(payload: JsonObject, answer: JsonObject) -> JsonObject:
    if answer.get("declined"):
        return {"declined": True}
    credentials: JsonObject = {}
    if "fields" in answer or payload.get("mode") == "secret":
        credentials["fields"] = _read_fields(payload, answer)
    else:
        credentials["access_token"] = _need_text(answer, "access_token")
    if "access_token" in answer:
        credentials["access_token"] = _need_text(answer, "access_token")
    if "token_type" in answer:
        credentials["token_type"] = _need_text(answer, "token_type")
    if "scopes" in answer:
        scopes = _need(answer, "scopes", list, "a list of texts")
        credentials["scopes"] = [str(scope) for scope in scopes]
    if "expires_at" in answer:
        credentials["expires_at"] = _need(answer, "expires_at", int, "a Unix time in seconds")
    return {"credentials": credentials}


def _read_fields(payload: JsonObject, answer: JsonObject) -> dict[str, str]:
    given = _need(answer, "fields", dict, "an object")
    for name in payload.get("fields") or ():
        if not isinstance(given.get(name), str) or not given[name]:
            raise WrongAnswer(f"The field {name!r} is missing.", f"/fields{_pointer(name)}")
    for name, value in given.items():
        if not isinstance(value, str):
            raise WrongAnswer(f"The field {name!r} must be text.", f"/fields{_pointer(name)}")
    return dict(given)


def _need_text(answer: JsonObject, name: str) -> str:
    text: str = _need(answer, name, str, "text")
    if not text.strip() or "\0" in text:
        raise WrongAnswer(f"{name} is {'no text' if text.strip() else 'empty'}.", f"/{name}")
    return text


def _need(answer: JsonObject, name: str, kind: type, words: str) -> Any:
    if name not in answer:
        raise WrongAnswer(f"{name!r} is missing: it must be {words}.", f"/{name}")
    value = answer[name]
    # In Python a bool is an int, in JSON it is not.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WrongAnswer(f"{name} must be {words}.", f"/{name}")
    return value


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
