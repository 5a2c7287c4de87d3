"""`Chain`: which word follows which in a text, and stories that follow it."""

import random
import re
from collections.abc import Iterator
from itertools import pairwise

_WORD = re.compile(r"[\w']+[.,;:!?]?")
_MARKS = ".,;:!?"
_ENDS = (".", "!", "?")
LONGEST_STORY = 40


class Chain:
    """A Markov chain over the words of a text."""

    def __init__(self, text: str) -> None:
        words = _WORD.findall(text)
        self._next: dict[str, list[str]] = {}
        for word, following in pairwise(words):
            self._next.setdefault(word, []).append(following)

    def known_word(self, text: str) -> str | None:
        """Return the last word of `text` that a story can begin with, if there is one."""
        names = [word.rstrip(_MARKS).lower() for word in _WORD.findall(text)]
        return next((name for name in reversed(names) if name in self._next), None)

    def example(self) -> str:
        """Return a word that a story can begin with: the one with the most ways to go on."""
        return max(self._next, key=lambda word: len(set(self._next[word])), default="")

    def story(self, first: str, sentences: int = 2) -> Iterator[str]:
        """Yield the words of a story; the same first word gives the same story."""
        # The seed makes a story repeatable, for the conversation that is played as a test.
        choose = random.Random(first)
        word, left = first, sentences
        for _ in range(LONGEST_STORY):
            yield word
            left -= word.endswith(_ENDS)
            if left == 0 or word not in self._next:
                return
            word = choose.choice(self._next[word])
