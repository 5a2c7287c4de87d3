"""Tests of importing and booting the app, in real workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.records import JsonObject
from cpsl_dev.protocol import Warm
from tests.servers import wait_until, write_app
from tests.workers import Child

APP = 'import cpsl\napp = cpsl.App(name="made", image=cpsl.Image())\n'


async def warm(child: Child, **variables: str | None) -> None:
    child.process.send(Warm(modules=["colorsys"], variables=variables))
    await child.wait_for("worker.warm")


def sources(facts: JsonObject, folder: Path) -> set[str]:
    return {path.removeprefix(f"{folder}/") for path in facts["sources"]}


async def test_the_import_is_told_before_the_boot_begins(child: Child, tmp_path: Path) -> None:
    hook = "@app.boot()\nasync def boot():\n    1 / 0\n"

    failed = await child.load(write_app(tmp_path, APP + hook), generation=4)

    kinds = [event["kind"] for event in child.events if event["kind"].startswith("load.")]
    assert kinds == ["load.imported", "load.failed"]
    assert (await child.wait_for("load.imported"))["generation"] == 4
    assert failed["phase"] == "boot"


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("1 / 0", "import"),
        ("raise SystemExit(3)", "import"),
        ("x = (", "compile"),
        ("exec('x = (')", "compile"),
        ("import cpsl", "import"),
    ],
)
async def test_the_phase_of_a_failure_is_told(
    child: Child, tmp_path: Path, text: str, phase: str
) -> None:
    failed = await child.load(write_app(tmp_path, text))

    assert (failed["kind"], failed["phase"]) == ("load.failed", phase)
    assert failed["boot_ms"] == 0.0
    assert failed["load_ms"] > 0.0


@pytest.mark.parametrize(
    ("raises", "is_contended"),
    [("OSError(98, 'Address already in use')", True), ("OSError(2, 'No such file')", False)],
)
async def test_a_boot_that_meets_what_is_in_use_says_so(
    child: Child, tmp_path: Path, raises: str, is_contended: bool
) -> None:
    hook = f"@app.boot()\nasync def boot():\n    raise {raises}\n"

    failed = await child.load(write_app(tmp_path, APP + hook))

    assert failed["is_contended"] is is_contended


async def test_a_failed_load_was_made_from_what_it_had_read(child: Child, tmp_path: Path) -> None:
    files = {"part.py": "import no_such_module_here\n", "prompt.txt": "be kind"}
    app = 'TEXT = open("prompt.txt").read()\nimport part\nimport never\n'
    folder = write_app(tmp_path, app, {**files, "never.py": ""})

    failed = await child.load(folder)

    assert sources(failed, folder) == {"app.py", "part.py", "prompt.txt"}
    assert "no_such_module_here" in failed["missing"]
    assert str(folder) in failed["folders"]


async def test_folders_that_the_app_looks_through_are_told(child: Child, tmp_path: Path) -> None:
    app = f"import os\nnames = os.listdir('plugins')\n{APP}"
    folder = write_app(tmp_path, app, {"plugins/one.py": ""})

    loaded = await child.load(folder)

    assert loaded["listed"] == [str(folder / "plugins")]


async def test_a_standby_is_to_import_libraries_in_their_order_and_nothing_of_the_app(
    child: Child, tmp_path: Path
) -> None:
    app = f"import sys, types\nimport part\nsys.modules['made_up'] = types.ModuleType('m')\n{APP}"
    folder = write_app(tmp_path, app, {"part.py": "import wave\nimport colorsys\n"})

    modules = (await child.load(folder))["modules"]

    assert modules.index("wave") < modules.index("colorsys")
    assert not {"app", "part", "made_up"} & set(modules)


async def test_what_was_warmed_is_still_wanted_the_next_time(child: Child, tmp_path: Path) -> None:
    await warm(child)

    loaded = await child.load(write_app(tmp_path, APP))

    assert "colorsys" in loaded["modules"]


async def test_variables_that_the_app_sets_are_told(child: Child, tmp_path: Path) -> None:
    app = f"import os\nos.environ['CPSL_T_A'] = '1'\n{APP}"

    loaded = await child.load(write_app(tmp_path, app))

    assert loaded["variables"] == {"CPSL_T_A": "1"}


@pytest.mark.parametrize("then", [APP, "1 / 0\n"], ids=["good", "fails"])
async def test_a_standby_whose_libraries_read_other_variables_is_stale(
    child: Child, tmp_path: Path, then: str
) -> None:
    await warm(child, CPSL_T_A="1")

    stale = await child.load(
        write_app(tmp_path, f"import os\nos.environ['CPSL_T_A'] = '2'\n{then}")
    )

    assert stale["kind"] == "load.stale"
    assert stale["variables"] == {"CPSL_T_A": "2"}
    assert stale["differing"] == ["CPSL_T_A"]
    assert not any(event["kind"] == "load.imported" for event in child.events)


async def test_one_whose_libraries_read_the_same_is_not(child: Child, tmp_path: Path) -> None:
    await warm(child, CPSL_T_A="1")

    loaded = await child.load(
        write_app(tmp_path, f"import os\nos.environ['CPSL_T_A'] = '1'\n{APP}")
    )

    assert loaded["kind"] == "load.finished"


async def test_what_the_app_needs_and_the_machine_lacks_is_said(
    child: Child, tmp_path: Path
) -> None:
    image = 'cpsl.Image().add_python_packages(["no-such-package-here"])'
    app = f'import cpsl\napp = cpsl.App(name="made", image={image}, secrets=["CPSL_T_SECRET"])\n'

    loaded = await child.load(write_app(tmp_path, app))

    said = " ".join(loaded["warnings"])
    assert "'no-such-package-here', which is not installed" in said
    assert "'CPSL_T_SECRET' is declared but not set" in said


async def test_the_state_of_the_dev_server_is_no_source_and_keeps_compiled_code(
    child: Child, tmp_path: Path
) -> None:
    state = tmp_path / ".cpsl"
    folder = write_app(
        tmp_path, f'TEXT = open(".cpsl/notes.txt").read()\n{APP}', {".cpsl/notes.txt": "1"}
    )

    loaded = await child.load(folder, cache_dir=str(state / "code"))

    assert sources(loaded, folder) == {"app.py"}
    await wait_until(lambda: list((state / "code").glob("*")), what="code is kept")
