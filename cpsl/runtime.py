"""`Runtime`: boots an app, runs its turns and hooks. The only module that calls handlers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from cpsl.context import LOCAL_IDENTITY, Identity, acting_for
from cpsl.dispatch import choose_action, choose_message_handler
from cpsl.events import EventSink
from cpsl.files import FileStore
from cpsl.handlers import Declarations, Handler
from cpsl.hydration import identity_of, make_message, make_session
from cpsl.messages import Message
from cpsl.plain_handlers import run_in_thread
from cpsl.questions import Questions
from cpsl.records import JsonObject
from cpsl.session import Session, bind_session
from cpsl.thread_context import install_thread_context
from cpsl.tracebacks import describe_exception
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl.turns import Surroundings, Turn

SHUTDOWN_SECONDS = 5.0


class Runtime:
    """Runs one app: the handlers of `declarations`, telling `sink` what happens.

    Everything runs on the event loop that calls; plain functions run in threads. Sessions run side
    by side; the caller runs the turns of one session one after another.

    Args:
        files: Where files of conversations are kept; None where none can be.
    """

    def __init__(
        self,
        declarations: Declarations,
        sink: EventSink,
        *,
        is_user_file: Callable[[str], bool],
        clock: Callable[[], datetime],
        files: FileStore | None = None,
        owner: Identity = LOCAL_IDENTITY,
    ) -> None:
        self._declarations = declarations
        self._questions = Questions()
        self._surroundings = Surroundings(
            sink=sink,
            run_action=self._run_action,
            questions=self._questions,
            files=files,
            integrations={item["type"]: item for item in declarations.integrations},
        )
        self._is_user_file = is_user_file
        self._clock = clock
        self._owner = owner
        install_thread_context()

    async def boot(self) -> None:
        """Run the boot hook, on behalf of the owner; raises what the hook raises."""
        if self._declarations.boot is not None:
            with acting_for(None, self._owner):
                await self._call(self._declarations.boot)

    async def shutdown(self) -> None:
        """Run the shutdown hook; raises what it raises, or `TimeoutError` after 5 seconds."""
        hook = self._declarations.shutdown
        if hook is None:
            return
        limit = asyncio.timeout(SHUTDOWN_SECONDS)
        try:
            async with limit:
                with acting_for(None, self._owner):
                    await self._call(hook)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeoutError(
                f"the shutdown hook {hook.name} took longer than {SHUTDOWN_SECONDS:g} s"
            ) from error

    async def close_session(self, state: SessionState) -> None:
        """Run the exit hook; raises what it raises, after telling what it said and changed."""
        if self._declarations.exit is None:
            return
        session, turn = self._open(state, 0)
        try:
            with acting_for(session, identity_of(session)):
                await self._call(self._declarations.exit, session)
        finally:
            turn.finish()

    async def run_turn(self, request: TurnRequest) -> None:
        """Run the handler of one message. Never raises: how it went is the last event told."""
        session, turn = self._open(request.session, request.turn)
        files = self._surroundings.files
        message = make_message(request.message, now=self._clock().timestamp(), files=files)
        with acting_for(session, identity_of(session)):
            error = await _outcome(self._handle(request, session, message))
        is_cancelled = _was_cancelled()
        if is_cancelled and isinstance(error, asyncio.CancelledError):
            error = None
        record = describe_exception(error, self._is_user_file) if error is not None else None
        if is_cancelled:
            turn.end("interrupted", reason="cancelled", error=record)
        else:
            turn.end("failed" if record is not None else "done", error=record)

    def answer_block(self, session_id: str, block_id: str, answer: JsonObject | None) -> bool:
        """Answer a prompt that waits, from any thread; None says that nobody will.

        Returns:
            Whether it was still waiting. Its block says how it ended by then.
        """
        return self._questions.answer(session_id, block_id, answer)

    def _open(self, state: SessionState, number: int) -> tuple[Session, Turn]:
        session = make_session(state, self._surroundings.files)
        turn = Turn(session, number, self._surroundings)
        bind_session(session, turn)
        return session, turn

    async def _handle(self, request: TurnRequest, session: Session, message: Message) -> None:
        if request.is_new and self._declarations.enter is not None:
            await self._call(self._declarations.enter, session)
        handler = choose_message_handler(self._declarations, session, chat=request.chat)
        if handler is not None:
            await self._call(handler, session, message)

    async def _run_action(self, session: Session, name: str, payload: dict[str, Any]) -> Any:
        handler, argument = choose_action(self._declarations, session, name, payload)
        return await self._call(handler, session, argument)

    async def _call(self, handler: Handler, *args: Any) -> Any:
        function = handler.function
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        # What is called may turn out to be async after all: a partial, a callable object.
        result = await run_in_thread(function, *args)
        return await result if inspect.isawaitable(result) else result


async def _outcome(handling: Coroutine[Any, Any, None]) -> BaseException | None:
    """Run a handler and return what it raised."""
    try:
        await handling
    except BaseException as error:  # noqa: BLE001 - a turn ends here, whatever its handler did
        return error
    return None


def _was_cancelled() -> bool:
    """True if the turn itself was cancelled, not something that its handler waited for."""
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        return False
    while task.uncancel():
        pass
    return True
