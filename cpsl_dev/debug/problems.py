"""What went wrong with a request, as the problem documents of RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping

from cpsl.records import JsonObject
from cpsl_dev.exceptions import (
    BlockNotFound,
    BlockNotWaiting,
    CodeNotLive,
    DevError,
    InvalidInput,
    NoGeneration,
    NotPaused,
    PatchTestFailed,
    QueueFull,
    RevisionMoved,
    SessionExists,
    SessionMoved,
    SessionNotFound,
    StoreUnavailable,
    TurnNotFound,
    TurnNotOver,
    TurnOver,
)

MEDIA_TYPE = "application/problem+json"

# Name of the problem, which ends its `type`: status and title.
KINDS: dict[str, tuple[int, str]] = {
    "malformed-request": (400, "The request is not valid HTTP"),
    "invalid-query": (400, "A part of the request is not what it should be"),
    "invalid-json": (400, "The body is not JSON"),
    "no-token": (401, "The token is missing or wrong"),
    "host-not-allowed": (403, "The Host header is not one of this server"),
    "origin-not-allowed": (403, "Pages of this origin may not call this server"),
    "not-found": (404, "There is nothing at this path"),
    "session-not-found": (404, "There is no such session"),
    "turn-not-found": (404, "There is no such turn"),
    "block-not-found": (404, "There is no such block"),
    "no-app": (503, "No app has been loaded yet"),
    "method-not-allowed": (405, "The path does not take this method"),
    "too-slow": (408, "The request took too long to arrive"),
    "session-exists": (409, "The session exists already"),
    "turn-over": (409, "The turn is over"),
    "turn-not-over": (409, "The turn is not over"),
    "session-moved": (409, "The session has moved on"),
    "not-paused": (409, "No code has stopped there"),
    "code-not-live": (409, "The code on the disk does not run"),
    "block-not-waiting": (409, "The block waits for no answer"),
    "test-failed": (409, "A test of the patch failed"),
    "revision-moved": (412, "The session changed meanwhile"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-type": (415, "The body is of a type that is not taken"),
    "invalid-input": (422, "A value cannot be taken"),
    "queue-full": (429, "Too many turns wait"),
    "headers-too-large": (431, "The request's head is too large"),
    "bug": (500, "The dev server failed"),
    "no-generation": (503, "No generation of the app can serve"),
    "too-many-clients": (503, "Too many clients are connected"),
    "stopping": (503, "The dev server is stopping"),
    "store-unavailable": (507, "The store cannot be written"),
}
_NAMES: dict[type[DevError], str] = {
    InvalidInput: "invalid-input",
    SessionNotFound: "session-not-found",
    TurnNotFound: "turn-not-found",
    SessionExists: "session-exists",
    TurnOver: "turn-over",
    TurnNotOver: "turn-not-over",
    SessionMoved: "session-moved",
    NotPaused: "not-paused",
    BlockNotFound: "block-not-found",
    BlockNotWaiting: "block-not-waiting",
    CodeNotLive: "code-not-live",
    PatchTestFailed: "test-failed",
    RevisionMoved: "revision-moved",
    QueueFull: "queue-full",
    NoGeneration: "no-generation",
    StoreUnavailable: "store-unavailable",
}


class Problem(Exception):
    """An answer that is not what was asked for.

    Args:
        name: One of `KINDS`.
        detail: What was wrong and the way out, for the person who reads it.
        pointer: JSON pointer to the field at fault.
        headers: More headers for the answer.
        closes: True when the connection cannot be used any further.
    """

    def __init__(
        self,
        name: str,
        detail: str,
        *,
        pointer: str | None = None,
        headers: Mapping[str, str] | None = None,
        closes: bool = False,
    ) -> None:
        super().__init__(detail)
        self.name = name
        self.status, self.title = KINDS[name]
        self.detail = detail
        self.pointer = pointer
        self.headers = dict(headers or {})
        self.closes = closes

    def to_json(self) -> JsonObject:
        """Return the problem document."""
        document: JsonObject = {
            "type": f"urn:cpsl:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.pointer is not None:
            document["pointer"] = self.pointer
        return document


def problem_of(error: DevError) -> Problem:
    """Return the problem that an error of the dev server is to a client."""
    name = next((_NAMES[kind] for kind in type(error).__mro__ if kind in _NAMES), "bug")
    pointer = error.pointer if isinstance(error, InvalidInput) else None
    headers = {}
    if isinstance(error, (QueueFull, NoGeneration)):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return Problem(name, str(error), pointer=pointer, headers=headers)
