"""The public names and signatures are those of the contract, a copy of which is `api.json`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import orjson
import pytest

import cpsl
import cpsl.ui

API: dict[str, dict[str, Any]] = orjson.loads(
    Path(__file__).parents[1].joinpath("data", "api.json").read_bytes()
)
MODULES: dict[str, Any] = {"cpsl": cpsl, "cpsl.ui": cpsl.ui}
EXTRA = {"CpslError", "DeclarationError", "NotAvailable", "__version__"}


def names_of(*kinds: str) -> list[Any]:
    return [
        pytest.param(getattr(MODULES[module], name), entry, id=f"{module}.{name}")
        for module, entries in API.items()
        for name, entry in entries.items()
        if entry["kind"] in kinds
    ]


def methods() -> list[Any]:
    return [
        pytest.param(getattr(MODULES[module], name), method, expected, id=f"{name}.{method}")
        for module, entries in API.items()
        for name, entry in entries.items()
        for method, expected in entry.get("methods", {}).items()
    ]


def shape(function: Any) -> list[list[Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [
        [parameter.name, parameter.kind.name.lower(), *shown_default(parameter)]
        for parameter in parameters
    ]


def shown_default(parameter: inspect.Parameter) -> list[Any]:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return []
    if default is None or isinstance(default, bool | int | float | str):
        return [default]
    if isinstance(default, tuple):
        return [list(default)]
    return [repr(default)]


def constants_classes_functions(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_name_of_the_contract_is_exported_and_nothing_else() -> None:
    assert set(cpsl.__all__) == set(API["cpsl"]) | EXTRA
    assert set(cpsl.ui.__all__) == set(API["cpsl.ui"])


def test_exported_names_are_sorted() -> None:
    assert cpsl.__all__ == sorted(cpsl.__all__, key=constants_classes_functions)
    assert cpsl.ui.__all__ == sorted(cpsl.ui.__all__)


@pytest.mark.parametrize(("function", "entry"), names_of("function"))
def test_functions_take_what_the_contract_says(function: Any, entry: dict[str, Any]) -> None:
    assert shape(function) == entry["params"]
    assert inspect.iscoroutinefunction(function) is entry["async"]


@pytest.mark.parametrize(("cls", "entry"), names_of("class", "dataclass"))
def test_constructors_take_what_the_contract_says(cls: Any, entry: dict[str, Any]) -> None:
    assert shape(cls) == entry["params"]


@pytest.mark.parametrize(("cls", "name", "entry"), methods())
def test_methods_take_what_the_contract_says(cls: Any, name: str, entry: dict[str, Any]) -> None:
    raw = inspect.getattr_static(cls, name)
    bindings = {staticmethod: "staticmethod", classmethod: "classmethod"}

    assert bindings.get(type(raw)) == entry["binding"]
    assert shape(getattr(cls, name)) == entry["params"]
    assert inspect.iscoroutinefunction(getattr(cls, name)) is entry["async"]


@pytest.mark.parametrize(("cls", "entry"), names_of("class", "dataclass"))
def test_properties_are_those_of_the_contract(cls: Any, entry: dict[str, Any]) -> None:
    for name in entry["properties"]:
        assert isinstance(inspect.getattr_static(cls, name), property), name


@pytest.mark.parametrize(("cls", "entry"), names_of("dataclass"))
def test_dataclasses_are_frozen_as_in_the_contract(cls: Any, entry: dict[str, Any]) -> None:
    assert cls.__dataclass_params__.frozen is entry["frozen"]


@pytest.mark.parametrize(("cls", "entry"), names_of("exception"))
def test_exceptions_have_the_bases_of_the_contract(cls: Any, entry: dict[str, Any]) -> None:
    bases = {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__}

    assert set(entry["bases"]) <= bases


@pytest.mark.parametrize(("cls", "entry"), names_of("enum"))
def test_enums_have_the_members_of_the_contract(cls: Any, entry: dict[str, Any]) -> None:
    assert {name: member.value for name, member in cls.__members__.items()} == entry["members"]


@pytest.mark.parametrize(("value", "entry"), names_of("constant"))
def test_constants_have_the_values_of_the_contract(value: Any, entry: dict[str, Any]) -> None:
    if entry["type"] == "typing.Literal":
        assert list(value.__args__) == entry["value"]
    elif entry["type"] == "dict":
        themes = {name: {"$dataclass": "Theme", **theme.to_dict()} for name, theme in value.items()}
        assert themes == entry["value"]
    else:
        assert value == entry["value"]


@pytest.mark.parametrize(("cls", "entry"), names_of("class"))
def test_widgets_have_the_type_of_the_contract(cls: Any, entry: dict[str, Any]) -> None:
    if entry.get("widget_type") is not None:
        assert cls.type == entry["widget_type"]


def test_aliases_are_the_same_class() -> None:
    assert cpsl.ChannelRef is cpsl.Channel
    assert cpsl.TerminalBlock is cpsl.Terminal


def test_pipedream_is_the_function_and_not_the_module() -> None:
    import cpsl.pipedream  # noqa: PLC0415

    assert inspect.isfunction(cpsl.pipedream)
