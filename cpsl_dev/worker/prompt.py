"""The pdb prompt of a worker: like any other, on a borrowed terminal."""

from __future__ import annotations

import asyncio
import bdb
import contextlib
import dis
import inspect
import pdb
from types import FrameType
from typing import Any

from cpsl_dev.worker.breakpoints import Breakpoints

# Stepping goes past these: they are what runs the app, not the app. The main module is the
# worker's own; the app's has a name.
_RUNTIME = (
    "__main__",
    "asyncio",
    "asyncio.*",
    "concurrent.*",
    "contextlib",
    "cpsl",
    "cpsl.*",
    "cpsl_dev",
    "cpsl_dev.*",
    "importlib",
    "importlib.*",
    "runpy",
    "threading",
)
# Where a coroutine is when it awaits; since Python 3.13 already where it will go on.
_AWAITS = (dis.opmap["YIELD_VALUE"], dis.opmap["RESUME"])


class DebuggerQuit(bdb.BdbQuit):
    """Somebody has left the debugger with `quit`, which ends the turn."""

    def __init__(self) -> None:
        super().__init__("the debugger was left with quit")


class PdbPrompt(pdb.Pdb):
    """One stop at `breakpoint()`, and the steps from there.

    Args:
        breakpoints: Lends the terminal.
    """

    def __init__(self, breakpoints: Breakpoints) -> None:
        terminal: Any = breakpoints.terminal
        super().__init__(stdin=terminal, stdout=terminal, skip=_RUNTIME, nosigint=True)
        self.prompt = "(Pdb) "
        self._breakpoints = breakpoints
        self._goes_on = False
        self._returning: FrameType | None = None

    def interaction(self, frame: FrameType | None, *args: Any, **keywords: Any) -> None:
        """Ask for commands until one of them lets the code go on."""
        if frame is not None:
            try:
                self._breakpoints.begin(frame)
            except RuntimeError:
                # A later stop than the first: nobody is there any more, so it goes on.
                self.set_continue()
                return
        self._goes_on = False
        super().interaction(frame, *args, **keywords)
        if self._goes_on or self.quitting:
            self._breakpoints.end()
        else:
            self._breakpoints.end_soon()

    def trace_dispatch(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Follow the code; raise in it when the debugger was left."""
        try:
            return super().trace_dispatch(frame, event, arg)
        except bdb.BdbQuit:
            if self._breakpoints.is_released:
                _cancel_task()
                raise asyncio.CancelledError("the turn was cancelled at a breakpoint") from None
            raise DebuggerQuit from None

    def dispatch_call(self, frame: FrameType, arg: Any) -> Any:
        """Follow a function that is called; not what the runtime calls for itself."""
        if frame.f_trace is None and self._is_for_runtime(frame) and not self.breaks:
            return None
        return super().dispatch_call(frame, arg)

    def dispatch_return(self, frame: FrameType, arg: Any) -> Any:
        """Follow a frame that returns. For a coroutine that may only mean that it awaits."""
        if _is_coroutine(frame) and self.stop_here(frame):
            if _is_suspended(frame):
                if self.stopframe is None:
                    # Stop where this goes on, and not wherever the event loop goes meanwhile.
                    super().set_next(frame)
                return self.trace_dispatch
            if frame is self.stopframe:
                self._leave(frame)
                return self.trace_dispatch
        return super().dispatch_return(frame, arg)

    def user_return(self, frame: FrameType, return_value: Any) -> None:
        """Stop where a function of the app returns."""
        self._returning = frame
        try:
            super().user_return(frame, return_value)
        finally:
            self._returning = None

    def set_continue(self) -> None:
        """Go on, and give the terminal back."""
        self._goes_on = True
        super().set_continue()

    def set_step(self) -> None:
        """Stop at the next line, unless the app's code is about to be left."""
        if self._returning is not None and not self._has_caller(self._returning):
            self.set_continue()
        else:
            super().set_step()

    def set_next(self, frame: FrameType) -> None:
        """Stop at the next line of this frame, unless the app's code is about to be left."""
        if self._returning is not None and not self._has_caller(self._returning):
            self.set_continue()
        else:
            super().set_next(frame)

    def _leave(self, frame: FrameType) -> None:
        """Go on to who called a coroutine that is over, or just go on."""
        if self._has_caller(frame):
            super().set_step()
        else:
            self.set_continue()
            self._breakpoints.end()

    def _has_caller(self, frame: FrameType) -> bool:
        """Tell whether more than the runtime is left to return to."""
        above = frame.f_back
        while above is not None and self._is_runtime(above):
            above = above.f_back
        return above is not None

    def _is_for_runtime(self, frame: FrameType) -> bool:
        """Tell whether a function works for the runtime, and not for code that is followed."""
        above = frame.f_back
        while above is not None and not self._is_runtime(above):
            if above.f_trace is not None:
                return False
            above = above.f_back
        return True

    def _is_runtime(self, frame: FrameType) -> bool:
        return bool(self.is_skipped_module(frame.f_globals.get("__name__", "")))


def _is_coroutine(frame: FrameType) -> bool:
    return bool(frame.f_code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR))


def _is_suspended(frame: FrameType) -> bool:
    return frame.f_code.co_code[frame.f_lasti] in _AWAITS


def _cancel_task() -> None:
    """Let the turn end as one that was cancelled, where it runs in the event loop."""
    with contextlib.suppress(RuntimeError):
        task = asyncio.current_task()
        if task is not None:
            task.cancel()
