"""What holds while code cannot run: the last good generation serves, and a fix is live."""

from __future__ import annotations

from tests.reload.harness import Program


def expect_last_good(dev: Program, before: dict[str, object]) -> None:
    """Judge that the generation of before serves, and says that it is stale."""
    status = dev.status()
    assert status["state"] == "failed"
    assert status["stale"] is True
    assert status["generation"] == before["generation"]
    assert dev.versions()["main"] == "m0"


def fix(dev: Program, name: str) -> None:
    """Put a file back as it was; judge that the next generation is live."""
    before = dev.status()["generation"] or 0
    outcome = dev.save(name, dev.project.original[name])
    assert outcome["kind"] == "reload.succeeded"
    status = dev.status()
    assert (status["state"], status["stale"], status["error"]) == ("ready", False, None)
    assert status["generation"] == before + 1
    assert dev.versions()["main"] == "m0"
