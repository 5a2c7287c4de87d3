"""How long a load may go on when a newer save wants its place.

A person who saves again wants the newer code at once. A file that never rests would take the
place of every load, and nothing would ever be live: then each load is given more time than the
last one had.
"""

from __future__ import annotations

_MANY = 3
_FIRST_SECONDS = 0.5
_MOST_SECONDS = 5.0
# A save that comes this long after its turn is a person's.
_SLOW_SECONDS = 1.0


class Patience:
    """Counts the loads in a row that were cut short by a newer save."""

    def __init__(self) -> None:
        self._count = 0

    @property
    def seconds(self) -> float:
        """For how long no newer save may take the place of the load that begins now."""
        if self._count < _MANY:
            return 0.0
        return min(_FIRST_SECONDS * 2.0 ** (self._count - _MANY), _MOST_SECONDS)

    def note_superseded(self, ran_seconds: float) -> None:
        """A newer save has taken the place of a load that had run for so long."""
        is_hurried = ran_seconds < self.seconds + _SLOW_SECONDS
        self._count = self._count + 1 if is_hurried else 0

    def note_ended(self) -> None:
        """A load ran to its end."""
        self._count = 0
