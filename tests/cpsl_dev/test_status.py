"""Tests of what `GET /status` says while things happen."""

from __future__ import annotations

import asyncio

from cpsl_dev.server import DevServer
from tests.conftest import MakeApp, RunServer
from tests.servers import ECHO_APP, make_config, wait_for_event, wait_until

SLOW_BOOT = """
    import time
    from pathlib import Path

    import cpsl

    app = cpsl.App(name="slow", image=cpsl.Image())
    while not Path("import").exists():
        time.sleep(0.01)


    @app.boot()
    def boot():
        while not Path("boot").exists():
            time.sleep(0.01)
"""


async def test_a_start_in_progress_says_how_far_it_is(make_app: MakeApp) -> None:
    folder = make_app(SLOW_BOOT)
    server = DevServer(make_config(folder))
    await server.start()
    try:
        await wait_until(lambda: (server.status()["reload"] or {}).get("phase") == "load")
        status = server.status()
        assert (status["state"], status["generation"], status["app_name"]) == (
            "starting",
            None,
            None,
        )
        assert status["code_hash"] is None
        assert status["reload"]["files"] == []

        (folder / "import").touch()
        await wait_until(lambda: (server.status()["reload"] or {}).get("phase") == "boot")
        assert server.status()["reload"]["elapsed_ms"] > status["reload"]["elapsed_ms"]
        assert "booting" in {worker["state"] for worker in server.status()["workers"]}

        (folder / "boot").touch()
        async with asyncio.timeout(10):
            await server.ready()
        assert (server.status()["state"], server.status()["reload"]) == ("ready", None)
    finally:
        await server.stop()


async def test_a_save_in_progress_names_its_files(make_app: MakeApp, dev_server: RunServer) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder) as server:
        make_app(SLOW_BOOT)
        await wait_until(lambda: server.status()["state"] == "reloading")

        status = server.status()
        assert (status["generation"], status["stale"]) == (1, False)
        assert status["reload"]["files"] == status["pending"] == ["app.py"]

        (folder / "import").touch()
        (folder / "boot").touch()
        await wait_for_event(server, "reload.succeeded", where=lambda event: event.generation == 2)
        assert (server.status()["state"], server.status()["pending"]) == ("ready", [])


async def test_the_same_files_have_the_same_hash_wherever_they_lie(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder) as server:
        first = server.status()["code_hash"]
        make_app(ECHO_APP + "    # changed\n")
        await wait_for_event(server, "reload.succeeded", where=lambda event: event.generation == 2)
        second = server.status()["code_hash"]
        make_app(ECHO_APP)
        await wait_for_event(server, "reload.succeeded", where=lambda event: event.generation == 3)

        assert server.status()["code_hash"] == first
        assert second != first


async def test_what_the_watcher_follows_is_shown(make_app: MakeApp, dev_server: RunServer) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder) as server:
        watch = server.status()["watch"]

        assert watch["mode"] == "native"
        assert str(folder) in watch["roots"]
        assert watch["files"] >= 1
