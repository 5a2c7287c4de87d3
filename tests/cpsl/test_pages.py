from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl import ui
from cpsl.exceptions import DeclarationError
from cpsl.pages import slugify


def make_app() -> cpsl.App:
    return cpsl.App("notes", image=cpsl.Image())


def pages_of(app: cpsl.App) -> list[dict[str, Any]]:
    return app._pages.to_dicts()


def test_a_page_is_laid_out_when_it_is_declared() -> None:
    app = make_app()

    @app.page("My Notes", icon="book", access="authenticated")
    def notes() -> ui.Page:
        return ui.Page([ui.Text("hello")])

    assert pages_of(app) == [
        {
            "name": "My Notes",
            "icon": "book",
            "route": "my-notes",
            "order": 0,
            "access": "authenticated",
            "type": "dsl",
            "widget_tree": {"type": "page", "children": [{"type": "text", "content": "hello"}]},
        }
    ]
    assert callable(notes)


def test_the_reference_links_to_the_page_and_returns_the_function() -> None:
    app = make_app()

    def notes() -> ui.Page:
        return ui.Page([])

    reference = app.page("Notes")

    assert reference(notes) is notes
    assert (reference.name, reference.route) == ("Notes", "notes")
    assert (reference.path, reference.href, str(reference)) == ("/notes", "#/notes", "#/notes")


def test_a_react_page_keeps_its_component() -> None:
    app = make_app()

    reference = app.add_page("Map", component="map.tsx", packages=["leaflet"], hidden=True)

    assert pages_of(app) == [
        {
            "name": "Map",
            "icon": "file",
            "route": "map",
            "order": 0,
            "access": "public",
            "type": "react",
            "component": "map.tsx",
            "packages": ["leaflet"],
            "hidden": True,
        }
    ]
    with pytest.raises(TypeError, match="Page 'Map' has a component: it takes no function"):
        reference(lambda: None)


def test_pages_come_after_the_highest_so_far() -> None:
    app = make_app()

    app.add_page("A", component="a.tsx")
    app.add_page("B", component="b.tsx", order=10)
    app.add_page("C", component="c.tsx", order=5)
    app.add_page("D", component="d.tsx")

    assert [page["order"] for page in pages_of(app)] == [0, 10, 5, 11]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("My Notes!", "my-notes"),
        ("a/B c//d/", "a/b-c/d"),
        ("snake_case", "snake-case"),
        ("Über uns", "über-uns"),
        ("  ", ""),
        ("!/?", ""),
    ],
)
def test_routes_are_lower_case_words_joined_by_hyphens(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_route_can_be_given() -> None:
    assert make_app().page("Notes", route="All Notes").route == "all-notes"


def test_a_derived_route_steps_aside_for_a_reserved_one() -> None:
    assert make_app().page("Home").route == "home-page"


def test_a_given_route_must_not_be_reserved() -> None:
    with pytest.raises(
        ValueError, match=r"Route 'api' of page 'Notes' is reserved\. Choose another"
    ):
        make_app().page("Notes", route="API")


@pytest.mark.parametrize(("name", "route"), [("!!!", None), ("Notes", ""), ("Notes", "/")])
def test_an_empty_route_is_refused(name: str, route: str | None) -> None:
    with pytest.raises(ValueError, match=f"Page '{name}' has no route: give it letters, or"):
        make_app().page(name, route=route)


def test_a_route_is_taken_once() -> None:
    app = make_app()
    app.page("Notes")

    with pytest.raises(
        ValueError, match=r"Route 'notes' of page 'notes!' is taken\. Give it anothe"
    ):
        app.add_page("notes!", component="n.tsx")


def test_a_misspelt_access_is_refused() -> None:
    access: Any = "privat"

    with pytest.raises(ValueError, match="Access of page 'Notes' must be one of authenticated"):
        make_app().page("Notes", access=access)


def test_an_async_page_is_refused() -> None:
    app = make_app()

    with pytest.raises(TypeError, match="Page 'Notes': notes must be a plain function"):

        @app.page("Notes")
        async def notes() -> ui.Page:
            return ui.Page([])


def test_a_page_decorator_without_parentheses_is_refused() -> None:
    untyped: Any = make_app()

    with pytest.raises(DeclarationError, match=r"@app\.page needs parentheses"):
        untyped.page(lambda: ui.Page([]))


def test_pages_need_no_image() -> None:
    app = cpsl.App("shell")

    app.page("Notes")(lambda: ui.Page([]))

    assert [page["name"] for page in pages_of(app)] == ["Notes"]
