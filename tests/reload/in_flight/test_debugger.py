"""An editor that is attached with debugpy while the code is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.debug_adapter import Editor
from tests.reload.conftest import Start
from tests.reload.harness import Program
from tests.reload.in_flight.steps import save
from tests.reload.project import APP, Project

_HANDLER_LINE = APP.splitlines().index('    name, _, argument = msg.text.partition(" ")') + 1


def test_row_121_editor_attaches_again_at_the_same_port(
    start: Start, own_project: Project, free_port: int
) -> None:
    dev = start(own_project, "--debugpy", str(free_port))
    dev.wait_event("debugger.listening")

    async def run() -> list[tuple[str, str]]:
        editor = await attached(dev, free_port)
        first = await stop_in_handler(dev, editor)
        mark = dev.mark()
        await beside(dev, lambda: save(dev, "m1"))
        told = await beside(dev, lambda: dev.wait_event("debugger.detached", after=mark))
        assert told["text"] == f"an editor can attach again at port {free_port}"
        editor.close()
        editor = await attached(dev, free_port)
        second = await stop_in_handler(dev, editor)
        editor.close()
        return [first, second]

    assert asyncio.run(run()) == [("'m0'", "m0 on"), ("'m1'", "m1 on")]


async def attached(dev: Program, port: int) -> Editor:
    editor = await Editor.connect(port)
    await editor.attach(dev.project.path("app.py"), _HANDLER_LINE)
    return editor


async def stop_in_handler(dev: Program, editor: Editor) -> tuple[str, str]:
    """Stop a message in its handler; return `MAIN` as it is there, and the answer."""
    asking = asyncio.ensure_future(beside(dev, lambda: dev.ask("echo on")))
    line, main = await editor.look("MAIN")
    assert line == _HANDLER_LINE
    return (main, await asking)


async def beside(dev: Program, call: Callable[[], Any]) -> Any:
    """Do something in a thread, while the editor speaks."""

    def run() -> Any:
        try:
            return call()
        finally:
            dev.disconnect()

    return await asyncio.to_thread(run)
