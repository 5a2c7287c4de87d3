from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from multiprocessing.pool import ThreadPool

import pytest

from cpsl.context import LOCAL_IDENTITY, acting_for, current_session
from cpsl.session import Session, SessionChannel, UserInfo
from cpsl.thread_context import install_thread_context

variable: ContextVar[str] = ContextVar("variable", default="unset")


@pytest.fixture(autouse=True)
def installed() -> None:
    install_thread_context()


@pytest.fixture
def session() -> Iterator[Session]:
    session = make_session("s1")
    with acting_for(session, LOCAL_IDENTITY):
        yield session


def make_session(session_id: str) -> Session:
    return Session(session_id, UserInfo("dev"), SessionChannel("chat"))


class Reader(threading.Thread):
    """Reads in `run`, as threads that are made by subclassing do."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Session | None = None
        self.value = ""

    def run(self) -> None:
        self.found = current_session()
        self.value = variable.get()


def read_in_thread() -> Reader:
    reader = Reader()
    reader.start()
    reader.join()
    return reader


def test_thread_sees_the_session_and_all_context(session: Session) -> None:
    variable.set("mine")

    reader = read_in_thread()

    assert reader.found is session
    assert reader.value == "mine"


def test_thread_with_a_target_sees_the_session(session: Session) -> None:
    found: list[Session | None] = []

    thread = threading.Thread(target=lambda: found.append(current_session()))
    thread.start()
    thread.join()

    assert found == [session]
    assert "run" not in vars(thread)


def test_thread_of_a_thread_sees_the_session(session: Session) -> None:
    found: list[Session | None] = []

    thread = threading.Thread(target=lambda: found.append(read_in_thread().found))
    thread.start()
    thread.join()

    assert found == [session]


def test_timer_sees_the_session(session: Session) -> None:
    found: list[Session | None] = []

    timer = threading.Timer(0, lambda: found.append(current_session()))
    timer.start()
    timer.join()

    assert found == [session]


def test_thread_outside_of_handlers_is_left_alone() -> None:
    assert read_in_thread().found is None


def test_executor_job_sees_the_session_it_was_submitted_in() -> None:
    first, second = make_session("first"), make_session("second")

    with ThreadPoolExecutor(1) as pool:
        with acting_for(first, LOCAL_IDENTITY):
            found = [pool.submit(current_session).result()]
        with acting_for(second, LOCAL_IDENTITY):
            found.append(pool.submit(current_session).result())
        found.append(pool.submit(current_session).result())

    assert found == [first, second, None]


def test_executor_map_and_arguments_work_in_a_session(session: Session) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda n: (n, current_session()), [1, 2]))
        power = pool.submit(pow, 2, exp=3).result()

    assert results == [(1, session), (2, session)]
    assert power == 8


def test_error_of_an_executor_job_reaches_the_caller(session: Session) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0).result()


def test_threads_of_a_pool_that_outlives_the_turn_keep_no_session(session: Session) -> None:
    with ThreadPool(1) as pool:
        assert pool.apply(current_session) is None


def test_error_in_a_thread_is_reported_as_ever(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reported.append)

    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()

    assert [item.exc_type for item in reported] == [ZeroDivisionError]


def test_installing_again_changes_nothing() -> None:
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    install_thread_context()

    assert threading.Thread.start is start
    assert ThreadPoolExecutor.submit is submit
