"""Which session and which identity the running code acts for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpsl.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """On whose behalf data is read and written. `session_id` is empty outside of sessions."""

    user_id: str
    owner_id: str
    email: str | None = None
    org_id: str | None = None
    session_id: str = ""


LOCAL_IDENTITY = Identity(user_id="dev", owner_id="dev", email="dev@localhost")

_session: ContextVar[Session | None] = ContextVar("cpsl_session", default=None)
_identity: ContextVar[Identity | None] = ContextVar("cpsl_identity", default=None)
_stop: ContextVar[threading.Event | None] = ContextVar("cpsl_stop", default=None)


def current_session() -> Session | None:
    """Return the session that the running handler acts for, or None outside of handlers.

    Helpers that a handler calls see it, and so do the threads, executor jobs and asyncio tasks
    that the handler starts, also after its turn is over.
    """
    return _session.get()


def active_identity() -> Identity | None:
    """Return on whose behalf the running code acts, or None outside of handlers and hooks."""
    return _identity.get()


@contextmanager
def acting_for(session: Session | None, identity: Identity) -> Iterator[None]:
    """Make `session` the current one, and `identity` the active one, inside the block."""
    session_token = _session.set(session)
    identity_token = _identity.set(identity)
    try:
        yield
    finally:
        _identity.reset(identity_token)
        _session.reset(session_token)


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Let `stop` end what runs inside the block, and the threads and tasks that it starts."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def raise_if_stopped() -> None:
    """Raise `CancelledError` in a plain handler whose turn was cancelled.

    A thread cannot be interrupted; this ends it at the next thing that it tells its session.
    """
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise asyncio.CancelledError("the turn of this handler was cancelled")
