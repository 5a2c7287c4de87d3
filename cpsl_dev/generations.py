"""The numbers of generations: used up only by a load that succeeds, counted over restarts."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from cpsl.concurrency import spawn
from cpsl_dev.exceptions import StoreUnavailable
from cpsl_dev.journal import Journal, Transaction

_KEY = "generation"
_QUIET_SECONDS = 0.05


class Generations:
    """Knows which number was used last.

    Args:
        journal: Where it is kept.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._newest = 0

    async def read(self) -> None:
        """Go on with the number of the last run."""
        self._newest = int(await self._journal.read(lambda store: store.meta(_KEY, "0")))

    def claim(self) -> int:
        """Return the number for the next generation, without using it up."""
        return self._newest + 1

    def use(self, number: int) -> None:
        """A generation serves: nobody else gets its number."""
        self._newest = number
        spawn(self._keep_soon(), name="keep generation")

    def keep(self, tx: Transaction) -> None:
        """Write the number for the next run."""
        tx.store.set_meta(_KEY, str(self._newest))

    async def _keep_soon(self) -> None:
        # Not before the first answer of the new generation is out.
        await asyncio.sleep(_QUIET_SECONDS)
        # Without room on the disk, a later start may give the number to other code once more.
        with suppress(StoreUnavailable):
            await self._journal.write(self.keep)
