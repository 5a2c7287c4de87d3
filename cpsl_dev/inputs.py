"""Checking what comes from outside, before anything is taken."""

from __future__ import annotations

import re
from typing import Any

from cpsl.records import JsonObject, UserRecord
from cpsl.store.sessions import owner_id_of
from cpsl_dev.exceptions import InvalidInput, SessionNotFound

_SESSION_ID = re.compile(r"[A-Za-z0-9._~:@-]{1,128}\Z")
_USER_FIELDS = ("id", "email", "org_id")
_MAX_DEPTH = 200
_INT_BITS = range(-(2**63), 2**63)

DEFAULT_USER = UserRecord(id="dev", email="dev@localhost", owner_id="dev")


def is_session_id(text: object) -> bool:
    """Tell whether this can be the id of a session."""
    return isinstance(text, str) and bool(_SESSION_ID.match(text)) and text not in (".", "..")


def check_new_session_id(session_id: object) -> None:
    """Refuse an id that no session may have."""
    if not is_session_id(session_id):
        raise InvalidInput(
            f"{_short(session_id)} cannot be the id of a session: it must be 1 to 128 characters "
            f"of A-Z a-z 0-9 . _ ~ : @ - and neither '.' nor '..'.",
            "/id",
        )


def check_known_session_id(session_id: str) -> None:
    """Refuse an id that no session can have as one that is not there."""
    if not is_session_id(session_id):
        raise SessionNotFound(session_id[:200])


def check_text(text: object, pointer: str) -> None:
    """Refuse what cannot be stored as text."""
    if not isinstance(text, str):
        raise InvalidInput(f"{_short(text)} is not text.", pointer)
    if "\0" in text:
        raise InvalidInput("The text holds a NUL character.", pointer)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"The text holds half of a surrogate pair at character {error.start}.", pointer
        ) from None


def check_message(text: object, attachments: object) -> None:
    """Refuse a message that no handler could take."""
    check_text(text, "/text")
    if not isinstance(attachments, list):
        raise InvalidInput(f"{_short(attachments)} is not a list of attachments.", "/attachments")
    if not str(text).strip() and not attachments:
        raise InvalidInput("The message is empty: write a text, or attach a file.", "/text")
    for number, attachment in enumerate(attachments):
        _check_attachment(attachment, f"/attachments/{number}")


def check_json(value: Any, pointer: str, depth: int = 0) -> None:
    """Refuse what JSON text can say but the store cannot keep."""
    if depth > _MAX_DEPTH:
        raise InvalidInput(f"The value is nested deeper than {_MAX_DEPTH} levels.", pointer)
    if isinstance(value, str):
        check_text(value, pointer)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int) and value not in _INT_BITS:
        raise InvalidInput(f"{value} does not fit in 64 bits.", pointer)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            check_json(item, f"{pointer}/{number}", depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            at = f"{pointer}/{_escape(key)}"
            check_text(key, at)
            check_json(item, at, depth + 1)


def check_data(data: object, pointer: str = "/data") -> JsonObject:
    """Return what can become the data of a session."""
    if not isinstance(data, dict):
        raise InvalidInput(f"The data of a session is an object, not {_short(data)}.", pointer)
    check_json(data, pointer)
    return data


def read_user(values: JsonObject | None) -> UserRecord:
    """Return the user that is described; the local developer where nothing is."""
    if values is None:
        return DEFAULT_USER
    if not isinstance(values, dict):
        raise InvalidInput(f"{_short(values)} is not a user: it must be an object.", "/user")
    for name, value in values.items():
        if name not in _USER_FIELDS:
            raise InvalidInput(
                f"A user has no {name!r}, only {', '.join(_USER_FIELDS)}.", f"/user/{_escape(name)}"
            )
        if value is not None:
            check_text(value, f"/user/{name}")
    user_id = values.get("id") or DEFAULT_USER.id
    email = values.get("email", DEFAULT_USER.email if user_id == DEFAULT_USER.id else None)
    org_id = values.get("org_id")
    return UserRecord(id=user_id, email=email, org_id=org_id, owner_id=owner_id_of(user_id, org_id))


def user_from_option(text: str | None) -> JsonObject | None:
    """Return the user that `--user` names: an id, or an e-mail address."""
    if not text:
        return None
    name, at, _ = text.partition("@")
    return {"id": name or text, "email": text if at else f"{text}@localhost"}


def _check_attachment(value: object, pointer: str) -> None:
    if not isinstance(value, dict):
        raise InvalidInput(f"{_short(value)} is not an attachment: it must be an object.", pointer)
    for name in ("name", "content_type", "url"):
        if name not in value:
            raise InvalidInput(f"An attachment needs {name!r}.", f"{pointer}/{name}")
    for name, item in value.items():
        at = f"{pointer}/{_escape(name)}"
        if name == "size":
            if (
                isinstance(item, bool)
                or not isinstance(item, int)
                or item < 0
                or item not in _INT_BITS
            ):
                raise InvalidInput(f"{_short(item)} is not a size in bytes.", at)
        elif name in ("name", "content_type", "url"):
            check_text(item, at)
        else:
            raise InvalidInput(f"An attachment has no {name!r}.", at)


def _escape(key: str) -> str:
    """Write a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
