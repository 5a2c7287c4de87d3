"""What the screen remembers from one run to the next."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Preferences:
    """The choices of the user, and of a project's last session."""

    theme: str = ""
    inspector_tab: str = "Data"
    group: str = "all"
    session_id: str = ""
    chat_share: int = 60
    events_share: int = 30
    zoomed: str = ""


def load_preferences(path: Path) -> Preferences:
    """Read the file; what is missing or wrong there is as it would be without one."""
    preferences = Preferences()
    with contextlib.suppress(OSError, orjson.JSONDecodeError):
        found = orjson.loads(path.read_bytes())
        for name, default in asdict(preferences).items():
            value = found.get(name) if isinstance(found, dict) else None
            if type(value) is type(default):
                setattr(preferences, name, value)
    return preferences


def save_preferences(path: Path, preferences: Preferences) -> None:
    """Write the file, in one step."""
    written = path.with_suffix(".new")
    try:
        written.write_bytes(orjson.dumps(asdict(preferences), option=orjson.OPT_INDENT_2))
        written.replace(path)
    except OSError as error:
        logger.warning("The preferences of the screen cannot be kept: %s", error)
