from __future__ import annotations

from typing import Any

from cpsl_dev.tui.app_facts import app_facts
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.inspector import Inspector
from tests.conftest import MakeApp
from tests.screens import screen, shown

PLACE = {"file": "app.py", "line": 3}
DESCRIPTION: dict[str, Any] = {
    "name": "notebook",
    "entry": "app.py",
    "handlers": [
        {"kind": "message", "name": "handle", "chat": "side", "label": "Side", **PLACE},
        {"kind": "endpoint", "name": "hook", "method": "POST", "path": "/hook", **PLACE},
    ],
    "tasks": [{"name": "sync", **PLACE}],
    "schedules": [{"name": "daily", "cron": "0 9 * * *", "next": "2026-11-23T09:00:00Z", **PLACE}],
    "collections": [{"name": "orders", "scope": "user", "columns": ["id", {"name": "total"}]}],
    "settings": [{"name": "tone", "scope": "app", "type": "str", "default": "warm"}],
    "integrations": [{"type": "github", "mode": "oauth"}],
    "secrets": [{"name": "KEY", "present": False}, {"name": "TOKEN", "present": True}],
    "surprises": [{"new": 1}],
}
APP = """
    import cpsl

    app = cpsl.App("whole", image=cpsl.Image(), secrets=["NOT_SET_HERE"])
    app.collection("orders", scope="user", columns=["total"])
    app.setting("tone", default="warm")
    app.add_integration(cpsl.GitHub(client_id="i", client_secret="h1dden"))


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        pass


    @app.task()
    def tidy() -> None:
        pass


    @app.schedule("0 9 * * *")
    def remind() -> None:
        pass
"""


def test_everything_is_told_with_its_place() -> None:
    facts = app_facts(DESCRIPTION)

    schedule = next(value for name, value in facts if name == "schedule")
    assert schedule.startswith("daily  0 9 * * *  next 2026-11-2")
    assert schedule.endswith("  app.py:3")
    assert [fact for fact in facts if fact[1] and fact[0] != "schedule"] == [
        ("name", "notebook"),
        ("entry", "app.py"),
        ("message", "handle (side)  label Side  app.py:3"),
        ("endpoint", "hook  method POST  path /hook  app.py:3"),
        ("task", "sync  app.py:3"),
        ("collection", "orders  scope user  columns id, total"),
        ("setting", "tone  scope app  type str  default warm"),
        ("integration", "github  mode oauth"),
        ("secret", "KEY  missing"),
        ("secret", "TOKEN  present"),
        ("surprises", '{"new":1}'),
    ]


def test_what_there_is_none_of_has_no_heading() -> None:
    assert app_facts({"name": "a", "entry": "app.py", "tasks": []}) == [
        ("name", "a"),
        ("entry", "app.py"),
    ]
    assert app_facts(None) == [("no generation has served yet", "")]


async def test_all_that_the_server_tells_is_on_the_screen(make_app: MakeApp) -> None:
    async with screen(make_app(APP), size=(120, 60)) as (pilot, app):
        assert isinstance(app, DevApp)
        app.query_one(Inspector).choose_tab("App")

        await shown(
            pilot,
            "handle  app.py:1",
            "tidy  app.py:",
            "remind  0 9 * * *  next",
            "orders  scope user  columns",
            "tone  scope app",
            "github  mode oauth",
            "NOT_SET_HERE  missing",
            gone="h1dden",
        )
        description = await app._link.app_description()
        assert description is not None
        assert set(description) == set(DESCRIPTION) - {"surprises"}
