"""Paths as a developer names them in `watch` and `ignore`: `prompts`, `*.md`, `data/**/*.json`.

A pattern with a slash starts at the folder of the settings; one without matches a name at any
depth below it. A folder stands for all that is in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cpsl_dev.contents import is_database
from cpsl_dev.listings import Folder

_WILD = re.compile(r"[*?\[]")
_MOST_ENTRIES = 20_000
# No pattern means these unless it names them.
_SKIPPED = frozenset(("__pycache__", "node_modules", "site-packages", "venv"))


class Patterns:
    """A set of patterns.

    Args:
        texts: The patterns.
        base: Where they start.
    """

    def __init__(self, texts: Iterable[str], base: Path) -> None:
        self._patterns = [_parse(text, base) for text in texts if text.strip("/. ")]
        whole = "|".join(pattern.regex for pattern in self._patterns)
        self._regex = re.compile(f"(?:{whole})(?:/.*)?\\Z", re.DOTALL) if whole else None

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def matches(self, path: str) -> bool:
        """Tell whether a pattern names a path, or a folder that it is in."""
        return self._regex is not None and self._regex.match(path) is not None

    def find(self) -> tuple[list[str], list[Folder], list[str]]:
        """Return the files that are named, the folders where more may come, and warnings."""
        files: set[str] = set()
        folders: dict[str, bool] = {}
        warnings = []
        for pattern in self._patterns:
            seen = 0
            for folder, names, is_deep in _walk(pattern):
                folders[folder] = folders.get(folder, False) or is_deep
                seen += len(names)
                files.update(
                    path
                    for name in names
                    if self.matches(path := os.path.join(folder, name)) and not is_database(path)
                )
                if seen > _MOST_ENTRIES:
                    warnings.append(
                        f"watch = {pattern.text!r} means more than {_MOST_ENTRIES} files: "
                        f"only some of them are watched"
                    )
                    break
        places = [
            Folder(path=folder, pattern=self._regex, is_deep=is_deep)
            for folder, is_deep in folders.items()
        ]
        return (sorted(files), places, warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """One pattern: what it matches, and which files could match it."""

    text: str
    regex: str
    # Every match is in here, at most so many folders deep; None: at any depth.
    root: str
    depth: int | None


def _parse(text: str, base: Path) -> _Pattern:
    rest = text.strip().removeprefix("./").rstrip("/")
    while rest.startswith("../"):
        rest, base = rest.removeprefix("../"), base.parent
    if rest.startswith("/"):
        base, rest = Path("/"), rest.lstrip("/")
    start = f"{base}/".replace("//", "/")
    if "/" not in rest and not text.strip().startswith(("/", "./", "../")):
        regex = f"{re.escape(start)}(?:.*/)?{_translate(rest)}"
        is_plain = _WILD.search(rest) is None and os.path.exists(start + rest)
        root = start + rest if is_plain else str(base)
        return _Pattern(text=text, regex=regex, root=root, depth=None)
    fixed = rest[: wild.start()] if (wild := _WILD.search(rest)) else rest
    root = start + (fixed.rpartition("/")[0] if wild else fixed)
    depth = None if not wild or "**" in rest else rest[wild.start() :].count("/")
    return _Pattern(
        text=text, regex=re.escape(start) + _translate(rest), root=root.rstrip("/"), depth=depth
    )


def _translate(glob: str) -> str:
    pieces = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", glob):
        match piece:
            case "**/":
                pieces.append("(?:.*/)?")
            case "**":
                pieces.append(".*")
            case "*":
                pieces.append("[^/]*")
            case "?":
                pieces.append("[^/]")
            case _ if piece.startswith("[") and piece.endswith("]"):
                inner = piece[1:-1].replace("\\", "\\\\")
                pieces.append(f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]")
            case _:
                pieces.append(re.escape(piece))
    return "".join(pieces)


def _walk(pattern: _Pattern) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each folder that a pattern could match in, its files, and whether to go deeper."""
    if not os.path.isdir(pattern.root):
        yield (os.path.dirname(pattern.root), [os.path.basename(pattern.root)], False)
        return
    for folder, below, names in os.walk(pattern.root):
        level = folder.removeprefix(pattern.root).count("/")
        is_deep = pattern.depth is None or level < pattern.depth
        below[:] = [
            name for name in below if is_deep and name not in _SKIPPED and not name.startswith(".")
        ]
        yield (folder, names, is_deep)
