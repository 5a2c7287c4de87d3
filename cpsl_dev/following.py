"""What the code is made from, and what is watched because of it."""

from __future__ import annotations

from collections.abc import Iterable

from cpsl.records import JsonObject
from cpsl_dev.config import Entry
from cpsl_dev.contents import Hashes, code_hash, hash_file, shown_path
from cpsl_dev.generators import Generator, generator_inputs, hint
from cpsl_dev.load_settings import LoadSettings, SettingsReader
from cpsl_dev.made_from import MadeFrom, made_from
from cpsl_dev.watcher import Watcher


class Following:
    """Knows which files the serving generation was made from, and has them watched.

    Args:
        entry: Which app.
        watcher: Watches.
        reader: Reads what a load is made with besides the code.
    """

    def __init__(self, entry: Entry, watcher: Watcher, reader: SettingsReader) -> None:
        self.settings: LoadSettings = reader.read()
        # What the serving generation was made from.
        self.sources: Hashes = {}
        self._entry = entry
        self._watcher = watcher
        self._reader = reader
        self._made = MadeFrom(sources={}, folders=frozenset([str(entry.folder)]))
        # What the load in progress has told of itself.
        self._seen: Hashes = {}
        # Sources that the app wrote itself while it was loaded: by the load in progress, and by
        # the one before.
        self._written: set[str] = set()
        self._generated: set[str] = set()
        # What the app has written since that load began: no change of it matters until the next.
        self._own: set[str] = set()
        self._inputs: dict[str, Generator] = {}
        self._hints: dict[str, str] = {}
        self._warnings: list[str] = []

    @property
    def warnings(self) -> list[str]:
        """What should be known about the settings and the files."""
        return [*self.settings.warnings, *self.hints, *self._warnings]

    @property
    def hints(self) -> list[str]:
        """What the developer has to do before a change can be loaded."""
        return list(self._hints.values())

    @property
    def code_hash(self) -> str:
        """The hash of what the serving generation was made from."""
        return code_hash(self.sources, self._entry.folder)

    def start(self) -> None:
        """Begin to watch."""
        self._watch()
        self._watcher.start()

    def begin(self) -> None:
        """A load begins: it is made from what is on the disk now."""
        self._watcher.accept()
        self._seen = {}
        self._written = set()
        self._own = set()
        self.settings = self._reader.read()
        for path in self.settings.watch.find()[0]:
            self._watcher.add(path, None)

    def note_read(self, path: str, digest: str | None) -> None:
        """The load in progress has read a file, of this content if that is known."""
        self._seen[path] = digest or hash_file(path)
        self._watcher.add(path, digest)

    def note_imported(self, path: str, digest: str) -> None:
        """The serving generation has imported a file after its load."""
        self.sources[path] = digest
        self._watcher.add(path, digest)

    def note_generated(self, path: str) -> None:
        """The load in progress has written a file: that is no reason to begin it anew."""
        self._written.add(path)
        self._watcher.drop(path)

    def note_written(self, path: str) -> None:
        """The app has written a file that it had read: that is no reason to load it again."""
        self._own.add(path)
        self.sources.pop(path, None)
        self._watcher.drop(path)

    def adopt(self, facts: JsonObject) -> None:
        """A load has succeeded: the code is made from this."""
        self.sources = {path: digest for path, digest in facts["sources"].items() if digest}
        self._hints.clear()
        # Followed from here on: what is written after this was told must not be missed.
        self._inputs = generator_inputs(self.sources)
        for path in self._inputs:
            self._watcher.add(path, None)

    def watch_adopted(self, facts: JsonObject) -> None:
        """Watch what the serving generation was made from."""
        self._made = made_from(facts, self._seen, self._entry.folder)
        # A file that is written anew each time would have the app loaded for ever.
        self._accept_as_it_is(self._written & self._generated)
        self._generated = self._written
        self._watch()

    def watch_rejected(self, facts: JsonObject) -> None:
        """Watch what a failed load was made from, and what the serving generation was."""
        self._made = made_from(facts, self._seen, self._entry.folder)
        self._accept_as_it_is(self._written)
        self._watch()

    def watch_again(self, files: Iterable[str]) -> None:
        """Watch the same as before, after a change of files beside the code."""
        for path in files:
            if (generator := self._inputs.get(path)) is not None:
                self._hints[path] = hint(shown_path(path, self._entry.folder), generator)
        self._watch()

    def is_beside_the_code(self, files: Iterable[str]) -> bool:
        """Tell whether the app is not made from any of these files."""
        beside = {*self.settings.files, *self._inputs} - self.sources.keys()
        return beside.issuperset(files)

    def missing(self) -> list[str]:
        """Return the files of the serving generation that are gone."""
        found = self._watcher.baseline
        return [path for path in self.sources if path in found and found[path] is None]

    def _accept_as_it_is(self, paths: set[str]) -> None:
        sources = self._made.sources
        sources.update((path, hash_file(path)) for path in paths if path in sources)

    def _watch(self) -> None:
        """Watch everything. A file that no load has read counts as it was when one began."""
        settings = self.settings
        wanted, folders, self._warnings = settings.watch.find()
        own = [] if self._entry.file is None else [str(self._entry.file)]
        files = {path: self._at_begin(path) for path in (*own, *self.sources, *self._inputs)}
        files.update((path, self._wanted_at_begin(path)) for path in wanted)
        files.update(settings.files)
        files.update(self._made.sources)
        folders += self._made.import_folders()
        self._watcher.follow(
            {
                path: digest
                for path, digest in files.items()
                if path not in self._own and not settings.ignore.matches(path)
            },
            [folder for folder in folders if not settings.ignore.matches(folder.path)],
        )

    def _wanted_at_begin(self, path: str) -> str | None:
        # What came after the beginning is new, unless the app made it itself.
        return hash_file(path) if path in self._written else self._watcher.baseline.get(path)

    def _at_begin(self, path: str) -> str | None:
        before = self._watcher.baseline
        return before[path] if path in before else hash_file(path)
