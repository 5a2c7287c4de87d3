from __future__ import annotations

import warnings
from typing import Any

import pytest

import cpsl
from cpsl.app import app_of


def make_app(**options: Any) -> cpsl.App:
    return cpsl.App("notes", image=cpsl.Image(), **options)


def test_a_name_is_needed() -> None:
    untyped: Any = cpsl.App

    with pytest.raises(TypeError, match="name"):
        untyped()


def test_an_unknown_option_is_refused() -> None:
    untyped: Any = cpsl.App

    with pytest.raises(TypeError, match="flavour"):
        untyped("notes", flavour="sweet")


@pytest.mark.parametrize("name", ["", "{{ project_slug }}", "Notes"])
def test_any_name_will_do(name: str) -> None:
    assert cpsl.App(name, image=cpsl.Image()).declarations().name == name


def test_odd_prices_and_sizes_are_accepted() -> None:
    pricing: Any = "weekly"

    app = make_app(price=-1, pricing_type=pricing, cpu=-2, memory=0, gpu="none")

    assert app.name == "notes"


def test_an_image_must_be_an_image() -> None:
    image: Any = "python:3.12"

    with pytest.raises(AttributeError, match=r"'python:3\.12' has no to_dict: it must be a cpsl"):
        cpsl.App("notes", image=image)


def test_a_channel_must_be_a_channel() -> None:
    with pytest.raises(TypeError, match="'slack' is not a channel"):
        make_app(channels=["slack"])


def test_a_file_system_must_be_a_file_system() -> None:
    with pytest.raises(AttributeError, match=r"it must be a cpsl\.FileSystem"):
        make_app(filesystems={"/data": "documents"})


@pytest.mark.parametrize("path", ["", "data"])
def test_a_mount_path_must_be_absolute(path: str) -> None:
    with pytest.raises(ValueError, match=f"Mount path '{path}' must be absolute"):
        make_app(filesystems={path: cpsl.FileSystem("documents")})


def test_options_without_an_image_are_ignored() -> None:
    channels: Any = ["slack"]

    app = cpsl.App("notes", channels=channels, secrets=["NOT_SET_ANYWHERE"])

    assert app.declarations().secrets == []


def test_a_missing_secret_is_a_warning_and_its_value_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRESENT_KEY", "s3cr3t")
    monkeypatch.delenv("MISSING_KEY", raising=False)

    declared = make_app(secrets=["PRESENT_KEY", "MISSING_KEY"]).declarations()

    assert declared.secrets == ["PRESENT_KEY", "MISSING_KEY"]
    assert declared.warnings == [
        "Secret 'MISSING_KEY' is declared but not set: "
        "export MISSING_KEY, or add it to the .env file."
    ]
    assert "s3cr3t" not in repr(declared)


def test_secrets_of_inline_channels_are_declared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "x")
    monkeypatch.setenv("PATH_KEY", "x")

    with pytest.warns(DeprecationWarning, match=r"cpsl\.Telegram\(\.\.\.\) with credentials"):
        app = make_app(
            secrets=["PATH_KEY"], channels=[cpsl.Telegram(bot_token=cpsl.Secret("BOT_TOKEN"))]
        )

    declared = app.declarations()
    assert declared.secrets == ["PATH_KEY", "BOT_TOKEN"]
    assert declared.warnings == ["Channels outside the chat are not simulated locally: telegram."]


def test_declarations_after_construction_count_in_any_order() -> None:
    app = make_app()

    @app.message()
    async def handle(session: Any, msg: Any) -> None: ...

    app.collection("notes", columns=["text", cpsl.Column("due", "date")], scope="user")
    app.setting("tone", options=["warm", "dry"], default="warm")
    app.add_integration(cpsl.AWS())

    declared = app.declarations()
    assert declared.collections == [
        {
            "name": "notes",
            "scope": "user",
            "columns": [{"key": "text", "type": "text"}, {"key": "due", "type": "date"}],
        }
    ]
    assert [setting["name"] for setting in declared.settings] == ["tone"]
    assert [integration["type"] for integration in declared.integrations] == ["aws"]


def test_what_is_declared_below_a_class_counts() -> None:
    app = cpsl.App("notes")

    @app.cls(image=cpsl.Image())
    class Bot: ...

    app.collection("notes")

    @app.data("numbers")
    def numbers() -> list[int]:
        return [1]

    declared = app.declarations()
    assert [collection["name"] for collection in declared.collections] == ["notes"]
    assert list(declared.data) == ["numbers"]
    assert app_of(Bot) is app


def test_a_collection_with_another_scope_is_refused() -> None:
    scope: Any = "team"

    with pytest.raises(ValueError, match="Scope of collection 'notes' must be one of app, owner"):
        make_app().collection("notes", scope=scope)


def test_a_class_cannot_join_an_app_of_functions() -> None:
    with pytest.raises(RuntimeError, match=r"@app\.cls cannot be used on app 'notes'"):
        make_app().cls(image=cpsl.Image())


def test_the_image_of_a_class_must_be_an_image() -> None:
    image: Any = "python"

    with pytest.raises(AttributeError, match=r"it must be a cpsl\.Image"):
        cpsl.App("notes").cls(image=image)


def test_a_class_replaces_an_earlier_one() -> None:
    app = cpsl.App("notes")

    @app.cls(image=cpsl.Image())
    class First: ...

    @app.cls(image=cpsl.Image())
    class Second:
        @cpsl.boot()
        def begin(self) -> None: ...

    assert app.declarations().boot is not None
    assert (First.__name__, Second.__name__) == ("First", "Second")


def test_an_entry_point_names_an_app_or_its_class() -> None:
    app = cpsl.App("notes")

    @app.cls(image=cpsl.Image())
    class Bot: ...

    class Child(Bot): ...

    assert app_of(app) is app
    assert app_of(Bot) is app
    assert app_of(Child) is None
    assert app_of("app") is None


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda app: app.get("k"), "app.get()"),
        (lambda app: app.set("k", 1), "app.set()"),
        (lambda app: app.delete("k"), "app.delete()"),
        (lambda app: app.settings.get("k"), "app.settings.get()"),
        (lambda app: app.settings.set("k", 1), "app.settings.set()"),
        (lambda app: app.settings.get_all(), "app.settings.get_all()"),
        (lambda app: app.db.notes.find(), "collection.find()"),
        (lambda app: app.tasks.count(), "app.tasks.count()"),
        (lambda app: app.collection("a").insert_one({}), "collection.insert_one()"),
    ],
)
async def test_what_does_not_work_yet_says_so(call: Any, name: str) -> None:
    with pytest.raises(cpsl.NotAvailable) as caught:
        await call(make_app())

    assert str(caught.value).startswith(f"{name} is not available in the local runtime yet.")


async def test_collections_are_found_by_name_with_their_declared_scope() -> None:
    app = make_app()
    app.collection("notes")

    collection = await app.collections.get("notes")

    assert (collection.name, collection.scope) == ("notes", "app")


def test_packages_for_pages_are_each_kept_once() -> None:
    app = make_app(npm_packages=["react-flow", "d3"])

    app.add_npm_packages("d3", "three")
    app.add_page("Map", component="map.tsx", packages=["three", "leaflet"])

    page = app._pages.to_dicts()[0]
    assert page["packages"] == ["react-flow", "d3", "three", "leaflet"]


@pytest.mark.parametrize(
    "options",
    [
        {"client_id": "a"},
        {"client_secret": "a"},
        {"scopes": ["a"]},
        {"fields": ["a"]},
    ],
)
def test_a_whole_integration_takes_no_options(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"takes .* as a whole declaration: put the other options"):
        make_app().add_integration(cpsl.AWS(), **options)


def test_an_integration_can_be_declared_by_name() -> None:
    app = make_app()

    app.add_integration("crm", fields=["key"])
    app.add_integration(cpsl.Integration.GITHUB, client_id="i", client_secret="s", scopes=["repo"])

    assert app.declarations().integrations == [
        {"type": "crm", "mode": "secret", "fields": ["key"]},
        {"type": "github", "mode": "oauth", "scopes": ["repo"]},
    ]


def test_making_an_app_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_app(channels=[cpsl.Chat(), cpsl.API(), cpsl.Channel("support")])
