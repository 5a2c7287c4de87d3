"""Apps that are made from more than Python: files that they read, generated code, C extensions."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

# Read while the app is imported, and in its boot hook.
AT_IMPORT = ("system.md", "settings.yaml", "page.jinja", "odd name.thing")
AT_BOOT = ("query.sql", "rows.csv", "data.json", "prompts/deep.txt")

READING_APP = f"""\
import os
from pathlib import Path

import cpsl

READ = {{name: Path(name).read_text() for name in {AT_IMPORT!r}}}
if os.path.exists("state.json"):
    READ["state.json"] = Path("state.json").read_text()

app = cpsl.App(name="reading", image=cpsl.Image())


@app.boot()
def boot():
    for name in {AT_BOOT!r}:
        with open(name, "rb") as file:
            READ[name] = file.read().decode()


@app.message()
async def handle(session, msg):
    if msg.text == "write":
        for name in ("state.json", "export.csv", "data.json"):
            with open(name, "a") as file:
                file.write(" ")
    await session.reply(READ.get(msg.text, "?"))
"""

READING_FILES = {"app.py": READING_APP, **dict.fromkeys((*AT_IMPORT, *AT_BOOT), "v0")}

JSON_APP = """\
import json

import cpsl

with open("limits.json") as file:
    LIMITS = json.load(file)

app = cpsl.App(name="json", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    await session.reply(f"limit={LIMITS['limit']}")
"""

BAML_APP = """\
import cpsl
from baml_client import b, types

app = cpsl.App(name="baml", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    await session.reply(f"{b.answer()} {types.KIND} {types.INLINED}")
"""


def baml_client(version: str) -> dict[str, str]:
    """Return the files that the generator writes."""
    return {
        "baml_client/__init__.py": "from baml_client.sync_client import b\n",
        "baml_client/sync_client.py": (
            f"class Client:\n    def answer(self):\n        return 'answer-{version}'\n\n\n"
            "b = Client()\n"
        ),
        "baml_client/types.py": (
            f"from baml_client.inlinedbaml import INLINED\n\nKIND = 'kind-{version}'\n"
        ),
        "baml_client/inlinedbaml.py": f"INLINED = 'inlined-{version}'\n",
    }


SECRET_APP = """\
import os

import cpsl

KEY = os.environ.get("FIXTURE_SECRET", "")

app = cpsl.App(name="secret", image=cpsl.Image(), secrets=["FIXTURE_SECRET"])


@app.message()
async def handle(session, msg):
    await session.reply(f"{len(KEY)} characters")
"""

LIBRARY_APP = """\
import cpsl
import fixture_library

app = cpsl.App(name="library", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    await session.reply(fixture_library.VERSION)
"""

# How setuptools installs a package that stays where it is.
EDITABLE_FINDER = """\
import sys
from importlib.util import spec_from_file_location

MAPPING = {{"fixture_library": {path!r}}}


class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            return spec_from_file_location(fullname, MAPPING[fullname])


def install():
    sys.meta_path.append(Finder)
"""

EXTENSION_APP = """\
import asyncio
import os

import cpsl
import native

app = cpsl.App(name="native", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    before = native.version()
    while msg.text == "wait" and not os.path.exists("uploads/go"):
        await asyncio.sleep(0.01)
    await session.reply(f"{before} {native.version()} {os.path.basename(native.__file__)}")
"""

EXTENSION = """\
#include <Python.h>

static const char padding[] = {{ {padding} }};

static PyObject *version(PyObject *self, PyObject *args) {{
    return PyUnicode_FromFormat("%s%d", "{version}-", (int)(sizeof(padding) > 0));
}}

static PyMethodDef methods[] = {{{{"version", version, METH_NOARGS, ""}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{
    PyModuleDef_HEAD_INIT, "native", NULL, -1, methods, NULL, NULL, NULL, NULL
}};

PyMODINIT_FUNC PyInit_native(void) {{ return PyModule_Create(&module); }}
"""

EXTENSION_NAME = f"native{sysconfig.get_config_var('EXT_SUFFIX')}"


def build_extension(folder: Path, version: str, *, size: int) -> Path:
    """Compile the extension of one version; `size` moves its code to another place."""
    folder.mkdir(exist_ok=True)
    source, target = folder / f"{version}.c", folder / f"{version}.so"
    padding = ", ".join(["1"] * size)
    source.write_text(EXTENSION.format(version=version, padding=padding), "utf-8")
    include = sysconfig.get_path("include")
    command = ["cc", "-shared", "-fPIC", "-O0", f"-I{include}", str(source), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target
