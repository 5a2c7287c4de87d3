from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.settings import SettingDecl, SettingRegistry


def make_app() -> cpsl.App:
    return cpsl.App("notes", image=cpsl.Image())


def test_settings_are_declared_in_order() -> None:
    app = make_app()

    app.setting("tone", options=["warm", "dry"], default="warm", label="Tone")
    app.setting("limit", scope="user", type=int)

    assert app.declarations().settings == [
        {
            "name": "tone",
            "scope": "app",
            "type": "str",
            "default": "warm",
            "options": ["warm", "dry"],
            "label": "Tone",
        },
        {"name": "limit", "scope": "user", "type": "int", "default": None},
    ]


@pytest.mark.parametrize("scope", ["session", "team", ""])
def test_another_scope_is_refused(scope: Any) -> None:
    with pytest.raises(ValueError, match="Scope of setting 'tone' must be one of app, owner, user"):
        make_app().setting("tone", scope=scope)


@pytest.mark.parametrize("kind", [list, dict, None, "str"])
def test_another_type_is_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="Type of setting 'tone' must be bool, str, int or float"):
        make_app().setting("tone", type=kind)


def test_a_name_is_taken_once() -> None:
    app = make_app()
    app.setting("tone")

    with pytest.raises(
        ValueError, match=r"Setting 'tone' is declared twice\. Rename one of them\."
    ):
        app.setting("tone")


def test_the_default_is_not_checked_against_type_and_options() -> None:
    make_app().setting("tone", type=int, default="warm", options=["a"])


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("app", {}), ("user", {"_user_id": "u"}), ("owner", {"_team_id": "o"})],
)
def test_the_scope_keeps_values_apart(scope: Any, expected: dict[str, str]) -> None:
    setting = SettingDecl("tone", scope)

    assert setting.scope_filter(user_id="u", owner_id="o") == expected


def test_an_owner_is_the_user_unless_there_is_another() -> None:
    assert SettingDecl("tone", "owner").scope_filter(user_id="u") == {"_team_id": "u"}


def test_a_registry_starts_empty() -> None:
    assert SettingRegistry().to_dicts() == []
