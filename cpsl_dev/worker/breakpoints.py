"""`breakpoint()` in the app's code: a pdb prompt on a terminal that the supervisor lends.

The worker has no terminal. Where the code stops, it tells `worker.paused` and waits for
`AttachDebugger`, which names a pseudo-terminal, or says that there is none; then the call raises.
While somebody steps, the terminal stays; it is given back, with `worker.resumed`, on `continue`
and `quit`, and when the code has run on for a moment.
"""

from __future__ import annotations

import asyncio
import io
import os
import queue
import select
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from cpsl_dev.protocol import AttachDebugger
from cpsl_dev.worker.editor import has_editor, stop_in_editor
from cpsl_dev.worker.output import current_turn
from cpsl_dev.worker.reporter import Reporter

# The supervisor answers earlier than this; it may be gone.
_OFFER_SECONDS = 20.0
# Code that was stepped on and does not stop again gives the terminal back after this.
_GRACE_SECONDS = 0.7
_INTERRUPT = 0x03


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where code has stopped, and in which turn."""

    file: str
    line: int
    text: str
    session_id: str | None
    turn: int | None

    @property
    def name(self) -> str:
        """The place as people read it."""
        return f"{_shown(self.file)}:{self.line}"


class Prompt(Protocol):
    """Follows code from where it has stopped, and asks what to do."""

    def set_trace(self, frame: FrameType) -> None:
        """Begin in a frame."""


class Breakpoints:
    """What `breakpoint()` does in this process. One place at a time can be stopped at.

    Args:
        reporter: Tells that code has stopped, and that it goes on.
        make_prompt: Makes what asks the developer, when code stops for the first time.
    """

    def __init__(self, reporter: Reporter, make_prompt: Callable[[Breakpoints], Prompt]) -> None:
        self.terminal = BorrowedTerminal()
        self._reporter = reporter
        self._make_prompt = make_prompt
        # Held by the thread that has stopped, and let go by whoever lets it go on.
        self._turn = threading.Lock()
        self._offers: queue.SimpleQueue[AttachDebugger] = queue.SimpleQueue()
        self._place: Place | None = None
        self._thread: int | None = None
        self._is_released = False
        self._state = threading.RLock()
        self._grace: threading.Timer | None = None

    @property
    def is_loop_stopped(self) -> bool:
        """True while the event loop stands still because code in it has stopped."""
        return self._thread == threading.main_thread().ident

    @property
    def is_released(self) -> bool:
        """True once the turn that has stopped is to end."""
        return self._is_released

    def install(self) -> None:
        """Let `breakpoint()` come here."""
        sys.breakpointhook = self._stop

    def offer(self, offer: AttachDebugger) -> None:
        """Take what the supervisor says about a terminal; from the control thread."""
        self._offers.put(offer)

    def release(self, session_id: str | None = None, turn: int | None = None) -> None:
        """End what has stopped in a turn, or anywhere; from the control thread."""
        place = self._place
        if place is None or (session_id is not None and _key(place) != (session_id, turn)):
            return
        self._is_released = True
        self._offers.put(AttachDebugger(tty=None, reason="the turn was cancelled"))
        self.terminal.interrupt()

    def begin(self, frame: FrameType) -> None:
        """Stop here: borrow a terminal, unless this thread has one already.

        Raises:
            RuntimeError: there is none.
        """
        with self._state:
            self._stop_grace()
            if self._thread == threading.get_ident():
                return
        self._turn.acquire()
        self._is_released = False
        self._place, self._thread = _place_of(frame), threading.get_ident()
        try:
            self._borrow(self._place)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Give the terminal back, and go on."""
        with self._state:
            self._stop_grace()
            if self._thread is None:
                return
            place, self._place, self._thread = self._place, None, None
            self.terminal.close()
            assert place is not None
            self._reporter.tell("worker.resumed", session_id=place.session_id, turn=place.turn)
            self._turn.release()

    def end_soon(self) -> None:
        """Give the terminal back unless the code stops again in a moment."""
        with self._state:
            self._stop_grace()
            timer = threading.Timer(_GRACE_SECONDS, lambda: self._end_after_grace(timer))
            timer.daemon = True
            self._grace = timer
            timer.start()

    def _stop(self, *args: Any, **keywords: Any) -> Any:
        if os.environ.get("PYTHONBREAKPOINT"):
            # The developer has chosen another debugger, or none.
            return sys.__breakpointhook__(*args, **keywords)
        frame = sys._getframe(1)  # noqa: SLF001 - the documented way to see who calls
        if has_editor():
            return stop_in_editor(frame)
        self.begin(frame)
        self._make_prompt(self).set_trace(frame)
        return None

    def _borrow(self, place: Place) -> None:
        while not self._offers.empty():
            self._offers.get()
        self._reporter.tell(
            "worker.paused",
            file=place.file,
            line=place.line,
            text=place.text,
            session_id=place.session_id,
            turn=place.turn,
        )
        try:
            offer = self._offers.get(timeout=_OFFER_SECONDS)
        except queue.Empty:
            offer = AttachDebugger(tty=None, reason="nobody answers")
        if self._is_released:
            raise asyncio.CancelledError("the turn was cancelled at a breakpoint")
        if offer.tty is None:
            raise RuntimeError(f"breakpoint() at {place.name} {offer.reason}")
        try:
            self.terminal.open(offer.tty)
        except OSError as error:
            said = f"breakpoint() at {place.name}: the terminal cannot be used: {error.strerror}"
            raise RuntimeError(said) from error
        self._reporter.tell("worker.attached", tty=offer.tty)

    def _end_after_grace(self, timer: threading.Timer) -> None:
        with self._state:
            # The code may have stopped again while this waited for the lock.
            if self._grace is timer:
                self.end()

    def _stop_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None


class BorrowedTerminal(io.TextIOBase):
    """The input and the output of a prompt, on a pseudo-terminal that comes and goes.

    Ctrl-C raises `KeyboardInterrupt` in the thread that reads, whichever it is: a signal would
    reach the main thread only, where the event loop may run.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self._wake: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def open(self, path: str) -> None:
        """Use the terminal at `path`.

        Raises:
            OSError: it cannot be opened.
        """
        # Not as the controlling terminal, which would turn keys into signals.
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            _take_interrupts_as_text(descriptor)
        except termios.error as error:
            os.close(descriptor)
            raise OSError(*error.args) from error
        self._descriptor, self._wake = descriptor, os.pipe()

    def close(self) -> None:
        """Let go of the terminal, whose other side sees its end."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            wake, self._wake = self._wake, None
            for number in (descriptor, *(wake or ())):
                if number is not None:
                    os.close(number)

    def interrupt(self) -> None:
        """Make the one who reads see the end, from another thread."""
        with self._lock:
            if self._wake is not None:
                os.write(self._wake[1], b"x")

    def isatty(self) -> bool:
        """Say that it is a terminal while it is open."""
        return self._descriptor is not None

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        if self._descriptor is None:
            raise OSError("the terminal is closed")
        return self._descriptor

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """Return the next line; nothing when the terminal is gone or the turn is to end.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if self._descriptor is None or self._wake is None:
            return ""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._wake[0], select.POLLIN)
        try:
            ready = {number for number, _ in poll.poll()}
            if self._wake[0] in ready:
                return ""
            data = os.read(self._descriptor, 65_536)
        except OSError:
            return ""
        if data.endswith(bytes([_INTERRUPT])):
            raise KeyboardInterrupt
        return data.decode("utf-8", "replace")

    def write(self, text: str, /) -> int:
        """Write; nothing where nobody is there to see it."""
        data = text.encode("utf-8", "replace")
        try:
            while data and self._descriptor is not None:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            pass
        return len(text)

    def flush(self) -> None:
        """Do nothing: what is written is there at once."""


def _take_interrupts_as_text(descriptor: int) -> None:
    """Let Ctrl-C end a line as enter does, so that whoever reads gets it at once."""
    mode = termios.tcgetattr(descriptor)
    mode[3] = (mode[3] | termios.ICANON | termios.ECHO) & ~termios.ISIG
    mode[6][termios.VEOL] = bytes([_INTERRUPT])
    termios.tcsetattr(descriptor, termios.TCSANOW, mode)


def _place_of(frame: FrameType) -> Place:
    import linecache  # noqa: PLC0415 - only those who debug need it

    file = frame.f_code.co_filename
    session_id, turn = current_turn.get()
    return Place(
        file=file,
        line=frame.f_lineno,
        text=linecache.getline(file, frame.f_lineno, frame.f_globals).strip(),
        session_id=session_id,
        turn=turn,
    )


def _key(place: Place) -> tuple[str | None, int | None]:
    return (place.session_id, place.turn)


def _shown(file: str) -> str:
    try:
        inside = os.path.relpath(file)
    except (OSError, ValueError):
        return file
    return file if inside.startswith(os.pardir) else inside
