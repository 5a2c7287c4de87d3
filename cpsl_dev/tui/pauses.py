"""Code that stops at `breakpoint()`: the screen steps aside, and pdb has the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from cpsl_dev.debugger import Pause
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import NotPaused
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.debugger_proxy import proxy_terminal
from cpsl_dev.tui.summaries import place_of


class Pauses:
    """Lends the terminal to one stop after another.

    Args:
        link: The way to the server.
        step_aside: Returns a context in which the terminal is free.
        note: Says in the header where code stands still; nothing when it goes on.
    """

    def __init__(
        self,
        link: CoreLink,
        *,
        step_aside: Callable[[], AbstractContextManager[None]],
        note: Callable[[str], None],
    ) -> None:
        self._link = link
        self._step_aside = step_aside
        self._note = note
        self._stopped: asyncio.Queue[Pause] = asyncio.Queue()
        self._attached: asyncio.Queue[tuple[Pause, int]] = asyncio.Queue()
        self._places: dict[int, str] = {}
        # Written to when the screen ends: whoever waits for keys then lets go.
        self._ended, self._end = os.pipe()
        self._is_stopped = False

    async def run(self) -> None:
        """Serve every stop, until cancelled."""
        loop = asyncio.get_running_loop()

        def pass_on(pause: Pause) -> None:
            loop.call_soon_threadsafe(self._stopped.put_nowait, pause)

        await self._link.offer_terminal(pass_on)
        await asyncio.gather(self._attach(), self._serve())

    def take(self, event: Event) -> None:
        """Say where code stands still."""
        pid = event.fields.get("pid")
        if event.kind == "worker.paused" and isinstance(pid, int):
            place = place_of(event.fields.get("file"), event.fields.get("line"))
            self._places[pid] = place
        elif event.kind in ("worker.resumed", "worker.exited") and pid in self._places:
            del self._places[pid]
        else:
            return
        places = ", ".join(self._places.values())
        self._note(f"paused at {places}" if places else "")

    def session_opened(self) -> None:
        """Nothing here depends on the session."""

    def stop(self) -> None:
        """Take the terminal back, and let what still waits go."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._link.take_terminal_back()
        with contextlib.suppress(OSError):
            os.write(self._end, b"x")
        while not self._attached.empty():
            os.close(self._attached.get_nowait()[1])

    async def _attach(self) -> None:
        """Take over every stop at once, so that none runs out of time while another is shown."""
        while True:
            pause = await self._stopped.get()
            # It may have gone on; and without a pseudo-terminal `breakpoint()` says so itself.
            with contextlib.suppress(NotPaused, OSError):
                descriptor = await self._link.attach_debugger(pause.pid)
                self._attached.put_nowait((pause, descriptor))

    async def _serve(self) -> None:
        while True:
            pause, descriptor = await self._attached.get()
            with self._step_aside():
                await asyncio.to_thread(
                    proxy_terminal, descriptor, hint=_hint(pause), until=self._ended
                )


def _hint(pause: Pause) -> str:
    place = safe_text(place_of(pause.file, pause.line), newlines=False)
    return f"\r\n── {place} · c goes on · q ends the turn · ctrl+\\ leaves ──\r\n"
