"""The commands of the palette, found by what they are called and by what they do."""

from __future__ import annotations

from textual.command import Hit, Hits
from textual.system_commands import SystemCommandsProvider

# Below any title that matches.
_BY_HELP = 0.001


class ActionsProvider(SystemCommandsProvider):
    """Finds `Replay on save` by `pin`, and `Error details` by `traceback`."""

    async def search(self, query: str) -> Hits:
        """Return what has the query in its title; after that, what has it in its explanation."""
        titles = set()
        async for hit in super().search(query):
            titles.add(str(hit.text))
            yield hit
        for name, text, run, _ in self.app.get_system_commands(self.screen):
            if name not in titles and query.casefold() in text.casefold():
                yield Hit(_BY_HELP, name, run, text=name, help=text)
