"""Tests of sessions that become tests: what is written passes, and fails when the app changes."""

from __future__ import annotations

import base64
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    MessageRecord,
    ReplyRecord,
    SessionRecord,
    TurnRecord,
    UserRecord,
)
from cpsl_dev.config import Entry, find_entry
from cpsl_dev.exceptions import SessionNotFound, TurnNotFound
from cpsl_dev.export import export, export_session, file_name
from cpsl_dev.server import DevServer
from cpsl_dev.time_travel import TurnData
from tests.servers import ask, finished, wait_for_event, write_app

APP = """
    import cpsl
    from words import GREETING

    app = cpsl.App(name="notes", image=cpsl.Image())

    with open("prompt.txt") as file:
        PROMPT = file.read()


    @app.enter()
    async def enter(session):
        await session.reply(f"{GREETING} {session.user.id} on {session.channel.type}")


    @app.message()
    async def handle(session, message):
        if message.text == "boom":
            raise ValueError("it broke")
        if message.text == "approve":
            await session.reply(str(await session.prompt_approval("sure?")))
        elif message.text == "file":
            upload = await session.prompt_file(path=session.data["folder"])
            with open(upload.path) as file:
                await session.reply(file.read())
        elif message.text == "connect":
            await session.require_integration("aws")
            await session.reply("connected")
        elif message.text == "prompt":
            await session.reply(PROMPT)
        elif message.attachments:
            await session.reply(message.attachments[0].name)
        elif message.text == "stream":
            async with session.stream_reply() as reply:
                reply.write("one\\ntwo\\n")
                reply.write("\\x1b[31m \\u202e \\"quoted\\" \\\\ {braces}")
        else:
            notes = session.data.setdefault("notes", [])
            notes.append(message.text)
            await session.reply(f"note {len(notes)}: {message.text}")
"""
FILES = {"words.py": 'GREETING = "hello"\n', "prompt.txt": "Be brief.\nAlways."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP, FILES)


def play(path: Path) -> subprocess.CompletedProcess[str]:
    """Run an exported test as a user would, from another folder."""
    # It needs no plugin of pytest.
    plugins = ["-p", "no:cacheprovider", "-p", "no:asyncio"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugins, str(path)],
        cwd=path.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def answer(server: DevServer, text: str, reply: dict[str, Any]) -> None:
    after = server.log.last_seq
    turn = await server.send("s1", text, source="http")
    shown = await wait_for_event(server, "block.shown", after=after)
    await server.answer_block("s1", shown.fields["id"], reply)
    assert (await finished(server, turn)).status == "done"


async def test_an_exported_session_passes_and_fails_when_the_app_answers_otherwise(
    server: DevServer, folder: Path
) -> None:
    for text in ("milk", "prompt", "stream", "boom", "eggs"):
        await ask(server, text)
    path = folder / "test_session.py"
    path.write_text(await export(server, "s1"), "utf-8")

    first = play(path)
    (folder / "words.py").write_text('GREETING = "welcome"\n', "utf-8")
    second = play(path)

    assert first.returncode == 0, first.stdout
    assert "1 passed" in first.stdout
    assert second.returncode == 1, second.stdout
    assert "welcome dev on chat" in second.stdout
    assert "1 failed" in second.stdout


async def test_all_that_a_session_was_given_is_in_its_test(
    server: DevServer, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "uploads").mkdir()
    await server.create_session(
        session_id="s1",
        user={"id": "ann", "email": "ann@example.com", "org_id": "acme"},
        channel="slack",
        data={"folder": str(tmp_path / "uploads")},
    )
    await answer(server, "approve", {"approved": True})
    await answer(server, "approve", {"approved": False})
    csv = base64.b64encode(b"1,2\n3,4").decode()
    await answer(server, "file", {"name": "a.csv", "content_base64": csv})
    keys = {"access_key_id": "id", "secret_access_key": "hidden", "region": "eu"}
    await answer(server, "connect", {"fields": keys})
    await server.patch_data("s1", {"notes": ["put in by hand"]})
    attachment = {"name": "b.txt", "content_type": "text/plain", "url": "data:,b", "size": 1}
    turn = await server.send("s1", "see", attachments=[attachment], source="http")
    await finished(server, turn)
    await ask(server, "milk")
    (folder / "tests").mkdir()
    path = folder / "tests" / file_name("s1")

    source = await export(server, "s1", folder=path.parent)
    path.write_text(source, "utf-8")

    played = play(path)
    assert played.returncode == 0, played.stdout
    assert "note 2: milk" in source
    assert "hidden" not in source


async def test_what_was_interrupted_is_left_out(server: DevServer, folder: Path) -> None:
    await ask(server, "milk")
    turn = await server.send("s1", "approve", source="http")
    await wait_for_event(server, "block.shown")
    await server.cancel_turn("s1", turn.turn)
    await ask(server, "eggs")

    source = await export(server, "s1")
    path = folder / "test_session.py"
    path.write_text(source, "utf-8")

    assert "# Turn 2 was interrupted, and is left out." in source
    assert play(path).returncode == 0


async def test_a_session_without_turns_cannot_be_exported(server: DevServer) -> None:
    await server.create_session(session_id="s1")

    with pytest.raises(TurnNotFound):
        await export(server, "s1")
    with pytest.raises(SessionNotFound):
        await export(server, "s2")


# The text


SESSION = SessionRecord(
    id="s1",
    title="",
    user=UserRecord(id="dev", email="dev@localhost", owner_id="dev"),
    channel="chat",
    data={},
    history=[],
    integrations={},
    revision=1,
    turns=1,
    busy=False,
    created_at="",
    updated_at="",
)
TURN = TurnRecord(
    session_id="s1",
    turn=1,
    generation=1,
    status="done",
    message=MessageRecord(text="hi"),
    replies=[ReplyRecord(text="hello", streamed=False)],
)


def entry(folder: Path, text: str = "app.py") -> Entry:
    return find_entry(text, folder)


def test_a_test_reads_like_one_that_was_written(folder: Path) -> None:
    assert export_session(SESSION, [TURN], entry(folder)).endswith(
        """
FOLDER = Path(__file__).resolve().parent


def test_session_s1() -> None:
    sys.path.insert(0, str(FOLDER))
    with contextlib.chdir(FOLDER):
        from app import app

        asyncio.run(play(app))


async def play(app: Any) -> None:
    async with cpsl.testing.run(app) as client:
        session = client.session("s1")

        answer = await client.send("hi", session="s1")
        assert answer.status == "done", answer.error
        assert texts(answer) == ["hello"]


def texts(answer: cpsl.testing.Answer) -> list[str]:
    return [reply.text for reply in answer.replies]
"""
    )


@pytest.mark.parametrize(
    ("app", "line"),
    [
        ("import cpsl\nchat = cpsl.App('a')", "from app import chat as app"),
        ("from cpsl import App\nx = 1\nit = App('a')", "from app import it as app"),
        ("import cpsl\na = cpsl.App('a')\nb = cpsl.App('b')", "import app as module"),
        ("from other import app", "import app as module"),
        ("syntax error", "import app as module"),
    ],
)
def test_the_app_is_imported_by_its_name(app: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(app)

    assert f"        {line}\n" in export_session(SESSION, [TURN], entry(tmp_path))


def test_a_module_of_a_package_is_imported_as_it_is_named(tmp_path: Path) -> None:
    named = Entry(text="pkg.app:it", folder=tmp_path, file=None, module="pkg.app", symbol="it")
    nameless = replace(named, symbol=None)

    assert "from pkg.app import it as app" in export_session(SESSION, [TURN], named)
    assert "import pkg.app as module" in export_session(SESSION, [TURN], nameless)


def test_a_large_or_lost_file_is_named_only(folder: Path) -> None:
    payload = {
        "completed": True,
        "filename": "big.csv",
        "content_type": "text/csv",
        "size": 10**9,
        "url": "/files/x",
    }
    turn = replace(TURN, blocks=[BlockRecord(id="b", type="file_upload", payload=payload)])

    source = export_session(SESSION, [turn], entry(folder))

    assert 'answers=[{"path": "big.csv"}]' in source


def test_long_texts_take_a_line_for_each_of_theirs(folder: Path) -> None:
    text = "one\n" * 3 + "x" * 90
    turn = replace(
        TURN,
        message=MessageRecord(text="y" * 90),
        replies=[ReplyRecord(text=text, streamed=False)],
    )
    data = {1: TurnData(before={"a": "z" * 90, "b": [None, True, 1.5]}, after={}, patch=[])}

    source = export_session(SESSION, [turn], entry(folder), data=data)

    lines = [line.strip() for line in source.splitlines()]
    assert lines[lines.index("session.data = {") :][:4] == [
        "session.data = {",
        f'"a": "{"z" * 90}",',
        '"b": [None, True, 1.5],',
        "}",
    ]
    assert lines[lines.index("answer = await client.send(") :][:4] == [
        "answer = await client.send(",
        f'"{"y" * 90}",',
        'session="s1",',
        ")",
    ]
    assert lines[lines.index("assert texts(answer) == [") :][:8] == [
        "assert texts(answer) == [",
        "(",
        '"one\\n"',
        '"one\\n"',
        '"one\\n"',
        f'"{"x" * 90}"',
        "),",
        "]",
    ]


def test_a_failed_turn_must_fail_in_the_same_way(folder: Path) -> None:
    error = ErrorRecord(type="ValueError", message="it broke")
    turn = replace(TURN, status="failed", error=error, replies=[])

    source = export_session(SESSION, [turn], entry(folder))

    assert 'assert answer.error is not None and answer.error.type == "ValueError"' in source
    assert "assert texts(answer) == []" in source


@pytest.mark.parametrize(
    ("session_id", "name"),
    [
        ("s1", "test_session_s1.py"),
        ("Ann@example.com:2", "test_session_ann_example_com_2.py"),
        ("~", "test_session_it.py"),
    ],
)
def test_the_file_is_named_after_the_session(session_id: str, name: str, folder: Path) -> None:
    session = replace(SESSION, id=session_id)

    assert file_name(session_id) == name
    assert f"def {name[:-3]}() -> None:" in export_session(session, [TURN], entry(folder))
