"""Blocks: answers to prompts, and the files that conversations refer to."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections.abc import Mapping
from typing import BinaryIO

from aiohttp import web

from cpsl_dev.debug.answers import SECURITY_HEADERS, json_answer
from cpsl_dev.debug.bodies import read_json
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call, Route
from cpsl_dev.debug.schemas import ANSWER_BODY
from cpsl_dev.exceptions import InvalidInput

_PIECE_BYTES = 256 * 1024
# What is served, and as what: media, and nothing that could be read as something else.
_TYPES = {
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
}


async def answer_block(call: Call) -> web.StreamResponse:
    """Answer a prompt that waits."""
    body = await read_json(call)
    if "path" in body and not _is_local(call):
        detail = "Only a client on this machine can name a file by its path. Send its content."
        raise InvalidInput(detail, "/path")
    block = await call.server.answer_block(call.parameters["id"], call.parameters["block_id"], body)
    return json_answer(block, headers=call.headers)


async def get_file(call: Call) -> web.StreamResponse:
    """Read a picture, a video or another file that a conversation shows."""
    name = call.parameters["name"]
    path = call.server.prompts.files.find(name)
    kind = _TYPES.get(os.path.splitext(name)[1])
    if path is None or kind is None:
        raise Problem("not-found", "There is no picture, sound, video or PDF of this name.")
    return await _send(call, path, {**call.headers, "Content-Type": kind})


async def _send(call: Call, path: str, headers: Mapping[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(headers={**SECURITY_HEADERS, **headers})
    file = await asyncio.to_thread(open, path, "rb")
    try:
        response.content_length = os.fstat(file.fileno()).st_size
        await response.prepare(call.request)
        if call.request.method != "HEAD":
            await _pour(file, response)
    finally:
        file.close()
    await response.write_eof()
    return response


async def _pour(file: BinaryIO, response: web.StreamResponse) -> None:
    while data := await asyncio.to_thread(file.read, _PIECE_BYTES):
        await response.write(data)


def _is_local(call: Call) -> bool:
    transport = call.request.transport
    peer = None if transport is None else transport.get_extra_info("peername")
    return peer is not None and ipaddress.ip_address(peer[0]).is_loopback


ROUTES = (
    Route(
        method="POST",
        path="/sessions/{id}/blocks/{block_id}",
        handler=answer_block,
        summary="Answer a prompt that waits: an approval, a file, an account",
        tag="blocks",
        answers={200: "BlockRecord"},
        body=ANSWER_BODY,
        problems=(
            "session-not-found",
            "block-not-found",
            "block-not-waiting",
            "store-unavailable",
        ),
    ),
    Route(
        method="GET",
        path="/files/{name}",
        handler=get_file,
        summary="A picture, sound, video or PDF that a conversation shows",
        tag="blocks",
        answers={200: None},
        problems=("not-found",),
    ),
)
