"""Section B of `reload.md`: code that crashes, hangs or eats all memory as it is loaded."""

from __future__ import annotations

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
from tests.reload.last_good import expect_last_good, fix
from tests.reload.project import APP, HELPER, Project

STUCK_LIMIT_SECONDS = 2.0


def test_row_027_a_worker_that_exits_at_once_is_told_by_its_code(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + "import os\nos._exit(3)\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["message"] == "the worker exited 3 during import"
    expect_last_good(dev, before)
    fix(dev, "helper.py")


def test_row_028_a_crash_at_import_is_told_by_its_signal_and_not_repeated(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + "import ctypes\nctypes.string_at(0)\n")
    mark = dev.mark()

    assert outcome["kind"] == "reload.failed"
    expected = "the worker was ended by signal 11 (SIGSEGV) during import"
    assert outcome["error"]["message"] == expected
    expect_last_good(dev, before)
    dev.stays_quiet(mark)
    assert len(dev.since(mark, "worker.started")) <= 1
    fix(dev, "helper.py")


def test_row_028_a_crash_of_the_first_load_is_mended_in_the_module_that_crashed(
    own_project: Project, start: Start
) -> None:
    own_project.save("helper.py", "import os\nos._exit(4)\n")
    dev = start(own_project)
    assert dev.status()["error"]["message"] == "the worker exited 4 during import"

    outcome = dev.save("helper.py", HELPER)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "m0"


def test_row_029_a_stuck_import_is_cancelled_by_a_save(dev: Program) -> None:
    before = dev.status()
    mark = dev.mark()
    dev.project.save("helper.py", HELPER + "import time\ntime.sleep(1e9)\n")
    status = wait_until(
        lambda: (now := dev.status())["reload"] and now["reload"]["phase"] == "load" and now,
        what="the load is under way",
    )
    assert status["state"] == "reloading"
    assert status["reload"]["files"] == ["helper.py"]
    assert status["reload"]["elapsed_ms"] > 0
    assert status["generation"] == before["generation"]
    assert dev.versions()["h"] == "h0"

    dev.project.save("helper.py", HELPER.replace("h0", "h1"))

    outcome = dev.wait_outcome(mark)
    assert outcome["kind"] == "reload.succeeded"
    assert outcome["files"] == ["helper.py"]
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
    assert dev.versions()["h"] == "h1"


def test_row_029_a_stuck_import_fails_at_the_limit(own_project: Project, start: Start) -> None:
    dev = start(own_project, "--load-timeout", f"{STUCK_LIMIT_SECONDS:g}")

    outcome = dev.save("helper.py", HELPER + "import time\ntime.sleep(1e9)\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["type"] == "TimeoutError"
    assert outcome["error"]["message"] == "import did not finish within 2 s"
    assert outcome["duration_ms"] >= STUCK_LIMIT_SECONDS * 1_000
    expect_last_good(dev, {"generation": 1})
    fix(dev, "helper.py")


def test_row_029_an_import_that_asks_for_input_fails_at_once(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + "input('name? ')\n")

    assert outcome["error"]["type"] == "EOFError"
    expect_last_good(dev, before)
    fix(dev, "helper.py")


def test_row_030_an_import_without_limit_fails_for_want_of_memory(
    own_project: Project, start: Start
) -> None:
    prefix = ("prlimit", f"--as={3 * 1024**3}")
    dev = start(own_project, prefix=prefix)
    supervisor = dev.pid

    outcome = dev.save("helper.py", HELPER + "x = []\nwhile True:\n    x.append(bytes(2**26))\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["type"] == "MemoryError"
    assert outcome["error"]["file"] == "helper.py"
    assert dev.pid == supervisor
    expect_last_good(dev, {"generation": 1})
    fix(dev, "helper.py")


def test_row_030_a_worker_that_the_system_kills_is_explained(dev: Program) -> None:
    before = dev.status()

    outcome = dev.save("helper.py", HELPER + "import os\nos.kill(os.getpid(), 9)\n")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["message"] == (
        "the worker was ended by signal 9 (SIGKILL) during import, "
        "as the system does when memory runs out"
    )
    expect_last_good(dev, before)
    fix(dev, "helper.py")


def test_row_032_a_boot_hook_that_hangs_is_as_an_import_that_does(
    own_project: Project, start: Start
) -> None:
    dev = start(own_project, "--load-timeout", f"{STUCK_LIMIT_SECONDS:g}")
    hangs = APP.replace(
        '    with open("boot.log"', '    import time\n    time.sleep(1e9)\n    with open("boot.log"'
    )
    mark = dev.mark()
    own_project.save("app.py", hangs)
    wait_until(lambda: (now := dev.status()["reload"]) and now["phase"] == "boot", what="it boots")
    assert dev.versions()["main"] == "m0"

    outcome = dev.wait_outcome(mark)

    assert outcome["error"]["phase"] == "boot"
    assert outcome["error"]["message"] == "boot did not finish within 2 s"
    expect_last_good(dev, {"generation": 1})
    mark = dev.mark()
    own_project.save("app.py", hangs + "\n")
    wait_until(lambda: (now := dev.status()["reload"]) and now["phase"] == "boot", what="it boots")
    fix(dev, "app.py")
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
