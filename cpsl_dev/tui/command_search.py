"""What the command palette finds: commands by their title, and by what they are said to do."""

from __future__ import annotations

from textual.command import Hit, Hits
from textual.content import Content
from textual.system_commands import SystemCommandsProvider

# Shorter ones are in every other sentence.
_SHORTEST = 3
# Below whatever a match of the title is worth.
_LEAST_SCORE = 1e-6


class CommandSearch(SystemCommandsProvider):
    """Searches the titles of the commands, then their explanations."""

    async def search(self, query: str) -> Hits:
        """Find the commands that fit a query."""
        matcher = self.matcher(query)
        words = query.casefold().split()
        async for hit in super().search(query):
            yield hit
        if len(query.strip()) < _SHORTEST:
            return
        for title, explained, run, *_ in self.app.get_system_commands(self.screen):
            text = explained.casefold()
            if not matcher.match(title) and all(word in text for word in words):
                yield Hit(_LEAST_SCORE, Content(title), run, text=title, help=explained)
