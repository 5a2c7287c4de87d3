"""An editor that attaches to an app with debugpy, as far as its protocol (DAP) is concerned."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson

from tests.servers import DEADLINE_SECONDS

# The first start of debugpy takes long on a busy machine.
PATIENCE_SECONDS = 3 * DEADLINE_SECONDS


class Editor:
    """Speaks the debug adapter protocol."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._seen: list[dict[str, Any]] = []

    @classmethod
    async def connect(cls, port: int) -> Editor:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, command: str, arguments: Any = None) -> int:
        self._number += 1
        request = {"seq": self._number, "type": "request", "command": command}
        body = orjson.dumps({**request, "arguments": arguments or {}})
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._number

    async def call(self, command: str, arguments: Any = None) -> dict[str, Any]:
        number = self.send(command, arguments)
        answer = await self.wait(lambda item: item.get("request_seq") == number)
        assert answer["success"], answer
        body: dict[str, Any] = answer.get("body") or {}
        return body

    async def event(self, name: str) -> dict[str, Any]:
        found = await self.wait(lambda item: item.get("event") == name)
        body: dict[str, Any] = found.get("body") or {}
        return body

    async def wait(self, is_wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for item in self._seen:
                    if is_wanted(item):
                        self._seen.remove(item)
                        return item
                self._seen.append(await self._read())

    async def attach(self, file: Path, *lines: int) -> None:
        """Attach, with breakpoints in a file."""
        await self.call("initialize", {"adapterID": "test", "clientID": "test"})
        attaching = self.send("attach", {"justMyCode": True})
        await self.event("initialized")
        points = [{"line": line} for line in lines]
        await self.call("setBreakpoints", {"source": {"path": str(file)}, "breakpoints": points})
        await self.call("configurationDone")
        await self.wait(lambda item: item.get("request_seq") == attaching)

    async def look(self, expression: str) -> tuple[int, str]:
        """Return the line that it has stopped at, and a value there; then go on."""
        stopped = await self.event("stopped")
        trace = await self.call("stackTrace", {"threadId": stopped["threadId"]})
        frame = trace["stackFrames"][0]
        asked = {"expression": expression, "frameId": frame["id"]}
        value = await self.call("evaluate", asked)
        await self.call("continue", {"threadId": stopped["threadId"]})
        return (frame["line"], value["result"])

    def close(self) -> None:
        self._writer.close()

    async def _read(self) -> dict[str, Any]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.partition(b":")[2].split()[0])
        message: dict[str, Any] = orjson.loads(await self._reader.readexactly(length))
        return message
