"""What a load was made from, as far as it got: its files, and where it looked for more."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cpsl.records import JsonObject
from cpsl_dev.contents import Hashes
from cpsl_dev.listings import Folder

_MODULE_FILE = re.compile(r".*/[^\W\d]\w*\.py\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFrom:
    """What a load was made from.

    Args:
        sources: Every file that it imported or read.
        folders: Where its imports looked.
        listed: Folders that it looked through, and may have imported whatever was there.
        modules: The modules that matter there; None: any new one may.
    """

    sources: Hashes
    folders: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    modules: frozenset[str] | None = None

    def import_folders(self) -> list[Folder]:
        """Return the folders where a new file would be imported."""
        found = {os.path.dirname(path) for path in self.sources if path.endswith(".py")}
        return [
            Folder(
                path=path,
                modules=self.modules,
                pattern=_MODULE_FILE if path in self.listed else None,
            )
            for path in sorted(found | self.folders | self.listed)
        ]


def made_from(facts: JsonObject, seen: Hashes, folder: Path) -> MadeFrom:
    """Return what a load was made from.

    Args:
        facts: The worker's last word.
        seen: What it told before, all there is when it died.
        folder: The app's folder.
    """
    if not facts["sources"]:
        # It did not get as far as to say which modules matter.
        return MadeFrom(sources=dict(seen), folders=frozenset([str(folder)]))
    found = {name.partition(".")[0] for name in facts.get("modules", ())}
    for path in facts["sources"]:
        found |= {Path(path).stem, os.path.basename(os.path.dirname(path))}
    return MadeFrom(
        sources=facts["sources"],
        folders=frozenset([str(folder), *facts["folders"]]),
        listed=frozenset(facts["listed"]),
        modules=frozenset(found | {"__init__"} | set(facts["missing"])),
    )
