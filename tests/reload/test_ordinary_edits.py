"""Section A of `reload.md`: edits that work."""

from __future__ import annotations

import time

from tests.reload.harness import Program
from tests.reload.project import APP, Project

GENERAL_APP = """\
import cpsl
{imports}

app = cpsl.App(name="fixture", image=cpsl.Image())

{body}
"""


def app_text(imports: str, body: str) -> str:
    return GENERAL_APP.format(imports=imports, body=body)


def test_row_001_a_changed_constant_is_live_within_a_second(dev: Program, project: Project) -> None:
    for text in ("one", "two", "three"):
        dev.ask(text, "row1")
    before = dev.status()
    mark = dev.mark()

    started = time.monotonic()
    project.edit("app.py", '"m0"', '"m1"')
    outcome = dev.wait_outcome(mark)
    versions = dev.versions("row1")
    took = time.monotonic() - started

    assert outcome["kind"] == "reload.succeeded"
    assert versions["main"] == "m1"
    assert dev.outcomes(mark) == ["succeeded"]
    assert dev.status()["generation"] == before["generation"] + 1
    history = dev.get("/sessions/row1/history")["history"]
    assert [entry["text"] for entry in history if entry["sender"] == "user"] == [
        "one",
        "two",
        "three",
        "?",
    ]
    assert dev.get("/reloads?limit=1")["reloads"][0]["files"] == ["app.py"]
    assert took < 1.0 or seconds_of_another_edit(dev) < 1.0


def seconds_of_another_edit(dev: Program) -> float:
    """Measure again: on a machine that is busy with other tests one edit says little."""
    found = []
    for number in (2, 3, 4):
        dev.wait_standby()
        started = time.monotonic()
        dev.edit("app.py", f'"m{number - 1}"', f'"m{number}"')
        dev.ask("?", "row1-again")
        found.append(time.monotonic() - started)
    return min(found)


def test_row_002_an_imported_module_is_live(dev: Program) -> None:
    outcome = dev.edit("helper.py", '"h0"', '"h1"')

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "h1"


def test_row_003_a_name_imported_from_a_module_is_live(dev: Program) -> None:
    dev.edit("helper.py", '"g0"', '"g1"')

    assert dev.versions()["greet"] == "g1"


def test_row_004_a_name_that_a_package_passes_on_is_live(dev: Program) -> None:
    dev.edit("pkg/sub.py", '"s0"', '"s1"')

    assert dev.versions()["s"] == "s1"


def test_row_005_the_end_of_a_chain_of_imports_is_live(dev: Program, project: Project) -> None:
    project.save("c.py", 'C = "c0"\n')
    project.save("b.py", "from c import C\n")
    project.save("a.py", "from b import C\n")
    project.sources = {*project.original, "a.py", "b.py", "c.py"}
    dev.save(
        "app.py",
        APP.replace("import acts", "import acts\nfrom a import C as MAIN_C").replace(
            '"m0"', "MAIN_C"
        ),
    )
    assert dev.versions()["main"] == "c0"

    dev.edit("c.py", '"c0"', '"c1"')

    assert dev.versions()["main"] == "c1"


def test_row_007_a_circular_import_works_as_at_a_cold_start(dev: Program, project: Project) -> None:
    project.save("a.py", 'import b\n\nA = "a0"\n\n\ndef both():\n    return A + b.B\n')
    project.save("b.py", 'import a\n\nB = "b0"\n\n\ndef both():\n    return a.A + B\n')
    project.sources = {*project.original, "a.py", "b.py"}
    dev.save(
        "app.py",
        APP.replace("import acts", "import a\nimport acts").replace(
            "main={MAIN}", "main={a.both()}"
        ),
    )
    assert dev.versions()["main"] == "a0b0"

    outcome = dev.edit("b.py", '"b0"', '"b1"')

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "a0b1"


def test_row_008_a_module_that_a_handler_imports_is_live_before_and_after_its_first_use(
    dev: Program, project: Project
) -> None:
    project.write("later.py", 'VALUE = "v0"\n')
    mark = dev.mark()
    project.edit("later.py", '"v0"', '"v1"')
    assert dev.ask("lazy") == "later=v1"
    assert dev.outcomes(mark) == []
    project.sources = {*project.original, "later.py"}

    outcome = dev.edit("later.py", '"v1"', '"v2"')
    project.sources -= {"later.py"}
    assert outcome["kind"] == "reload.succeeded"

    assert dev.ask("lazy") == "later=v2"
    project.sources = {*project.original, "later.py"}


def test_row_010_a_renamed_handler_takes_the_place_of_the_old_one(dev: Program) -> None:
    dev.edit("app.py", "async def handle(", "async def on_msg(")

    handlers = dev.get("/app")["handlers"]
    assert [item["name"] for item in handlers if item["kind"] == "message"] == ["on_msg"]
    assert dev.versions()["main"] == "m0"


def test_row_011_a_deleted_handler_is_gone(dev: Program, project: Project) -> None:
    more = '\n\n@app.enter()\nasync def greet_user(session):\n    await session.reply("entered")\n'
    dev.save("app.py", APP + more)
    assert "greet_user" in [item["name"] for item in dev.get("/app")["handlers"]]
    assert "entered" in dev.ask("?", "row11-before")

    dev.save("app.py", APP)

    assert "greet_user" not in [item["name"] for item in dev.get("/app")["handlers"]]
    assert "entered" not in dev.ask("?", "row11-after")


def test_row_013_a_changed_decorator_is_in_effect(dev: Program, project: Project) -> None:
    decorator = (
        "import functools\n\n\ndef mark(function):\n    @functools.wraps(function)\n"
        "    async def wrapper(session, msg):\n        session.data['mark'] = 'first'\n"
        "        await function(session, msg)\n    return wrapper\n"
    )
    project.save("marking.py", decorator)
    project.sources = {*project.original, "marking.py"}
    dev.save(
        "app.py",
        APP.replace("import helper", "import helper\nfrom marking import mark").replace(
            "@app.message()\n", "@app.message()\n@mark\n"
        ),
    )
    dev.ask("?", "row13")
    assert dev.get("/sessions/row13")["data"]["mark"] == "first"

    dev.edit("marking.py", "'first'", "'second'")
    dev.ask("?", "row13")

    assert dev.get("/sessions/row13")["data"]["mark"] == "second"


def test_row_014_a_default_argument_follows_its_constant(dev: Program, project: Project) -> None:
    dev.save("helper.py", 'CONST = "g0"\nH = "h0"\n\n\ndef greet(word=CONST):\n    return word\n')
    assert dev.versions()["greet"] == "g0"

    dev.edit("helper.py", 'CONST = "g0"', 'CONST = "g1"')

    assert dev.versions()["greet"] == "g1"


def test_row_015_values_of_a_class_compare_equal_after_a_reload(
    dev: Program, project: Project
) -> None:
    project.save(
        "model.py",
        "import enum\nfrom dataclasses import asdict, dataclass\n\n\nclass Mood(enum.Enum):\n"
        "    GOOD = 'good'\n\n\n@dataclass\nclass Note:\n    text: str\n\n\n"
        "N = asdict(Note('a'))\n",
    )
    project.sources = {*project.original, "model.py"}
    body = """
@app.message()
async def handle(session, msg):
    if msg.text == "store":
        session.data["mood"] = model.Mood.GOOD.value
        session.data["note"] = model.N
        return
    mood, note = model.Mood(session.data["mood"]), model.Note(**session.data["note"])
    await session.reply(
        f"{mood is model.Mood.GOOD} {isinstance(note, model.Note)} {note == model.Note('a')}"
    )
"""
    project.sources = {"app.py", "model.py"}
    dev.save("app.py", app_text("import model", body))
    assert dev.send("store", "row15")["status"] == "done"
    mark = dev.mark()

    project.path("model.py").touch()
    dev.edit("app.py", "@app.message()", "# another line\n@app.message()")

    assert dev.ask("?", "row15") == "True True True"
    assert dev.outcomes(mark) == ["succeeded"]


def test_row_016_a_class_that_wants_more_fails_only_in_sessions_that_lack_it(
    dev: Program, project: Project
) -> None:
    project.save(
        "model.py",
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Note:\n    text: str\n",
    )
    body = """
@app.message()
async def handle(session, msg):
    if msg.text.startswith("{"):
        import json
        session.data["note"] = json.loads(msg.text)
    await session.reply(str(model.Note(**session.data["note"])))
"""
    project.sources = {"app.py", "model.py"}
    dev.save("app.py", app_text("import model", body))
    assert dev.ask('{"text": "a"}', "row16-old") == "Note(text='a')"

    outcome = dev.edit("model.py", "    text: str\n", "    text: str\n    tag: str\n")
    old = dev.send("?", "row16-old")

    assert outcome["kind"] == "reload.succeeded"
    assert old["status"] == "failed"
    assert old["error"]["type"] == "TypeError"
    assert "tag" in old["error"]["message"]
    assert dev.ask('{"text": "a", "tag": "b"}', "row16-new") == "Note(text='a', tag='b')"


def test_row_017_a_registry_dispatches_on_the_new_class(dev: Program, project: Project) -> None:
    project.save("shapes.py", 'class Square:\n    name = "q0"\n')
    project.save(
        "registry.py",
        "from functools import singledispatch\n\nfrom shapes import Square\n\n\n@singledispatch\n"
        "def describe(value):\n    return 'unknown'\n\n\n@describe.register\n"
        "def _(value: Square):\n    return value.name\n",
    )
    project.sources = {*project.original, "shapes.py", "registry.py"}
    dev.save(
        "app.py",
        APP.replace("import helper", "import helper\nimport registry\nimport shapes").replace(
            "main={MAIN}", "main={registry.describe(shapes.Square())}"
        ),
    )
    assert dev.versions()["main"] == "q0"

    dev.edit("shapes.py", '"q0"', '"q1"')

    assert dev.versions()["main"] == "q1"


def test_row_018_a_blank_line_moves_the_lines_of_tracebacks(dev: Program, project: Project) -> None:
    before = dev.send("fail")["error"]["line"]

    outcome = dev.save("acts.py", "\n" + project.read("acts.py"))
    error = dev.send("fail")["error"]

    assert outcome["kind"] in ("reload.succeeded", "reload.unchanged")
    assert error["line"] == before + 1
    assert error["file"] == "acts.py" or error["file"].endswith("/acts.py")
    assert error["text"] == 'raise RuntimeError(f"asked to fail by {main}")'
    assert f"line {before + 1}, in fail\n    raise RuntimeError" in error["traceback"]


def test_row_019_a_call_that_is_saved_before_what_it_calls(dev: Program, project: Project) -> None:
    outcome = dev.edit("app.py", "main={MAIN}", "main={helper.new()}")
    failed = dev.send("?")
    assert outcome["kind"] == "reload.succeeded"
    assert failed["error"]["type"] == "AttributeError"

    outcome = dev.save("helper.py", project.read("helper.py") + '\n\ndef new():\n    return "n1"\n')

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "n1"


def test_row_019_a_name_that_is_imported_before_it_is_there(dev: Program, project: Project) -> None:
    failed = dev.edit("app.py", "import greet", "import greet, new")
    assert failed["kind"] == "reload.failed"
    assert failed["error"]["type"] == "ImportError"
    assert dev.versions()["main"] == "m0"

    outcome = dev.save("helper.py", project.read("helper.py") + '\n\ndef new():\n    return "n1"\n')

    assert outcome["kind"] == "reload.succeeded"
    assert dev.status()["stale"] is False
