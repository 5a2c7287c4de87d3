"""Extension modules of the app: loaded from a copy, as some tools write over the file in place.

What runs has its code mapped from the file; were that the one which is written, it would crash.
"""

from __future__ import annotations

import _imp
import contextlib
import importlib.machinery
import os
import shutil
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


def load_from_copies(is_source: Callable[[str], bool], folder: Path | None) -> None:
    """Load the app's extension modules from copies from now on.

    Args:
        is_source: Which files are the app's.
        folder: Where a copy may lie for a moment; None copies nothing.
    """
    if folder is None:
        return
    loader = importlib.machinery.ExtensionFileLoader
    usual = loader.create_module

    def create_module(self: Any, spec: ModuleSpec) -> ModuleType:
        path = spec.origin
        if path is None or not is_source(path):
            return usual(self, spec)
        return _create(spec, path, folder) or usual(self, spec)

    loader.create_module = create_module  # type: ignore[method-assign]


def _create(spec: ModuleSpec, path: str, folder: Path) -> ModuleType | None:
    copy = folder / f"{os.getpid()}-{os.path.basename(path)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        module = _imp.create_dynamic(ModuleSpec(spec.name, spec.loader, origin=str(copy)))
    except (OSError, ImportError):
        # It needs a library that lies beside it, say; or it is none, which the usual way tells.
        return None
    finally:
        # What is mapped stays mapped.
        with contextlib.suppress(OSError):
            copy.unlink()
    module.__file__ = path
    return module
