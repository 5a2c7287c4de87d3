"""Code that blocks the app's event loop: it is shown, and can be ended."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.records import JsonObject
from cpsl_dev.event_log import Event
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.summaries import any_text, place_of
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner

_LONGEST = 400
_ENDED = ("turn.finished", "turn.failed", "turn.interrupted")


class Stuck:
    """Keeps the banner up as long as a worker is stuck.

    Args:
        link: The way to the server.
        presenter: Cancels the turn of the session that is shown.
        banner: Where it is shown.
        tell: Says something to the user.
    """

    def __init__(
        self,
        link: CoreLink,
        presenter: Presenter,
        banner: StuckBanner,
        tell: Callable[[str, bool], None],
    ) -> None:
        self._link = link
        self._presenter = presenter
        self._banner = banner
        self._tell = tell
        self._workers: dict[int, JsonObject] = {}

    def take(self, event: Event) -> None:
        """Take what happens to workers."""
        pid = event.fields.get("pid")
        if event.kind == "worker.blocked" and isinstance(pid, int):
            self._workers[pid] = event.fields
        elif event.kind in ("worker.unblocked", "worker.exited") and pid in self._workers:
            del self._workers[pid]
        elif event.kind not in _ENDED or not self._end(event):
            return
        self._show()

    def _end(self, event: Event) -> bool:
        """Forget workers of which nobody waits for anything any more; tell if there are such."""
        for pid, fields in list(self._workers.items()):
            turns = fields.get("turns") or []
            left = [turn for turn in turns if turn != [event.session_id, event.turn]]
            self._workers[pid] = {**fields, "turns": left}
            if turns and not left:
                # A new worker serves; the old one is being ended.
                del self._workers[pid]
                return True
        return False

    def session_opened(self) -> None:
        """Nothing here depends on the session."""

    def stop(self) -> None:
        """There is nothing to end."""

    async def cancel(self) -> None:
        """Cancel the turn of this session; without one, those that are stuck."""
        if self._presenter.conversation.turns.running is None and self._workers:
            await self.cancel_stuck()
        else:
            await self._presenter.cancel()

    async def cancel_stuck(self) -> None:
        """Cancel every turn of the workers that are stuck."""
        for fields in list(self._workers.values()):
            for session_id, turn in fields.get("turns") or []:
                await self._link.cancel(session_id, turn)

    async def restart(self) -> None:
        """Let a new worker serve, and end the one before at once."""
        outcome = await self._link.restart_worker()
        if outcome.get("outcome") == "succeeded":
            self._tell("A new worker serves; what the one before still ran is ended.", False)
        else:
            self._tell("The app cannot be loaded now, so the worker goes on. esc cancels.", True)

    def _show(self) -> None:
        if not self._workers:
            self._banner.hide()
            return
        fields = list(self._workers.values())[-1]
        place = place_of(fields.get("file"), fields.get("line"))
        self._banner.show(place, any_text(fields.get("text"), _LONGEST))
