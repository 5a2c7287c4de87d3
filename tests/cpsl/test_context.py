from __future__ import annotations

import asyncio
import threading

import pytest

from cpsl.context import (
    LOCAL_IDENTITY,
    Identity,
    acting_for,
    active_identity,
    current_session,
    raise_if_stopped,
    stoppable,
)
from cpsl.session import Session, SessionChannel, UserInfo


def make_session(session_id: str = "s1") -> Session:
    return Session(session_id, UserInfo("dev"), SessionChannel("chat"))


def test_there_is_no_session_outside_of_handlers() -> None:
    assert current_session() is None
    assert active_identity() is None


def test_session_and_identity_are_active_inside_the_block() -> None:
    session = make_session()
    identity = Identity(user_id="u1", owner_id="org:acme", session_id="s1")

    with acting_for(session, identity):
        assert current_session() is session
        assert active_identity() is identity

    assert current_session() is None
    assert active_identity() is None


def test_blocks_can_be_nested() -> None:
    outer, inner = make_session("outer"), make_session("inner")

    with acting_for(outer, LOCAL_IDENTITY):
        with acting_for(inner, LOCAL_IDENTITY):
            assert current_session() is inner
        assert current_session() is outer


async def test_tasks_and_threads_of_asyncio_see_the_session() -> None:
    session = make_session()

    async def read() -> Session | None:
        return current_session()

    with acting_for(session, LOCAL_IDENTITY):
        task = asyncio.ensure_future(read())
        thread = asyncio.to_thread(current_session)
    found = [await task, await thread]

    assert found[0] is session
    assert found[1] is None or found[1] is session


def test_local_identity_is_the_developer() -> None:
    local = LOCAL_IDENTITY

    assert local == Identity(user_id="dev", owner_id="dev", email="dev@localhost")


def test_nothing_is_stopped_outside_of_plain_handlers() -> None:
    raise_if_stopped()


def test_stop_ends_only_what_runs_inside_the_block() -> None:
    stop = threading.Event()

    with stoppable(stop):
        raise_if_stopped()
        stop.set()
        with pytest.raises(asyncio.CancelledError, match="the turn of this handler was cancelled"):
            raise_if_stopped()

    raise_if_stopped()
