from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl import ui
from cpsl.exceptions import DeclarationError


def make_app() -> cpsl.App:
    return cpsl.App("notes", image=cpsl.Image())


def shell_of(app: cpsl.App) -> dict[str, Any]:
    return app._shell.to_dict()


def chat() -> ui.Page:
    return ui.Page([ui.Row([ui.ChatPanel()])])


def test_nothing_is_declared_at_first() -> None:
    assert shell_of(make_app()) == {}


def test_the_shell_keeps_what_it_shows() -> None:
    app = make_app()
    notes = app.page("Notes")

    app.shell(home="hidden", show_header=False, default_page=notes)

    assert shell_of(app)["shell"] == {
        "home": "hidden",
        "show_sidebar": True,
        "show_header": False,
        "show_pages": True,
        "show_chats": True,
        "default_page": "notes",
    }


def test_another_home_is_refused() -> None:
    with pytest.raises(ValueError, match="home of the shell must be one of chat, default, hidden"):
        make_app().shell(home="none")


@pytest.mark.parametrize("page", ["", "  "])
def test_an_empty_default_page_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="default_page of the shell must not be empty"):
        make_app().shell(default_page=page)


def test_the_chat_page_holds_one_chat_panel() -> None:
    app = make_app()

    assert app.chat_page(mode="single", thread_key="main")(chat) is chat

    declared = shell_of(app)["chat"]
    assert (declared["mode"], declared["scope"]) == ("single", "owner")
    assert (declared["thread_key"], declared["sidebar_label"]) == ("main", "Chat")
    assert declared["widget_tree"]["type"] == "page"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"mode": "many"}, "mode of the chat page must be one of multi, single, not 'many'"),
        ({"scope": "team"}, "scope of the chat page must be one of app, owner, session, user"),
        ({"thread_key": ""}, "thread_key of the chat page must not be empty"),
        ({"sidebar_label": "  "}, "sidebar_label of the chat page must not be blank"),
    ],
)
def test_options_of_the_chat_page_are_checked(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_app().chat_page(**options)


@pytest.mark.parametrize("panels", [0, 2])
def test_a_chat_page_without_exactly_one_panel_is_refused(panels: int) -> None:
    def layout() -> ui.Page:
        return ui.Page([ui.ChatPanel() for _ in range(panels)])

    with pytest.raises(ValueError, match=f"must have one cpsl.ui.ChatPanel, not {panels}"):
        make_app().chat_page()(layout)


def test_the_home_page_is_declared_in_parts() -> None:
    app = make_app()

    app.home(title="Notes", suggestions=[cpsl.Suggestion("Hi", prompt="hi")])
    app.home_body()(lambda: ui.Page([]))

    @app.home_suggestions(ttl=60)
    async def suggest(ctx: cpsl.HomeContext) -> None: ...

    home = shell_of(app)["home"]
    assert home["title"] == "Notes"
    assert home["widget_tree"] == {"type": "page", "children": []}
    assert home["dynamic_suggestions_ttl"] == 60
    handler = app.declarations().home_suggestions
    assert handler is not None
    assert handler.name == "suggest"


def test_a_suggestions_handler_takes_a_context_or_nothing() -> None:
    app = make_app()

    app.home_suggestions()(lambda: None)
    with pytest.raises(DeclarationError, match=r"it must take \(context\) or nothing"):
        app.home_suggestions()(lambda a, b: None)


@pytest.mark.parametrize("name", ["home", "home_body", "home_suggestions"])
def test_a_misspelt_access_is_refused(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"Access of .*home.* must be one of authenticated, public"
    ):
        getattr(make_app(), name)(access="privat")


def test_suggestions_are_not_kept_for_a_negative_time() -> None:
    with pytest.raises(ValueError, match="ttl of home suggestions must not be below 0, as -1 is"):
        make_app().home_suggestions(ttl=-1)


def test_onboarding_is_a_component_or_widgets() -> None:
    first, second = make_app(), make_app()

    first.add_onboarding(component="hello.tsx", packages=["d3"], redirect="/notes")
    second.onboarding()(lambda: ui.Page([]))

    assert shell_of(first)["onboarding"] == {
        "type": "react",
        "component": "hello.tsx",
        "packages": ["d3"],
        "redirect": "/notes",
    }
    assert shell_of(second)["onboarding"] == {
        "type": "dsl",
        "widget_tree": {"type": "page", "children": []},
    }


def test_a_second_onboarding_is_refused() -> None:
    app = make_app()
    app.add_onboarding(component="hello.tsx")

    with pytest.raises(ValueError, match="An app has one onboarding page, and this one has it"):
        app.onboarding()(lambda: ui.Page([]))


def test_a_theme_replaces_the_one_before(tmp_path: Path) -> None:
    app = make_app()
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"x")

    app.theme(title="First", preset="dark")
    app.theme(preset="light", primary="#fff", logo=str(logo))

    theme = shell_of(app)["theme"]
    assert (theme["preset"], theme["primary"], theme["accent"]) == ("light", "#fff", "#d97706")
    assert theme["logo"] == "data:image/png;base64,eA=="
    assert "title" not in theme


def test_an_unknown_preset_or_keyword_is_refused() -> None:
    untyped: Any = make_app()

    with pytest.raises(
        ValueError, match=r"no theme preset 'sepia'\. There are dark, light, midnig"
    ):
        untyped.theme(preset="sepia")
    with pytest.raises(TypeError, match="flavour"):
        untyped.theme(flavour="sweet")
