"""Tests of finding the app in the module that was imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import cpsl
from cpsl.exceptions import DeclarationError
from cpsl_dev.protocol import Load
from cpsl_dev.worker.finding import import_app, make_way

_numbers = count(1)

ONE = 'import cpsl\napp = cpsl.App(name="one", image=cpsl.Image())\n'
TWO = f'{ONE}other = cpsl.App(name="two", image=cpsl.Image())\n'
CLASS = """import cpsl
app = cpsl.App(name="shell")

@app.cls(image=cpsl.Image())
class Notes:
    @cpsl.message()
    async def handle(self, session, message):
        pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that imports look in; what is imported from it is forgotten."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def find(folder: Path, text: str, symbol: str | None = None) -> cpsl.App:
    module = f"found_app_{next(_numbers)}"
    (folder / f"{module}.py").write_text(text)
    load = Load(
        generation=1,
        folder=str(folder),
        module=module,
        file=None,
        symbol=symbol,
        entry="app.py",
        cache_dir=None,
    )
    return import_app(load)


def test_the_only_app_is_found(folder: Path) -> None:
    assert find(folder, ONE).name == "one"


def test_an_app_may_have_several_names(folder: Path) -> None:
    assert find(folder, f"{ONE}application = app\n").name == "one"


def test_a_symbol_chooses_among_several(folder: Path) -> None:
    assert find(folder, TWO, "other").name == "two"


@pytest.mark.parametrize("symbol", [None, "app", "Notes"])
def test_an_app_that_is_a_class_is_found_by_either_name(folder: Path, symbol: str | None) -> None:
    assert find(folder, CLASS, symbol).name == "shell"


@pytest.mark.parametrize(
    ("text", "symbol", "said"),
    [
        (
            "x = 1\n",
            None,
            "app.py has no cpsl.App. Add one, for example: "
            'app = cpsl.App(name="my-app", image=cpsl.Image())',
        ),
        (TWO, None, "app.py has 2 apps. Say which one to run: app.py:app, app.py:other"),
        (TWO, "absent", "app.py: there is no 'absent' in module '{}'. Its apps are: app, other."),
        (
            "x = 1\n",
            "x",
            "app.py: 'x' is of type 'int', not a cpsl.App. It has no cpsl.App at all.",
        ),
    ],
)
def test_what_is_no_app_is_said(folder: Path, text: str, symbol: str | None, said: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        find(folder, text, symbol)

    assert str(refused.value) == said.format(f"found_app_{next(_numbers) - 1}")


def test_what_the_app_raises_is_passed_on(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        find(folder, "1 / 0\n")


def test_a_loaded_module_that_the_app_hides_is_forgotten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("colorsys", "wsgiref", "wsgiref.util"):
        monkeypatch.setitem(sys.modules, name, __import__(name, fromlist=["x"]))
    (folder / "colorsys.py").write_text("OWN = True\n")
    (folder / "wsgiref").mkdir()
    (folder / "wsgiref" / "__init__.py").write_text("")

    said = make_way(str(folder))

    assert said == [
        f"{name!r} in the app's folder hides the installed module {name!r}: "
        f"every import of that name gets the app's own."
        for name in ("colorsys", "wsgiref")
    ]
    assert not {"colorsys", "wsgiref", "wsgiref.util"} & set(sys.modules)


def test_a_module_of_the_standard_library_is_named_before_it_is_imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sndhdr", raising=False)
    monkeypatch.delitem(sys.modules, "chunk", raising=False)
    (folder / "this.py").write_text("")

    assert make_way(str(folder)) == [
        "'this' in the app's folder hides the installed module 'this': "
        "every import of that name gets the app's own."
    ]


@pytest.mark.parametrize("name", ["helper.py", "sys.py", "json.txt", "json/readme.md"])
def test_what_hides_nothing_is_not_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")

    assert make_way(str(folder)) == []
    assert "json" in sys.modules


@pytest.mark.parametrize("name", ["cpsl", "orjson"])
def test_what_carries_the_worker_cannot_be_hidden(folder: Path, name: str) -> None:
    (folder / f"{name}.py").write_text("")

    with pytest.raises(DeclarationError) as refused:
        make_way(str(folder))

    assert str(refused.value) == (
        f"{name!r} in {folder} hides the package {name!r}, which the app runs on. "
        f"Rename that file or folder."
    )


def test_a_folder_that_is_gone_hides_nothing(tmp_path: Path) -> None:
    assert make_way(str(tmp_path / "gone")) == []
