"""What went wrong last, whole: for the viewer, and to be said when the screen is gone."""

from __future__ import annotations

from dataclasses import asdict

from cpsl.records import JsonObject
from cpsl_dev.tui.summaries import error_line, place_of
from cpsl_dev.tui.turn_view import TurnViews
from cpsl_dev.tui.widgets.error_banner import Trouble


def newest_error(
    trouble: Trouble | None, turns: TurnViews, turn: int | None = None
) -> tuple[str, str] | None:
    """Return a title and the traceback of the newest error: of the load, or of a turn."""
    if trouble is not None and turn is None:
        error, where = trouble.error, "the newest save"
    else:
        failed = turns.last_failed(turn)
        if failed is None or failed.error is None:
            return None
        error, where = failed.error, f"turn {failed.turn}"
    place = f"{place_of(error.file, error.line)}\n{error.text or ''}".strip()
    text = error.traceback or f"{place}\n\n{error.type}: {error.message}".strip()
    return (f"{error.type} in {where}", text)


def last_words(trouble: Trouble | None, failure: JsonObject | None, folder: str) -> list[str]:
    """Return the error that a developer should still read when the screen is gone."""
    if trouble is not None:
        return [f"The newest save cannot run: {error_line(asdict(trouble.error))}"]
    if failure is not None:
        return [f"The last failed turn: {error_line(failure)}".replace(f"{folder}/", "")]
    return []
