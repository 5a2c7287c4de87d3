"""Tests of recording what an app was made from, each in a fresh interpreter."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from cpsl.records import JsonObject
from tests.servers import write_app

# Imports `app` of a folder as a worker does, and says what was recorded.
SCRIPT = """
import sys
from pathlib import Path

import orjson

from cpsl_dev.worker.code_cache import CodeCache
from cpsl_dev.worker.places import Places
from cpsl_dev.worker.sources import Sources

folder = Path(sys.argv[1])
told = []
cache = CodeCache(folder / ".cpsl" / "code")
places = Places(folder, (folder / ".cpsl",))
sources = Sources(places, cache, lambda kind, **fields: told.append({"kind": kind, **fields}))
sys.path.insert(0, str(folder))
sources.start()
error = None
try:
    import app
    result = getattr(app, "RESULT", None)
except BaseException as raised:
    error, result = repr(raised), None
hashes = sources.stop()
cache.save()
if hasattr(sys.modules.get("app"), "after"):
    app.after()
listed = sorted(sources.listed)
found = {"hashes": hashes, "listed": listed, "told": told, "result": result, "error": error}
print(orjson.dumps(found).decode())
"""


def load(folder: Path) -> JsonObject:
    """Import the app of a folder in a process of its own; return what was recorded."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    found: JsonObject = orjson.loads(ran.stdout.splitlines()[-1])
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_source_is_recorded_with_the_hash_of_what_was_compiled(tmp_path: Path) -> None:
    files = {
        "helper.py": "from pkg.sub import S\n",
        "pkg/__init__.py": "",
        "pkg/sub.py": "S = 1\n",
        "unused.py": "",
    }
    folder = write_app(tmp_path, "import helper\n", files)

    hashes = load(folder)["hashes"]

    names = ["app.py", "helper.py", "pkg/__init__.py", "pkg/sub.py"]
    assert hashes == {str(folder / name): digest(folder / name) for name in names}


def test_a_source_is_told_before_it_runs(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "1 / 0\n")

    found = load(folder)

    app = folder / "app.py"
    expected = {"kind": "source.read", "path": str(app), "hash": digest(app)}
    assert found["told"][-1] == expected
    assert found["error"] == "ZeroDivisionError('division by zero')"


def test_a_file_that_cannot_be_compiled_is_recorded(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "import helper\n", {"helper.py": "H = (\n"})

    hashes = load(folder)["hashes"]

    assert set(hashes) == {str(folder / "app.py"), str(folder / "helper.py")}


@pytest.mark.parametrize(
    "read",
    [
        "open('prompt.txt').read()",
        "open(b'prompt.txt').read()",
        "open('prompt.txt', 'rb').read()",
        "__import__('pathlib').Path('prompt.txt').read_text()",
        "__import__('os').open('prompt.txt', 0)",
        "__import__('codecs').open('prompt.txt').read()",
    ],
)
def test_a_file_that_is_read_while_loading_is_recorded(tmp_path: Path, read: str) -> None:
    folder = write_app(tmp_path, f"{read}\n", {"prompt.txt": "be kind"})

    hashes = load(folder)["hashes"]

    assert hashes[str(folder / "prompt.txt")] == digest(folder / "prompt.txt")


def test_a_file_that_was_looked_for_in_vain_is_recorded_as_missing(tmp_path: Path) -> None:
    text = "try:\n    open('prompt.txt')\nexcept FileNotFoundError:\n    pass\n"
    folder = write_app(tmp_path, text)

    assert load(folder)["hashes"][str(folder / "prompt.txt")] is None


@pytest.mark.parametrize(
    "text",
    [
        "open('out.txt', 'w').write('x')\n",
        "open('out.txt', 'a').write('x')\nopen('out.txt').read()\n",
        "import sqlite3\nsqlite3.connect('shop.db').execute('create table t (a)')\n",
        "import os\nopen('part', 'w').write('x')\nos.rename('part', 'out.txt')\n",
    ],
)
def test_what_the_app_writes_is_not_recorded(tmp_path: Path, text: str) -> None:
    folder = write_app(tmp_path, text)

    assert set(load(folder)["hashes"]) == {str(folder / "app.py")}


def test_the_text_of_code_from_no_file_is_looked_for_in_vain(tmp_path: Path) -> None:
    """As by the tracebacks of Python 3.14."""
    text = """
        for name in ("<unknown>", "other"):
            try:
                compile("x = (", name, "exec")
            except SyntaxError:
                pass
    """
    folder = write_app(tmp_path, text)

    # Python does look for it, or this test would say nothing.
    assert set(load(folder)["hashes"]) == {str(folder / "app.py"), str(folder / "other")}


def test_what_is_read_later_is_not_recorded(tmp_path: Path) -> None:
    text = "def after():\n    open('later.txt').read()\n"
    folder = write_app(tmp_path, text, {"later.txt": "x"})

    assert set(load(folder)["hashes"]) == {str(folder / "app.py")}


def test_files_of_the_system_and_of_libraries_are_not_recorded(tmp_path: Path) -> None:
    text = "import colorsys, wsgiref.util\nopen('/etc/hostname', 'rb').read()\n"
    folder = write_app(tmp_path, text)

    assert set(load(folder)["hashes"]) == {str(folder / "app.py")}


def test_a_file_that_changes_while_loading_has_a_hash_that_nothing_has(tmp_path: Path) -> None:
    text = """
        import pathlib
        import subprocess

        pathlib.Path("prompt.txt").read_text()
        subprocess.run(["sh", "-c", "echo newer > prompt.txt"], check=True)
    """
    folder = write_app(tmp_path, text, {"prompt.txt": "older"})

    found = load(folder)["hashes"][str(folder / "prompt.txt")]

    assert found not in (None, digest(folder / "prompt.txt"))


def test_the_second_load_takes_the_compiled_code_and_records_the_same(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "RESULT = 1\n")

    first, second = load(folder), load(folder)

    assert first["hashes"] == second["hashes"]
    assert second["result"] == 1
    assert not (folder / "__pycache__").exists()


def test_a_stale_bytecode_file_is_never_believed(tmp_path: Path) -> None:
    """Python trusts one whose source has the same second and the same size."""
    folder = write_app(tmp_path, "import helper\nRESULT = helper.H\n", {"helper.py": "H = 1\n"})
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    before = (folder / "helper.py").stat()
    (folder / "helper.py").write_text("H = 2\n")

    os.utime(folder / "helper.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert load(folder)["result"] == 2


def test_two_versions_in_the_cache_are_kept_apart(tmp_path: Path) -> None:
    folder = write_app(tmp_path, "RESULT = 1\n")
    for number in (1, 2, 1, 2):
        (folder / "app.py").write_text(f"RESULT = {number}\n")

        assert load(folder)["result"] == number


def test_a_source_with_an_encoding_of_its_own_is_compiled_as_it_says(tmp_path: Path) -> None:
    folder = write_app(tmp_path)
    (folder / "app.py").write_bytes(b"# coding: latin-1\nRESULT = '\xe4'\n")

    assert load(folder)["result"] == "ä"


def test_an_app_that_is_found_another_way_is_recorded_too(tmp_path: Path) -> None:
    text = """
        import importlib.util

        spec = importlib.util.spec_from_file_location("plugin", "plugins/one.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        RESULT = module.P
    """
    folder = write_app(tmp_path, text, {"plugins/one.py": "P = 3\n"})

    found = load(folder)

    assert found["result"] == 3
    assert Path(tmp_path, "plugins/one.py").samefile(
        next(path for path in found["hashes"] if path.endswith("one.py"))
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import pkgutil; list(pkgutil.iter_modules(['plugins']))",
        "import os; os.listdir('plugins')",
        "import pathlib; list(pathlib.Path('plugins').glob('*.py'))",
    ],
)
def test_folder_that_the_app_looks_through_is_recorded(tmp_path: Path, statement: str) -> None:
    folder = write_app(tmp_path / "project", statement, {"plugins/one.py": ""})

    assert load(folder)["listed"] == [str(folder / "plugins")]


@pytest.mark.parametrize(
    "statement",
    [
        "import plugins.one",
        "import importlib.metadata; importlib.metadata.version('orjson')",
        "import os; os.listdir('/usr')",
    ],
)
def test_folder_that_only_an_import_looks_through_is_not_recorded(
    tmp_path: Path, statement: str
) -> None:
    folder = write_app(tmp_path / "project", statement, {"plugins/one.py": ""})

    found = load(folder)

    assert (found["error"], found["listed"]) == (None, [])
