"""Tests of deciding when a new generation is due, with a real server on real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cpsl.records import JsonObject
from cpsl_dev.event_log import Event
from cpsl_dev.server import DevServer
from tests.servers import ask, running, wait_for_event, wait_until, write_app

APP = """
import cpsl
import helper

app = cpsl.App(name="fixture", image=cpsl.Image())


@app.message()
async def handle(session, message):
    await session.reply(helper.H)
"""
OUTCOMES = ("reload.succeeded", "reload.failed", "reload.unchanged", "reload.superseded")


def make(folder: Path, helper: str = 'H = "h0"\n', **more: str) -> Path:
    files = {"helper.py": helper, **{name.replace("__", "."): text for name, text in more.items()}}
    return write_app(folder / "project", APP, files)


def save(folder: Path, name: str, text: str) -> None:
    part = folder / f".{name}.part"
    part.write_text(text, "utf-8")
    part.replace(folder / name)


async def first_mark(server: DevServer) -> int:
    """Return the number of the newest event, once that of the first load is stored."""
    await outcome(server, 0)
    return server.log.last_seq


async def outcome(server: DevServer, after: int) -> Event:
    """Return the first end of a reload above a number that is final."""
    found: list[Event] = []

    def has_ended() -> bool:
        found[:] = [
            event
            for event in server.log.recent(10_000)
            if event.seq > after and event.kind in OUTCOMES[:3]
        ]
        return bool(found)

    await wait_until(has_ended, what="a reload has ended")
    return found[0]


def outcomes(server: DevServer, after: int) -> list[str]:
    return [
        event.kind.removeprefix("reload.")
        for event in server.log.recent(10_000)
        if event.seq > after and event.kind in OUTCOMES
    ]


async def test_a_save_is_live_and_says_where_the_time_went(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        mark = await first_mark(server)

        save(folder, "helper.py", 'H = "h1"\n')
        ended = await outcome(server, mark)

        assert (ended.kind, ended.generation) == ("reload.succeeded", 2)
        assert (ended.fields["files"], ended.fields["reason"]) == (["helper.py"], "save")
        assert ended.fields["parts"].keys() == {"notice", "load", "boot", "swap"}
        turn = await ask(server, "?")
        assert [reply.text for reply in turn.replies] == ["h1"]


async def test_a_failure_keeps_the_last_good_generation_and_names_what_is_not_live(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        mark = await first_mark(server)

        save(folder, "helper.py", "H = = 1\n")
        ended = await outcome(server, mark)

        status = server.status()
        assert ended.fields["error"]["file"] == "helper.py"
        assert (status["state"], status["stale"]) == ("failed", True)
        assert (status["generation"], status["pending"]) == (1, ["helper.py"])
        mark = server.log.last_seq
        save(folder, "helper.py", 'H = "h2"\n')
        assert (await outcome(server, mark)).kind == "reload.succeeded"
        assert server.status()["pending"] == []


async def test_the_other_half_of_a_save_hides_the_failure_of_the_first(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        mark = await first_mark(server)

        save(folder, "app.py", APP.replace("import helper", "import util as helper"))
        await wait_for_event(server, "reload.started", after=mark)
        save(folder, "util.py", 'H = "u0"\n')
        ended = await outcome(server, mark)

        assert ended.kind == "reload.succeeded"
        assert "failed" not in outcomes(server, mark)
        assert "app.py" in ended.fields["files"]
        await wait_for_reply(server, "u0")


async def test_a_request_while_one_is_under_way_joins_it(tmp_path: Path) -> None:
    folder = make(tmp_path, "import time\ntime.sleep(0.3)\nH = 1\n")
    async with running(folder) as server:
        mark = await first_mark(server)

        answers = await asyncio.gather(*(server.reload() for _ in range(5)))

        assert {answer["outcome"] for answer in answers} == {"succeeded"}
        assert {answer["generation"] for answer in answers} == {2}
        await outcome(server, mark)
        assert outcomes(server, mark) == ["succeeded"]


async def test_a_request_tells_of_a_failure(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder, reload=False) as server:
        save(folder, "helper.py", "1 / 0\n")

        answer = await server.reload()

        assert answer["outcome"] == "failed"
        error = as_object(answer["error"])
        assert (error["type"], error["file"]) == ("ZeroDivisionError", "helper.py")


def as_object(value: object) -> JsonObject:
    assert isinstance(value, dict)
    return value


async def test_without_reloading_a_save_is_only_pending(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder, reload=False) as server:
        mark = await first_mark(server)

        save(folder, "helper.py", 'H = "h1"\n')
        await wait_until(lambda: server.status()["pending"] == ["helper.py"])
        save(folder, "helper.py", 'H = "h0"\n')
        await wait_until(lambda: server.status()["pending"] == [])

        assert outcomes(server, mark) == []


async def test_settings_that_change_nothing_for_the_code_leave_it_as_it_is(tmp_path: Path) -> None:
    folder = make(tmp_path, pyproject__toml="[tool.cpsl]\n")
    async with running(folder) as server:
        mark = await first_mark(server)

        save(folder, "pyproject.toml", "[tool.cpsl]\ndrain_timeout_seconds = 3\n")
        ended = await outcome(server, mark)

        assert (ended.kind, ended.fields["files"]) == ("reload.unchanged", ["pyproject.toml"])
        assert server.status()["generation"] == 1


async def test_settings_and_a_source_that_change_together_are_not_unchanged(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path, pyproject__toml="[tool.cpsl]\n")
    async with running(folder) as server:
        for number in range(1, 6):
            save(folder, "pyproject.toml", f"[tool.cpsl]\ndrain_timeout_seconds = {number}\n")
            await asyncio.sleep(0.002 * number)
            save(folder, "helper.py", f'H = "h{number}"\n')

            await wait_until(lambda: not server.status()["reload"], what="no reload is under way")
            await wait_for_reply(server, f"h{number}")


async def wait_for_reply(server: DevServer, text: str) -> None:
    async with asyncio.timeout(10):
        while True:
            turn = await ask(server, "?")
            if turn.replies[0].text == text:
                return


async def test_a_file_of_variables_with_the_same_variables_is_unchanged(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / ".env").write_text("A=1\n", "utf-8")
    async with running(folder) as server:
        mark = await first_mark(server)
        save(folder, ".env", "# a remark\nA=1\n")
        same = await outcome(server, mark)
        mark = server.log.last_seq

        save(folder, ".env", "A=2\n")
        other = await outcome(server, mark)

        assert (same.kind, other.kind) == ("reload.unchanged", "reload.succeeded")
        assert "started cold: the environment has changed" in other.fields["notes"]


async def test_a_module_of_a_load_that_died_is_followed(tmp_path: Path) -> None:
    folder = make(tmp_path, "import os\nos._exit(7)\n")
    async with running(folder) as server:
        assert server.status()["error"]["message"] == "the worker exited 7 during import"
        mark = await first_mark(server)

        save(folder, "helper.py", 'H = "h1"\n')

        assert (await outcome(server, mark)).kind == "reload.succeeded"


async def test_a_worker_that_keeps_dying_is_not_started_for_ever(tmp_path: Path) -> None:
    folder = make(
        tmp_path,
        'import os\n\n\nclass Dying:\n    def __str__(self):\n        os._exit(5)\n\n\nH = "h0"\n',
    )
    save(folder, "app.py", APP.replace("reply(helper.H)", "reply(str(helper.Dying()))"))
    async with running(folder) as server:
        for number in range(3):
            assert (await ask(server, "?", session_id=f"s{number}")).status == "interrupted"
            await wait_until(lambda: server.status()["state"] in ("ready", "failed"))

        status = server.status()
        assert (status["state"], status["generation"]) == ("failed", None)
        assert "died 3 times in a row without finishing a turn" in status["error"]["message"]
        mark = server.log.last_seq
        save(folder, "app.py", APP)
        assert (await outcome(server, mark)).kind == "reload.succeeded"


async def test_a_missing_file_is_named_in_the_error(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        mark = await first_mark(server)

        (folder / "helper.py").unlink()
        ended = await outcome(server, mark)

        message = ended.fields["error"]["message"]
        assert message == "No module named 'helper' (helper.py is missing)"
