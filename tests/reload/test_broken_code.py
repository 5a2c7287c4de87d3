"""Section B of `reload.md`: code that cannot run never takes the app down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.harness import Program
from tests.reload.interpreters import install, make_environment
from tests.reload.last_good import expect_last_good, fix
from tests.reload.project import APP, HELPER, Project


def test_row_020_a_syntax_error_is_shown_with_its_place(dev: Program) -> None:
    before = dev.status()

    outcome = dev.edit("app.py", 'MAIN = "m0"', 'MAIN = = "m1"')

    error = dev.status()["error"]
    assert outcome["kind"] == "reload.failed"
    assert (error["phase"], error["type"]) == ("compile", "SyntaxError")
    assert (error["file"], error["line"]) == ("app.py", 10)
    assert error["text"] == 'MAIN = = "m1"\n       ^'
    expect_last_good(dev, before)
    fix(dev, "app.py")


def test_row_021_an_error_in_a_module_names_the_module(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", "def greet(:\n")

    assert outcome["error"]["file"] == "helper.py"
    assert outcome["error"]["line"] == 1
    expect_last_good(dev, before)
    fix(dev, "helper.py")


def test_row_023_a_half_imported_app_registers_nothing(dev: Program) -> None:
    before, app = dev.status(), dev.get("/app")
    more = "\n\n@app.enter()\nasync def entered(session):\n    pass\n\n\n1 / 0\n"

    outcome = dev.save("app.py", APP + more)

    assert outcome["error"]["type"] == "ZeroDivisionError"
    assert outcome["error"]["text"] == "1 / 0"
    assert outcome["error"]["phase"] == "import"
    assert dev.get("/app") == app
    expect_last_good(dev, before)
    fix(dev, "app.py")


def test_row_024_a_missing_package_is_found_once_it_is_installed(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    folder = tmp_path / "environment"
    dev = start(own_project, python=make_environment(folder))
    failed = dev.edit("app.py", "import helper\n", "import helper\nimport newly_installed\n")
    assert failed["kind"] == "reload.failed"
    assert failed["error"]["type"] == "ModuleNotFoundError"
    assert failed["error"]["file"] == "app.py"
    assert failed["error"]["text"] == "import newly_installed"
    mark = dev.mark()

    install(folder, "newly_installed", "VALUE = 1\n")

    outcome = dev.wait_outcome(mark)
    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "m0"


def test_row_024_a_failed_load_is_tried_again_on_request(dev: Program) -> None:
    place = dev.project.folder.with_name("installed")
    condition = f"import os\nassert os.path.isdir({str(place)!r})\n"
    assert dev.save("helper.py", condition + HELPER)["kind"] == "reload.failed"
    assert dev.reload()["outcome"] == "failed"
    place.mkdir()

    answer = dev.reload()

    assert (answer["outcome"], answer["error"]) == ("succeeded", None)
    assert dev.status()["state"] == "ready"


@pytest.mark.parametrize(
    ("statement", "kind", "message"),
    [
        ("import sys; sys.exit(0)", "SystemExit", "the module called sys.exit: 0"),
        ("raise SystemExit('no')", "SystemExit", "the module called sys.exit: no"),
        ("raise SystemExit", "SystemExit", "the module called sys.exit"),
    ],
)
def test_row_025_a_module_that_exits_ends_nothing(
    dev: Program, statement: str, kind: str, message: str
) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + statement + "\n")

    assert outcome["kind"] == "reload.failed"
    assert (outcome["error"]["type"], outcome["error"]["message"]) == (kind, message)
    assert (outcome["error"]["file"], outcome["error"]["text"]) == ("helper.py", statement)
    expect_last_good(dev, before)
    fix(dev, "helper.py")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import asyncio; raise asyncio.CancelledError", "CancelledError"),
        ("raise type('Odd', (BaseException,), {})('odd')", "Odd"),
        ("raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_row_026_an_exception_of_any_class_ends_nothing(
    dev: Program, statement: str, kind: str
) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + statement + "\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["type"] == kind
    assert outcome["error"]["file"] == "helper.py"
    expect_last_good(dev, before)
    fix(dev, "helper.py")


def test_row_031_a_boot_hook_that_raises_runs_once_for_each_save(dev: Program) -> None:
    before = dev.status()
    boots = dev.project.path("boot.log")
    boots.unlink(missing_ok=True)

    outcome = dev.save(
        "app.py",
        APP.replace('        log.write(f"{MAIN}\\n")', '        log.write("x\\n")\n    1 / 0'),
    )
    mark = dev.mark()

    assert outcome["kind"] == "reload.failed"
    assert (outcome["error"]["phase"], outcome["error"]["text"]) == ("boot", "1 / 0")
    expect_last_good(dev, before)
    dev.stays_quiet(mark)
    assert boots.read_text() == "x\n"
    fix(dev, "app.py")


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("async def handle():", "    pass"),
        ("async def handle(session):", "    pass"),
        ("async def handle(session, msg, third):", "    pass"),
        ("async def handle(session, msg):", "    yield 1"),
    ],
)
def test_row_033_a_handler_that_cannot_be_called_fails_at_the_load(
    dev: Program, signature: str, body: str
) -> None:
    before = dev.status()
    start = APP.index("async def handle(")

    outcome = dev.save("app.py", f"{APP[:start]}{signature}\n{body}\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["file"] == "app.py"
    assert outcome["error"]["line"] in (
        APP[:start].count("\n"),
        APP[:start].count("\n") + 1,
    ), outcome["error"]
    expect_last_good(dev, before)
    fix(dev, "app.py")


def test_row_034_a_cron_expression_that_is_none_is_named(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save(
        "app.py", APP + '\n\n@app.schedule("61 * * * *")\nasync def often():\n    pass\n'
    )

    assert outcome["kind"] == "reload.failed"
    assert "61 * * * *" in outcome["error"]["message"]
    assert outcome["error"]["file"] == "app.py"
    expect_last_good(dev, before)
    fix(dev, "app.py")


def test_row_035_the_first_start_on_broken_code_waits_for_the_fix(
    own_project: Project, start: Start
) -> None:
    own_project.save("app.py", "import cpsl\napp = (\n")
    dev = start(own_project)

    status = dev.status()
    assert (status["state"], status["generation"], status["stale"]) == ("failed", None, False)
    assert status["error"]["file"] == "app.py"
    assert dev.request("POST", "/sessions/s9/messages", {"text": "?"})[0] == 503

    fix(dev, "app.py")


def test_row_036_ten_broken_saves_and_a_fix_leave_no_trace(dev: Program) -> None:
    before = resident_kilobytes(dev.pid)

    for number in range(10):
        mark = dev.mark()
        dev.project.save("app.py", f"{APP}\nraise ValueError({number})\n")
        outcome = dev.wait_outcome(mark)
        assert outcome["error"]["message"] == str(number)
        assert dev.outcomes(mark) == ["failed"]

    fix(dev, "app.py")
    assert resident_kilobytes(dev.pid) < before + 10_000


def test_row_037_an_unrelated_save_does_not_hide_an_error(dev: Program) -> None:
    before = dev.status()
    dev.edit("app.py", 'MAIN = "m0"', "MAIN = (")

    outcome = dev.edit("helper.py", '"h0"', '"h1"')

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["file"] == "app.py"
    expect_last_good(dev, before)
    assert dev.status()["pending"] == ["app.py", "helper.py"]
    fix(dev, "app.py")
    assert dev.versions()["h"] == "h1"


def test_row_039_a_traceback_shows_the_code_that_ran(dev: Program) -> None:
    line = dev.send("fail")["error"]["line"]
    acts = dev.project.read("acts.py")
    dev.save("acts.py", acts.replace("raise RuntimeError(", "return RuntimeError(") + "\n(")

    error = dev.send("fail")["error"]

    assert error["text"] == 'raise RuntimeError(f"asked to fail by {main}")'
    assert error["text"] in error["traceback"]
    assert error["line"] == line
    outcome = dev.save("acts.py", acts)
    assert outcome["kind"] == "reload.succeeded"


def test_row_040_a_warning_is_shown_and_stops_nothing(dev: Program) -> None:
    helper = HELPER.replace("def greet", "if H is 'x':\n    pass\n\n\ndef greet")
    helper += "\nimport warnings\nwarnings.warn('use the other', DeprecationWarning)\n"

    outcome = dev.save("helper.py", helper)

    assert outcome["kind"] == "reload.succeeded"
    warnings = dev.status()["warnings"]
    assert any("helper.py:4: SyntaxWarning" in warning for warning in warnings), warnings
    assert any("DeprecationWarning: use the other" in warning for warning in warnings), warnings
    dev.save("helper.py", HELPER)
    assert dev.status()["warnings"] == []


def resident_kilobytes(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
