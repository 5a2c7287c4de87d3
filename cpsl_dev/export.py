"""A session as a file for pytest: its messages are sent to the app, and its replies compared."""

from __future__ import annotations

import ast
import base64
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from cpsl.answers import FILE, INTEGRATION, answer_of
from cpsl.files import FileStore
from cpsl.records import JsonObject, SessionRecord, TurnRecord
from cpsl_dev.config import Entry
from cpsl_dev.exceptions import TurnNotFound
from cpsl_dev.inputs import DEFAULT_USER
from cpsl_dev.server import DevServer
from cpsl_dev.time_travel import TurnData

# A larger file is not written into the source.
_MOST_INLINE_BYTES = 64 * 1024
_LONG_LINE = 88


async def export(server: DevServer, session_id: str, *, folder: Path | None = None) -> str:
    """Return the source of a test that plays a session.

    Args:
        folder: Where the file will be; None for the app's folder.

    Raises:
        SessionNotFound: there is no such session.
        TurnNotFound: it has no turn that could be played.
    """
    session = await server.session(session_id)
    turns = [turn for turn in await server.turns(session_id) if turn.is_over]
    if not turns:
        raise TurnNotFound(session_id, 1)
    data = {turn.turn: await server.time_travel.data_of(session_id, turn.turn) for turn in turns}
    return export_session(
        session, turns, server.config.entry, folder=folder, data=data, files=server.prompts.files
    )


def export_session(
    session: SessionRecord,
    turns: Sequence[TurnRecord],
    entry: Entry,
    *,
    folder: Path | None = None,
    data: Mapping[int, TurnData] | None = None,
    files: FileStore | None = None,
) -> str:
    """Return the source of a test that plays `turns` against the app and compares the replies.

    Args:
        session: The session that is played.
        turns: Its turns, in order.
        entry: The app.
        folder: Where the file will be; None for the app's folder.
        data: The data before and after each turn, by number: where it was changed in between, the
            test changes it as well.
        files: Has the files that prompts were answered with.
    """
    steps = [*_beginning(session), *_steps(session.id, turns, data or {}, files)]
    body = "\n".join(f"        {line}" if line else "" for line in steps)
    return _TEMPLATE.format(
        session=repr(session.id),
        folder=_folder_code(entry, folder),
        find_app=_import_code(entry),
        name=re.sub(r"\W+", "_", session.id, flags=re.ASCII).strip("_").lower() or "it",
        body=body,
    )


def file_name(session_id: str) -> str:
    """Return what the file of a session's test is called."""
    slug = re.sub(r"\W+", "_", session_id, flags=re.ASCII).strip("_").lower() or "it"
    return f"test_session_{slug}.py"


_TEMPLATE = '''"""Plays session {session} against the app: sends its messages, compares the replies.

Written by `cpsl export`. Change it as you like.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import cpsl
import cpsl.testing

FOLDER = {folder}


def test_session_{name}() -> None:
    sys.path.insert(0, str(FOLDER))
    with contextlib.chdir(FOLDER):
        {find_app}

        asyncio.run(play(app))


async def play(app: Any) -> None:
    async with cpsl.testing.run(app) as client:
{body}


def texts(answer: cpsl.testing.Answer) -> list[str]:
    return [reply.text for reply in answer.replies]
'''


def _beginning(session: SessionRecord) -> list[str]:
    lines = [f"session = client.session({_code(session.id)})"]
    user = session.user
    if (user.id, user.email, user.org_id) != (DEFAULT_USER.id, DEFAULT_USER.email, None):
        arguments = ", ".join(_code(value) for value in (user.id, user.email, user.org_id))
        lines.append(f"session.user = cpsl.UserInfo({arguments})")
    if session.channel != "chat":
        lines.append(f"session.channel = {_code(session.channel)}")
    return lines


def _steps(
    session_id: str,
    turns: Sequence[TurnRecord],
    data: Mapping[int, TurnData],
    files: FileStore | None,
) -> Iterator[str]:
    expected: JsonObject = {}
    for turn in turns:
        if turn.status == "interrupted":
            yield ""
            yield f"# Turn {turn.turn} was interrupted, and is left out."
            continue
        known = data.get(turn.turn)
        yield ""
        if known is not None and known.before != expected:
            yield from _assigned("session.data = ", known.before)
        yield from _sent(session_id, turn, files)
        yield from _compared(turn)
        if known is not None:
            expected = known.after


def _sent(session_id: str, turn: TurnRecord, files: FileStore | None) -> Iterator[str]:
    arguments = [_code(turn.message.text), f"session={_code(session_id)}"]
    if turn.message.attachments:
        made = (_attachment(item) for item in turn.message.attachments)
        arguments.append(f"attachments=[{', '.join(made)}]")
    answers = list(_answers(turn, files))
    if answers:
        arguments.append(f"answers={_code(answers)}")
    line = f"answer = await client.send({', '.join(arguments)})"
    if len(line) <= _LONG_LINE:
        yield line
        return
    yield "answer = await client.send("
    for argument in arguments:
        yield f"    {argument},"
    yield ")"


def _attachment(item: JsonObject) -> str:
    values = (item.get(name, "") for name in ("name", "content_type", "url"))
    named = ", ".join(_code(value) for value in values)
    return f"cpsl.Attachment({named}, {item.get('size', 0)})"


def _answers(turn: TurnRecord, files: FileStore | None) -> Iterator[JsonObject]:
    for block in turn.blocks:
        answer = answer_of(block)
        if block.type == INTEGRATION and block.payload.get("connected"):
            # What the user typed in is no part of a test.
            names = block.payload.get("fields")
            yield {"fields": dict.fromkeys(names, "test")} if names else {"access_token": "test"}
        elif answer is not None:
            yield _with_content(answer, files) if block.type == FILE else answer


def _with_content(answer: JsonObject, files: FileStore | None) -> JsonObject:
    path = files.find(answer["url"]) if files is not None else None
    if path is None or answer["size"] > _MOST_INLINE_BYTES:
        # Put it there, or name another.
        return {"path": answer["name"]}
    content = base64.b64encode(Path(path).read_bytes()).decode()
    named = {name: answer[name] for name in ("name", "content_type")}
    return {**named, "content_base64": content}


def _compared(turn: TurnRecord) -> Iterator[str]:
    if turn.error is not None:
        yield f"assert answer.error is not None and answer.error.type == {_code(turn.error.type)}"
    else:
        yield 'assert answer.status == "done", answer.error'
    yield from _assigned("assert texts(answer) == ", [reply.text for reply in turn.replies])


def _assigned(beginning: str, value: Any) -> Iterator[str]:
    """Write a line that ends in a value; over several lines if it is long."""
    line = f"{beginning}{_code(value)}"
    if len(line) <= _LONG_LINE or not value:
        yield line
        return
    opened, closed = ("[", "]") if isinstance(value, list) else ("{", "}")
    yield f"{beginning}{opened}"
    if isinstance(value, list):
        for item in value:
            yield from _item(item)
    else:
        for key, item in value.items():
            yield f"    {_code(key)}: {_code(item)},"
    yield closed


def _item(item: Any) -> Iterator[str]:
    lines = item.splitlines(keepends=True) if isinstance(item, str) else []
    if len(lines) < 2:
        yield f"    {_code(item)},"
        return
    yield "    ("
    for line in lines:
        yield f"        {_code(line)}"
    yield "    ),"


def _code(value: Any) -> str:
    """Write a JSON value as Python."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_code(key)}: {_code(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_code(item) for item in value) + "]"
    if isinstance(value, str):
        # Every text in JSON is one in Python; what cannot be seen is escaped.
        text = orjson.dumps(value).decode()
        return text if text.isprintable() else ascii(value)
    return repr(value)


def _folder_code(entry: Entry, folder: Path | None) -> str:
    here = "Path(__file__).resolve().parent"
    if folder is None:
        return here
    way = os.path.relpath(entry.folder.resolve(), folder.resolve())
    return here if way == "." else f"({here} / {_code(way)}).resolve()"


def _import_code(entry: Entry) -> str:
    symbol = entry.symbol or _only_app(entry)
    if symbol is None:
        return (
            f"import {entry.module} as module\n\n"
            f"        app = next(item for item in vars(module).values() if type(item) is cpsl.App)"
        )
    alias = "" if symbol == "app" else " as app"
    return f"from {entry.module} import {symbol}{alias}"


def _only_app(entry: Entry) -> str | None:
    """Return the name of the one App that a module makes, as far as its text tells."""
    if entry.file is None:
        return None
    try:
        tree = ast.parse(entry.file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    names = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _makes_app(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return names[0] if len(names) == 1 else None


def _makes_app(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    return name == "App" or (isinstance(node.func, ast.Name) and node.func.id == "App")
