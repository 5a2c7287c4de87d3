from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

import cpsl
from cpsl.description import describe

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
ROOT = str(Path(__file__).parent)


def described(app: cpsl.App, root: str = ROOT) -> dict[str, Any]:
    return describe(app.declarations(), "app.py:app", root, clock=lambda: NOW)


def test_an_app_is_described_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET_KEY", "s3cr3t")
    monkeypatch.delenv("UNSET_KEY", raising=False)
    app = cpsl.App("notes", image=cpsl.Image(), secrets=["SET_KEY", "UNSET_KEY"])
    app.collection("notes", scope="user", columns=["text"])
    app.setting("tone", default="warm")
    app.add_integration(cpsl.GitHub(client_id="i", client_secret="h1dden"))

    @app.boot()
    def begin() -> None: ...

    @app.message("sales", label="Sales")
    async def sell(session: Any, msg: Any) -> None: ...

    @app.task()
    def tidy() -> None: ...

    @app.schedule("0 9 * * *")
    def remind() -> None: ...

    result = described(app)

    line = begin.__code__.co_firstlineno + 1
    assert result == {
        "name": "notes",
        "entry": "app.py:app",
        "handlers": [
            {"kind": "boot", "name": "begin", "file": "test_description.py", "line": line},
            {
                "kind": "message",
                "name": "sell",
                "chat": "sales",
                "label": "Sales",
                "file": "test_description.py",
                "line": line + 3,
            },
        ],
        "tasks": [{"name": "tidy", "file": "test_description.py", "line": line + 6}],
        "schedules": [
            {
                "name": "remind",
                "cron": "0 9 * * *",
                "next": "2026-01-02T09:00:00Z",
                "file": "test_description.py",
                "line": line + 9,
            }
        ],
        "collections": [{"name": "notes", "scope": "user", "columns": ["text"]}],
        "settings": [{"name": "tone", "scope": "app", "type": "str", "default": "warm"}],
        "integrations": [{"type": "github", "mode": "oauth"}],
        "secrets": [
            {"name": "SET_KEY", "present": True},
            {"name": "UNSET_KEY", "present": False},
        ],
    }
    assert b"s3cr3t" not in orjson.dumps(result)
    assert b"h1dden" not in orjson.dumps(result)


def test_an_app_without_declarations_is_described_by_empty_lists() -> None:
    result = described(cpsl.App("notes"))

    assert result.pop("name") == "notes"
    assert result.pop("entry") == "app.py:app"
    assert all(value == [] for value in result.values())


def test_a_collection_without_columns_has_an_empty_list_of_them() -> None:
    app = cpsl.App("notes")
    app.collection("notes")

    assert described(app)["collections"] == [{"name": "notes", "scope": "app", "columns": []}]


@pytest.mark.parametrize("root", [ROOT, ROOT + "/"])
def test_files_inside_the_root_are_named_relative_to_it(root: str) -> None:
    app = cpsl.App("notes", image=cpsl.Image())
    app.boot()(lambda: None)

    assert described(app, root)["handlers"][0]["file"] == "test_description.py"


def test_files_outside_the_root_are_named_whole() -> None:
    app = cpsl.App("notes", image=cpsl.Image())
    app.boot()(lambda: None)

    assert described(app, ROOT[:-1])["handlers"][0]["file"] == __file__


def test_an_action_is_described_with_its_own_name() -> None:
    app = cpsl.App("notes", image=cpsl.Image())

    @app.action("press")
    def push(session: Any, event: Any) -> None: ...

    handler = described(app)["handlers"][0]
    assert (handler["kind"], handler["name"], handler["action"]) == ("action", "push", "press")


def test_options_that_are_not_json_are_told_as_text() -> None:
    app = cpsl.App("notes", image=cpsl.Image())
    app.setting("size", default=Decimal(3))

    assert described(app)["settings"][0]["default"] == "3"


def test_the_next_run_is_in_utc_whatever_zone_the_clock_is_in() -> None:
    app = cpsl.App("notes", image=cpsl.Image())
    app.schedule("30 * * * *")(lambda: None)
    zone = timezone(timedelta(hours=5, minutes=30))

    result = describe(app.declarations(), "app", ROOT, clock=lambda: NOW.astimezone(zone))

    assert result["schedules"][0]["next"] == "2026-01-01T12:30:00Z"
