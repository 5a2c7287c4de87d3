"""Make the pictures of the documentation from the running program.

    python docs/make_pictures.py

Runs the notebook example with the real server and the real screen, without a terminal: talks to
it, edits and saves it, and writes what can then be seen to `docs/images/`: pictures, and a short
recording, which is an SVG as well that shows one picture after another.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from cpsl_dev.config import Config, find_entry
from cpsl_dev.core_thread import CoreThread
from cpsl_dev.debug.endpoint import DebugEndpoint
from cpsl_dev.server import DevServer
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.chat_pane import ChatPane

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE = (124, 36)
SECONDS = 15.0

# A picture of the recording, and for how many seconds it stands.
Frame = tuple[str, float]


class Photographer:
    """Uses the screen as a person would, and takes pictures of it."""

    def __init__(self, app: DevApp, pilot: Pilot[int]) -> None:
        self.frames: list[Frame] = []
        self._app = app
        self._pilot = pilot

    async def see(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        deadline = time.monotonic() + SECONDS
        while text.replace(" ", "&#160;") not in self._app.export_screenshot():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{text!r} does not come")
            await self._pilot.pause(0.05)

    async def say(self, text: str) -> None:
        """Send a message."""
        self._app.query_one(ChatPane).prompt.put(text)
        await self._pilot.press("enter")

    async def type(self, text: str) -> None:
        """Send a message, and record how it is written."""
        prompt = self._app.query_one(ChatPane).prompt
        for part in (text[: len(text) // 2], text):
            prompt.put(part)
            await self.record("cpsl dev app.py", 0.6)
        await self._pilot.press("enter")

    async def record(self, title: str, seconds: float) -> None:
        """Add what is to be seen now to the recording."""
        await self._pilot.pause(0.3)
        self.frames.append((self._app.export_screenshot(title=title), seconds))

    async def take(self, name: str) -> None:
        """Write a picture."""
        await self._pilot.pause(0.3)
        svg = self._app.export_screenshot(title="cpsl dev app.py")
        write(IMAGES / f"{name}.svg", svg)


async def tell_the_story(photographer: Photographer, app_file: Path) -> None:
    """Talk, edit, save, talk, make a mistake."""
    original = read(app_file)
    await photographer.see("ready")
    await photographer.type("remember buy coffee")
    await photographer.see("Saved note #1: buy coffee")
    await photographer.record("cpsl dev app.py", 2.0)
    write(app_file, original.replace("Saved note #", "Noted as #"))
    await photographer.see("gen 2")
    await photographer.record("app.py was saved: the new code is live, the session goes on", 2.5)
    await photographer.type("remember send proposal")
    await photographer.see("Noted as #2: send proposal")
    await photographer.record("cpsl dev app.py", 3.0)
    await photographer.take("screen")
    write(IMAGES / "edit-reload-reply.svg", animation(photographer.frames))

    write(app_file, original.replace("= msg.text.strip()", "= (msg.text.strip()"))
    await photographer.see("answers come from generation 2 until this is fixed")
    await photographer.say("remember call Ann")
    await photographer.see("Noted as #3: call Ann")
    await photographer.take("broken-save")


def animation(frames: list[Frame]) -> str:
    """Return one SVG that shows pictures one after another, again and again."""
    whole = sum(seconds for _, seconds in frames)
    head = re.search(r"<svg[^>]*>", frames[0][0])
    assert head is not None
    styles, pictures, began = [], [], 0.0
    for number, (svg, seconds) in enumerate(frames):
        start, end = began / whole * 100, (began + seconds) / whole * 100
        began += seconds
        hidden = f"0%{{opacity:0}}{start:.2f}%{{opacity:1}}" if number else "0%{opacity:1}"
        styles.append(
            f"@keyframes f{number}{{{hidden}{end:.2f}%{{opacity:0}}100%{{opacity:0}}}}"
            f".f{number}{{animation:f{number} {whole:.1f}s step-end infinite}}"
        )
        pictures.append(f'<g class="f{number}">{svg}</g>')
    return f"{head.group()}<style>{''.join(styles)}</style>{''.join(pictures)}</svg>\n"


def read(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text("utf-8")


def write(path: Path, text: str) -> None:
    """Write a text into a file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


async def main() -> None:
    """Make every picture."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "notebook"
        shutil.copytree(ROOT / "examples" / "notebook", folder)
        config = Config(
            entry=find_entry("app.py", folder), data_dir=folder / ".cpsl", session_id="notes"
        )

        async def listen(server: DevServer) -> Callable[[], Awaitable[None]]:
            endpoint = DebugEndpoint(server, config)
            await endpoint.start()
            return endpoint.stop

        core = CoreThread(config, listen)
        core.start()
        try:
            app = DevApp(CoreLink(core), config)
            async with app.run_test(size=SIZE) as pilot:
                await tell_the_story(Photographer(app, pilot), folder / "app.py")
                app.exit(0)
        finally:
            core.stop()


if __name__ == "__main__":
    asyncio.run(main())
