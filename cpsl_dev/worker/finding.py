"""Finding the app in the module that was imported."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

import cpsl
from cpsl.app import app_of
from cpsl.exceptions import DeclarationError
from cpsl_dev.protocol import Load
from cpsl_dev.worker.places import installed_names

# These carry the worker itself.
_OWN = ("cpsl", "cpsl_dev", "orjson")


def import_app(load: Load) -> cpsl.App:
    """Import the module of the entry point and return its App.

    Raises:
        DeclarationError: there is no App, or there are several, or the name is not one.
        BaseException: whatever the app's own code raises while it is imported.
    """
    module = importlib.import_module(load.module)
    if load.symbol is not None:
        return _named(module, load.symbol, load.entry)
    return _only(module, load.entry)


def make_way(folder: str) -> list[str]:
    """Forget modules that a file in the app's folder hides, as a cold start would never see them.

    Returns:
        A sentence for each name that is hidden.
    """
    try:
        names = {
            name.removesuffix(".py") for name in os.listdir(folder) if _may_import(folder, name)
        }
    except OSError:
        return []
    said = []
    for name in sorted(filter(_hides_another, names)):
        if name in _OWN:
            raise DeclarationError(
                f"{name!r} in {folder} hides the package {name!r}, which the app runs on. "
                f"Rename that file or folder."
            )
        for loaded in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[loaded]
        said.append(
            f"{name!r} in the app's folder hides the installed module {name!r}: "
            f"every import of that name gets the app's own."
        )
    return said


def _hides_another(name: str) -> bool:
    """Tell whether a module of this name in the app's folder comes before another one."""
    if name in _OWN:
        return True
    if (module := sys.modules.get(name)) is not None:
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        # What is built in is found before the path is searched.
        return name != "__main__" and origin not in ("built-in", "frozen", None)
    if name in sys.builtin_module_names:
        return False
    return name in sys.stdlib_module_names or name in installed_names()


def _may_import(folder: str, name: str) -> bool:
    if name.endswith(".py"):
        return True
    return name.isidentifier() and os.path.isfile(os.path.join(folder, name, "__init__.py"))


def _named(module: ModuleType, symbol: str, entry: str) -> cpsl.App:
    missing = object()
    found = getattr(module, symbol, missing)
    if found is missing:
        raise DeclarationError(
            f"{entry}: there is no {symbol!r} in module {module.__name__!r}. "
            f"{_what_is_there(module)}"
        )
    app = app_of(found)
    if app is None:
        raise DeclarationError(
            f"{entry}: {symbol!r} is of type {type(found).__name__!r}, not a cpsl.App. "
            f"{_what_is_there(module)}"
        )
    return app


def _only(module: ModuleType, entry: str) -> cpsl.App:
    apps = _apps_of(module)
    distinct = {id(app): app for app in apps.values()}
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    if apps:
        choices = ", ".join(f"{entry}:{name}" for name in apps)
        raise DeclarationError(f"{entry} has {len(distinct)} apps. Say which one to run: {choices}")
    raise DeclarationError(
        f"{entry} has no cpsl.App. Add one, for example: "
        f'app = cpsl.App(name="my-app", image=cpsl.Image())'
    )


def _apps_of(module: ModuleType) -> dict[str, cpsl.App]:
    found = vars(module).items()
    return {name: value for name, value in found if isinstance(value, cpsl.App)}


def _what_is_there(module: ModuleType) -> str:
    names = sorted(_apps_of(module))
    if names:
        return f"Its apps are: {', '.join(names)}."
    return "It has no cpsl.App at all."
