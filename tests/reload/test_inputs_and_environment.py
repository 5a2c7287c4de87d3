"""Section D of `reload.md`, to row 90: files that are read, variables and settings."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.harness import Program
from tests.reload.project import APP, Project

SECRET = "tops3cret-value"


def test_row_082_a_prompt_file_is_live(dev: Program) -> None:
    outcome = dev.save("prompt.txt", "p1\n")

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", ["prompt.txt"])
    assert dev.versions()["prompt"] == "p1"


@pytest.mark.parametrize(
    "name", ["a.md", "b.json", "c.yaml", "d.jinja", "e.sql", "f.csv", "g", "deep/er/h.toml"]
)
def test_row_083_a_file_of_any_name_that_was_read_while_loading_is_live(
    dev: Program, project: Project, name: str
) -> None:
    project.save(name, "d0")
    project.sources = {*project.original, name}
    dev.save("app.py", APP.replace('"m0"', f"Path({name!r}).read_text()"))
    assert dev.versions()["main"] == "d0"

    outcome = dev.save(name, "d1")

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [name])
    assert dev.versions()["main"] == "d1"


def test_row_083_a_file_that_lies_elsewhere_is_live(
    dev: Program, project: Project, tmp_path: Path
) -> None:
    place = tmp_path / "prompts" / "system.md"
    place.parent.mkdir()
    place.write_text("e0")
    project.sources = None
    dev.save("app.py", APP.replace('"m0"', f"open({str(place)!r}).read()"))
    mark = dev.mark()

    place.write_text("e1")
    outcome = dev.wait_outcome(mark)

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [str(place)])
    assert dev.versions()["main"] == "e1"


def test_row_083_a_file_that_was_missing_is_live_when_it_comes(
    dev: Program, project: Project
) -> None:
    reads = (
        'try:\n    MAIN = open("local.txt").read()\nexcept FileNotFoundError:\n    MAIN = "none"'
    )
    dev.save("app.py", APP.replace('MAIN = "m0"', reads))
    assert dev.versions()["main"] == "none"
    project.sources = {*project.original, "local.txt"}

    outcome = dev.save("local.txt", "l0")

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "l0"


def test_row_083_a_file_that_nobody_read_is_not_followed(dev: Program, project: Project) -> None:
    project.save("unread.json", "{}")
    mark = dev.mark()

    project.save("unread.json", '{"a": 1}')
    project.save("another.md", "text")

    dev.stays_quiet(mark)


def test_row_083_a_file_that_the_app_read_and_then_writes_is_its_own(
    own_project: Project, start: Start
) -> None:
    own_project.save("state.json", '{"visits": 0}')
    own_project.save(
        "app.py",
        APP.replace("import helper", "STATE = open('state.json').read()\nimport helper").replace(
            "    name, _, argument", "    open('state.json', 'a').write(' ')\n    name, _, argument"
        ),
    )
    # What the app writes is no source any more; when is up to the app.
    own_project.sources = None
    dev = start(own_project)
    mark = dev.mark()

    # The first is written right after the load, before all of it is followed.
    for _ in range(3):
        dev.ask("?")

    dev.stays_quiet(mark)
    assert dev.edit("prompt.txt", "p0", "p1")["kind"] == "reload.succeeded"
    dev.ask("?")
    dev.stays_quiet(dev.mark())


def test_row_084_data_that_cannot_be_read_fails_with_its_place(
    dev: Program, project: Project
) -> None:
    project.save("data.json", '{"version": "j0"}')
    project.sources = {*project.original, "data.json"}
    reads = 'import json\nMAIN = json.loads(Path("data.json").read_text())["version"]'
    dev.save("app.py", APP.replace('MAIN = "m0"', reads))
    assert dev.versions()["main"] == "j0"

    outcome = dev.save("data.json", '{"version": "j1"')

    assert outcome["kind"] == "reload.failed"
    assert outcome["files"] == ["data.json"]
    assert outcome["error"]["type"] == "JSONDecodeError"
    assert "line 1 column 17" in outcome["error"]["message"]
    assert outcome["error"]["file"] == "app.py"
    assert dev.versions()["main"] == "j0"
    assert dev.save("data.json", '{"version": "j2"}')["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "j2"


def test_row_085_an_input_of_a_generator_is_a_hint_and_its_output_one_reload(
    dev: Program, project: Project
) -> None:
    project.save("baml_src/main.baml", "class A {}\n")
    project.save("baml_client/types.py", 'VALUE = "b0"\n')
    project.save("baml_client/client.py", 'from baml_client.types import VALUE\nNAME = "n0"\n')
    project.save("baml_client/__init__.py", "from baml_client.client import NAME, VALUE\n")
    names = ("__init__", "types", "client")
    project.sources = {*project.original, *(f"baml_client/{name}.py" for name in names)}
    dev.save(
        "app.py",
        APP.replace("import helper", "import baml_client\nimport helper").replace(
            '"m0"', "baml_client.VALUE"
        ),
    )
    assert dev.versions()["main"] == "b0"
    mark = dev.mark()

    hinted = dev.save("baml_src/main.baml", "class B {}\n")
    said = dev.status()["warnings"]
    for name in names:
        text = project.read(f"baml_client/{name}.py")
        project.write(f"baml_client/{name}.py", text.replace("b0", "b1").replace("n0", "n1"))
        # A generator is at work between two files.
        time.sleep(0.05)
    outcome = dev.wait_event("reload.succeeded", after=mark)

    expected = (
        "baml_src/main.baml has changed: run `baml-cli generate` to bring baml_client up to date."
    )
    assert (hinted["kind"], hinted["notes"]) == ("reload.unchanged", [expected])
    assert said == [expected]
    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "b1"
    assert dev.status()["warnings"] == []
    assert dev.outcomes(mark) == ["unchanged", "succeeded"]


def test_row_086_a_variable_of_the_file_is_live(dev: Program) -> None:
    dev.save(".env", "FIXTURE_VARIABLE=1\n")
    assert dev.versions()["env"] == "1"

    outcome = dev.save(".env", "FIXTURE_VARIABLE=2\n")

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [".env"])
    assert dev.versions()["env"] == "2"
    with open(f"/proc/{dev.pid}/environ", "rb") as file:
        assert b"FIXTURE_VARIABLE" not in file.read()


def test_row_086_a_variable_of_the_shell_wins_and_that_is_said(
    own_project: Project, start: Start
) -> None:
    own_project.save(".env", "FIXTURE_VARIABLE=of the file\nOTHER=x\n")
    dev = start(own_project, environment={"FIXTURE_VARIABLE": "of-shell"})

    assert dev.versions()["env"] == "of-shell"
    expected = "FIXTURE_VARIABLE is set in the shell: its value in .env is not used"
    assert expected in dev.status()["warnings"]
    dev.save(".env", "OTHER=x\n")
    assert dev.status()["warnings"] == []
    assert dev.ask("variable OTHER") == "'x'"


def test_row_087_a_variable_that_is_removed_is_gone(dev: Program) -> None:
    dev.save(".env", "FIXTURE_VARIABLE=1\nKEPT=2\n")
    assert dev.versions()["env"] == "1"

    outcome = dev.save(".env", "KEPT=2\n")

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["env"] == "none"
    assert dev.ask("variable KEPT") == "'2'"


def test_row_088_no_value_of_the_file_is_ever_shown(own_project: Project, start: Start) -> None:
    own_project.save(".env", f"PASSWORD={SECRET}\n")
    dev = start(own_project, environment={"PASSWORD": "another"})
    dev.ask("?")

    outcome = dev.save(".env", f"PASSWORD={SECRET}\nTOKEN='{SECRET}\n{SECRET}\n= {SECRET}\n")

    assert outcome["kind"] != "reload.failed"
    warnings = dev.status()["warnings"]
    assert any(".env:" in warning and "no NAME=value" in warning for warning in warnings), warnings
    dev.wait_all_read()
    shown = [str(dev.events), str(dev.status()), str(dev.get("/reloads")), dev.errors]
    assert not any(SECRET in text for text in shown)


def settings(**values: object) -> str:
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f'[project]\nname = "x"\n\n[tool.cpsl]\n{lines}'


def test_row_089_watch_and_ignore_are_live(dev: Program, project: Project) -> None:
    project.save("notes/a.md", "one")
    project.save("notes/deep/b.md", "one")
    outcome = dev.save("pyproject.toml", settings(watch='["notes"]', ignore='["prompt.txt"]'))
    assert outcome["kind"] == "reload.unchanged"
    for name in ("notes/a.md", "notes/new.md", "notes/deep/b.md", "notes/fresh/c.md"):
        mark = dev.mark()

        project.save(name, "two")

        assert dev.wait_outcome(mark)["kind"] == "reload.succeeded", name
    mark = dev.mark()

    project.save("prompt.txt", "p1\n")
    project.sources = {*project.original} - {"prompt.txt"}

    dev.stays_quiet(mark)
    project.sources = None
    mark = dev.mark()
    dev.save("pyproject.toml", settings(watch="[]"))
    # What was ignored is found to have changed.
    assert dev.wait_outcome_of("prompt.txt", mark)["kind"] == "reload.succeeded"
    assert dev.versions()["prompt"] == "p1"
    mark = dev.mark()
    project.save("notes/a.md", "three")
    dev.stays_quiet(mark)


def test_row_089_the_file_of_variables_is_live(dev: Program, project: Project) -> None:
    project.save("other.env", "FIXTURE_VARIABLE=other\n")

    outcome = dev.save("pyproject.toml", settings(env_file='"other.env"'))

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["env"] == "other"
    assert dev.save("other.env", "FIXTURE_VARIABLE=more\n")["kind"] == "reload.succeeded"
    assert dev.versions()["env"] == "more"


def test_row_089_limits_are_live_unless_they_were_given(own_project: Project, start: Start) -> None:
    dev = start(own_project, environment={"CPSL_DRAIN_TIMEOUT": "5"})

    outcome = dev.save(
        "pyproject.toml", settings(load_timeout_seconds=1.5, drain_timeout_seconds=1)
    )
    failed = dev.edit("helper.py", "def greet", "import time\ntime.sleep(60)\n\n\ndef greet")

    assert outcome["kind"] == "reload.unchanged"
    assert failed["error"]["message"] == "import did not finish within 1.5 s"
    own_project.restore()
    own_project.save("pyproject.toml", settings(drain_timeout_seconds=1))
    dev.wait_live()
    turn = dev.post("slow 50")
    dev.wait_event("reply.chunk")
    dev.edit("app.py", "m0", "m1")
    assert dev.wait_turn(turn)["status"] == "done"


def test_row_089_what_takes_a_new_start_is_said(dev: Program) -> None:
    dev.save("pyproject.toml", settings(port=4711, max_body=5))

    expected = "restart needed: port, max_body in pyproject.toml has changed"
    # The port was given as an argument, so only the other one counts.
    assert dev.status()["warnings"] == [expected.replace("port, ", "")]
    dev.save("pyproject.toml", settings())
    assert dev.status()["warnings"] == []


def test_row_089_a_bad_value_is_named_and_the_last_good_one_kept(
    dev: Program, project: Project
) -> None:
    project.save("other.env", "FIXTURE_VARIABLE=other\n")
    dev.save("pyproject.toml", settings(env_file='"other.env"'))

    dev.save("pyproject.toml", settings(env_file="7", prot="1", host='"0.0.0.0"', watch="[1]"))

    warnings = "\n".join(dev.status()["warnings"])
    assert "env_file = 7 in [tool.cpsl] of pyproject.toml is of the wrong type" in warnings
    assert "'prot' in [tool.cpsl] of pyproject.toml is not known" in warnings
    assert "host = '0.0.0.0' in [tool.cpsl] of pyproject.toml is ignored" in warnings
    assert "watch = [1] in [tool.cpsl] of pyproject.toml must be a list of texts" in warnings
    assert dev.reload()["outcome"] == "succeeded"
    assert dev.versions()["env"] == "other"


def test_row_090_settings_that_cannot_be_read_leave_the_last_good_ones(
    dev: Program, project: Project
) -> None:
    project.save("other.env", "FIXTURE_VARIABLE=other\n")
    dev.save("pyproject.toml", settings(env_file='"other.env"'))

    outcome = dev.save("pyproject.toml", "[tool.cpsl\n")

    assert outcome["kind"] == "reload.unchanged"
    assert any("pyproject.toml cannot be read" in warning for warning in dev.status()["warnings"])
    assert any("the last good settings are kept" in text for text in dev.status()["warnings"])
    assert dev.reload()["outcome"] == "succeeded"
    assert dev.versions()["env"] == "other"
