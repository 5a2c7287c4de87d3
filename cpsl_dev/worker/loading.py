"""One import of the app and its boot: what came of it, and what it was made from."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from cpsl.clock import utc_now
from cpsl.description import describe
from cpsl.handlers import Declarations
from cpsl.records import JsonObject
from cpsl.runtime import Runtime
from cpsl.tracebacks import describe_exception
from cpsl_dev.protocol import Load
from cpsl_dev.worker.finding import import_app, make_way
from cpsl_dev.worker.needs import missing_needs
from cpsl_dev.worker.output import capture_warnings
from cpsl_dev.worker.places import Places
from cpsl_dev.worker.reporter import Reporter
from cpsl_dev.worker.sources import Sources


class Loading:
    """One import of the app, and its boot, with what it was made from."""

    def __init__(self, load: Load, reporter: Reporter) -> None:
        self._load = load
        self._reporter = reporter
        self._started = time.perf_counter()
        self._imported = self._started
        self._warnings: list[str] = []
        data_dir = () if load.cache_dir is None else (Path(load.cache_dir).parent,)
        self.places = Places(Path(load.folder), data_dir)
        cache = None if load.cache_dir is None else Path(load.cache_dir)
        self._sources = Sources(self.places, cache, self._tell_source)
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
        try:
            self._warnings += make_way(load.folder)
            declarations = import_app(load).declarations()
            self._app = describe(declarations, load.entry, load.folder, clock=utc_now)
        except BaseException as error:  # noqa: BLE001 - whatever the app's code does at import
            self._tell_failure("import", error)
            return None
        self._warnings += declarations.warnings
        self._warnings += missing_needs(declarations, os.environ)
        self._imported = time.perf_counter()
        self._reporter.tell("load.imported", generation=load.generation)
        return declarations

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
        modules = self._library_modules()
        self._sources.note_modules()
        self._reporter.tell(
            "load.finished",
            app=self._app,
            sources=self._sources.stop(),
            modules=modules,
            warnings=self._warnings,
            load_ms=_milliseconds(self._imported - self._started),
            boot_ms=_milliseconds(now - self._imported),
        )
        self._sources.keep_code()

    def _tell_failure(self, phase: str, error: BaseException) -> None:
        now = time.perf_counter()
        imported = self._imported if phase == "boot" else now
        record = describe_exception(error, self.places.is_source)
        self._sources.note_modules()
        self._reporter.tell(
            "load.failed",
            phase="compile" if isinstance(error, SyntaxError) else phase,
            error=record,
            errno=error.errno if isinstance(error, OSError) else None,
            sources=self._sources.stop(),
            warnings=self._warnings,
            load_ms=_milliseconds(imported - self._started),
            boot_ms=_milliseconds(now - imported),
        )

    def _tell_source(self, path: str, digest: str) -> None:
        self._reporter.tell("source.read", path=path, hash=digest)

    def _library_modules(self) -> list[str]:
        """Return what a standby should have imported for the next generation, in load order."""
        found = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if name != "__main__" and not (path and self.places.is_source(path)):
                spec = getattr(module, "__spec__", None)
                if spec is not None and spec.name == name:
                    found.append(name)
        return found


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1_000, 2)
