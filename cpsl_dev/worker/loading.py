"""One import of the app and its boot: what came of it, and what it was made from."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from cpsl.clock import utc_now
from cpsl.description import describe
from cpsl.files import FileStore
from cpsl.handlers import Declarations
from cpsl.records import JsonObject
from cpsl.runtime import Runtime
from cpsl.tracebacks import describe_exception
from cpsl_dev.protocol import Load
from cpsl_dev.worker.code_cache import CodeCache
from cpsl_dev.worker.contention import is_contended
from cpsl_dev.worker.extensions import load_from_copies
from cpsl_dev.worker.finding import import_app, make_way
from cpsl_dev.worker.lookups import Lookups, import_folders
from cpsl_dev.worker.needs import missing_needs
from cpsl_dev.worker.output import capture_warnings
from cpsl_dev.worker.places import Places
from cpsl_dev.worker.reporter import Reporter
from cpsl_dev.worker.sources import Sources
from cpsl_dev.worker.variables import Variables


class Loading:
    """One import of the app, and its boot, with what it was made from."""

    def __init__(
        self, load: Load, reporter: Reporter, lookups: Lookups, variables: Variables
    ) -> None:
        self._load = load
        self._reporter = reporter
        self._started = time.perf_counter()
        self._imported = self._started
        self._warnings: list[str] = []
        data_dir = () if load.cache_dir is None else (Path(load.cache_dir).parent,)
        self.places = Places(Path(load.folder), data_dir)
        self.files = FileStore(str(data_dir[0] / "files")) if data_dir else None
        self._cache = CodeCache(None if load.cache_dir is None else Path(load.cache_dir))
        self._sources = Sources(self.places, self._cache, reporter.tell)
        self._lookups = lookups
        self._variables = variables
        self._before: set[str] = set()
        self._app: JsonObject = {}

    def import_app(self) -> Declarations | None:
        """Import the app and collect what it declares; tell of the failure and return None."""
        load = self._load
        os.chdir(load.folder)
        sys.path.insert(0, load.folder)
        sys.argv = [load.file or load.module]
        importlib.invalidate_caches()
        capture_warnings(self.places.is_source, self._warnings)
        self._sources.start()
        cache_dir = load.cache_dir
        load_from_copies(self.places.is_source, None if cache_dir is None else Path(cache_dir))
        try:
            self._warnings += make_way(load.folder)
            # What the worker holds by now belongs to no app.
            self._before.update(sys.modules)
            with self._variables.recording(self.places.is_source):
                declarations = import_app(load).declarations()
            self._app = describe(declarations, load.entry, load.folder, clock=utc_now)
        except BaseException as error:  # noqa: BLE001 - whatever the app's code does at import
            if not self._is_stale():
                self._tell_failure("import", error)
            return None
        if self._is_stale():
            return None
        self._warnings += declarations.warnings
        self._warnings += missing_needs(declarations, os.environ)
        self._imported = time.perf_counter()
        self._reporter.tell("load.imported", generation=load.generation)
        return declarations

    def _is_stale(self) -> bool:
        """Tell of it, and return True, if this standby's libraries may have read other values."""
        differing = self._variables.differing()
        if differing:
            values = self._variables.set
            self._reporter.tell("load.stale", variables=values, differing=differing)
        return bool(differing)

    async def boot(self, runtime: Runtime) -> bool:
        """Run the boot hook; tell of the failure and return False."""
        try:
            await runtime.boot()
        except BaseException as error:  # noqa: BLE001 - whatever the app's hook does
            self._tell_failure("boot", error)
            return False
        return True

    def report(self) -> None:
        """Tell that the app can serve, and what it was made from."""
        now = time.perf_counter()
        self._reporter.tell(
            "load.finished",
            app=self._app,
            modules=self._library_modules(),
            variables=self._variables.set,
            **self._made_from(),
            load_ms=_milliseconds(self._imported - self._started),
            boot_ms=_milliseconds(now - self._imported),
        )
        self._cache.save()

    def leave(self) -> None:
        """Let go of what was hooked into the process."""
        self._sources.leave()

    def _tell_failure(self, phase: str, error: BaseException) -> None:
        now = time.perf_counter()
        imported = self._imported if phase == "boot" else now
        self._reporter.tell(
            "load.failed",
            phase="compile" if isinstance(error, SyntaxError) else phase,
            error=describe_exception(error, self.places.is_source),
            is_contended=is_contended(error),
            **self._made_from(),
            load_ms=_milliseconds(imported - self._started),
            boot_ms=_milliseconds(now - imported),
        )

    def _made_from(self) -> JsonObject:
        """Return what a new or a changed file could make different."""
        modules = [module for name, module in list(sys.modules.items()) if name not in self._before]
        for module in modules:
            if isinstance(path := getattr(module, "__file__", None), str):
                self._sources.note(path)
        return {
            "sources": self._sources.stop(),
            "folders": import_folders(modules, self.places),
            "listed": sorted(self._sources.listed),
            "missing": sorted(self._lookups.missing),
            "warnings": [*self._warnings, *self._sources.warnings],
        }

    def _library_modules(self) -> list[str]:
        """Return what a standby should have imported for the next generation, in load order."""
        found = []
        for name, module in list(sys.modules.items()):
            if name not in self._before:
                path = getattr(module, "__file__", None)
                if isinstance(path, str) and self.places.is_source(path):
                    continue
                spec = getattr(module, "__spec__", None)
                if spec is None or spec.name != name:
                    continue
            found.append(name)
        return found


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1_000, 2)
