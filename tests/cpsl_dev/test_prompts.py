"""Tests of prompts that wait in a real worker, and of the answers that they get."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from cpsl.records import BlockRecord, JsonObject, TurnRecord
from cpsl_dev.exceptions import BlockNotFound, BlockNotWaiting, InvalidInput, SessionNotFound
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, running, wait_for_event, write_app

APP = """
    import asyncio
    import os

    import cpsl

    app = cpsl.App(name="asking", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        words = message.text.split()
        if words[0] == "approve":
            approved = await session.prompt_approval("Deploy?", timeout=float(words[1]))
            await session.reply(f"approved: {approved}")
        elif words[0] == "file":
            upload = await session.prompt_file(message="A list?", path=words[1])
            with open(upload.path) as file:
                await session.reply(f"{upload.name}, {upload.size}: {file.read()}")
        elif words[0] == "aws":
            await session.require_integration("aws", reason="To list buckets.")
            await session.reply(os.environ["AWS_DEFAULT_REGION"])
        elif words[0] == "background":
            task = asyncio.create_task(later(session))
        elif words[0] == "block":
            await session.show(cpsl.Block("note", {"blocking": True}, "n1"))
        else:
            await session.reply("echo " + message.text)


    async def later(session):
        if await session.prompt_approval("Still there?"):
            session.data["late"] = True
            await session.flush_data()
"""
SYNC_APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="asking", image=cpsl.Image())


    @app.message()
    def handle(session, message):
        approved = asyncio.run(session.prompt_approval("Deploy?"))
        asyncio.run(session.reply(f"approved: {approved}"))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP, {"uploads/keep.txt": ""})


async def prompt(server: DevServer, text: str, *, session_id: str = "s1") -> tuple[TurnRecord, str]:
    """Send a message whose handler asks; return its turn and the id of the prompt."""
    after = server.log.last_seq
    turn = await server.send(session_id, text, source="http")
    shown = await wait_for_event(server, "block.shown", after=after)
    return turn, shown.fields["id"]


@pytest.mark.parametrize("approved", [True, False])
async def test_an_answer_ends_the_wait_and_completes_the_block(
    approved: bool, server: DevServer
) -> None:
    turn, block_id = await prompt(server, "approve 60")

    completed = await server.answer_block("s1", block_id, {"approved": approved})
    ended = await finished(server, turn)

    assert completed == BlockRecord(
        id=block_id,
        type="approval_prompt",
        payload={
            "message": "Deploy?",
            "approve_label": "Approve",
            "reject_label": "Reject",
            "blocking": True,
            "session_id": "s1",
            "completed": True,
            "approved": approved,
            "timed_out": False,
        },
    )
    assert ended.blocks == [completed]
    assert ended.replies[0].text == f"approved: {approved}"


async def test_the_session_waits_and_others_go_on(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")
    queued = await server.send("s1", "next", source="http")

    other = await ask(server, "hello", session_id="s2")
    waiting = await server.turn("s1", queued.turn)
    await server.answer_block("s1", block_id, {"approved": True})

    assert other.replies[0].text == "echo hello"
    assert waiting.status == "queued"
    assert (await finished(server, turn)).status == "done"
    assert (await finished(server, queued)).status == "done"


async def test_time_that_is_up_is_a_no(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 0.05")

    ended = await finished(server, turn)

    assert ended.replies[0].text == "approved: False"
    assert ended.blocks[0].payload["timed_out"] is True
    assert ended.blocks[0].payload["completed"] is True
    with pytest.raises(BlockNotWaiting, match=f"Block {block_id!r} of session 's1' does not wait"):
        await server.answer_block("s1", block_id, {"approved": True})


async def test_a_block_is_answered_once(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")

    answers = await asyncio.gather(
        *(server.answer_block("s1", block_id, {"approved": number == 0}) for number in range(4)),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [BlockRecord, *[BlockNotWaiting] * 3]
    assert (await finished(server, turn)).replies[0].text == "approved: True"


async def test_what_does_not_wait_is_told_from_what_is_not_there(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")
    await ask(server, "block", session_id="s2")

    with pytest.raises(BlockNotFound, match="Session 's1' has no block 'no'"):
        await server.answer_block("s1", "no", {})
    with pytest.raises(BlockNotFound):
        await server.answer_block("s2", block_id, {"approved": True})
    with pytest.raises(BlockNotWaiting):
        await server.answer_block("s2", "n1", {"approved": True})
    for unknown in ("no", "../s1"):
        with pytest.raises(SessionNotFound):
            await server.answer_block(unknown, block_id, {"approved": True})

    await server.cancel_turn("s1", turn.turn)


async def test_a_wrong_answer_leaves_the_prompt_waiting(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")

    for answer, pointer in (
        ({}, "/approved"),
        ({"approved": "yes"}, "/approved"),
        ({"x": 1}, "/x"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await server.answer_block("s1", block_id, answer)
        assert caught.value.pointer == pointer
    await server.answer_block("s1", block_id, {"approved": True})

    assert (await finished(server, turn)).replies[0].text == "approved: True"


async def test_a_cancelled_turn_asks_no_more(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")

    ended = await server.cancel_turn("s1", turn.turn)

    assert ended.status == "interrupted"
    assert ended.blocks[0].payload["cancelled"] is True
    with pytest.raises(BlockNotWaiting):
        await server.answer_block("s1", block_id, {"approved": True})


async def test_a_reload_past_its_limit_ends_the_wait(folder: Path) -> None:
    async with running(folder, drain_timeout_seconds=0.2) as server:
        turn, block_id = await prompt(server, "approve 60")
        (folder / "app.py").write_text((folder / "app.py").read_text() + "\n# new\n")

        ended = await finished(server, turn)
        late = server.answer_block("s1", block_id, {"approved": True})

        assert ended.status == "interrupted"
        with pytest.raises(BlockNotWaiting):
            await late
        assert (await ask(server, "hello")).generation == 2


async def test_a_prompt_of_a_worker_that_dies_is_over(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")
    worker = next(worker for worker in server.status()["workers"] if worker["state"] == "serving")

    os.kill(worker["pid"], 9)
    ended = await finished(server, turn)

    assert ended.status == "interrupted"
    with pytest.raises(BlockNotWaiting):
        await server.answer_block("s1", block_id, {"approved": True})


async def test_a_plain_handler_can_ask_from_its_thread(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "sync", SYNC_APP)
    async with running(folder) as server:
        turn, block_id = await prompt(server, "go")
        await server.answer_block("s1", block_id, {"approved": True})
        answered = await finished(server, turn)
        turn, block_id = await prompt(server, "go")
        cancelled = await server.cancel_turn("s1", turn.turn)

    assert answered.replies[0].text == "approved: True"
    assert cancelled.status == "interrupted"
    assert cancelled.replies == []
    assert cancelled.blocks[0].payload["cancelled"] is True


async def test_a_background_task_can_ask_after_its_turn(server: DevServer) -> None:
    after = server.log.last_seq
    await ask(server, "background")
    shown = await wait_for_event(server, "block.shown", after=after)

    await server.answer_block("s1", shown.fields["id"], {"approved": True})

    changed = await wait_for_event(server, "data.changed", after=after)
    assert changed.fields["patch"] == [{"op": "add", "path": "/late", "value": True}]


# Files


def content(data: bytes, name: str = "a.csv") -> JsonObject:
    return {"name": name, "content_base64": base64.b64encode(data).decode()}


async def test_a_file_is_kept_and_given_to_the_handler(server: DevServer, folder: Path) -> None:
    turn, block_id = await prompt(server, "file got.csv")

    completed = await server.answer_block("s1", block_id, content(b"1,2"))
    ended = await finished(server, turn)

    assert ended.replies[0].text == "a.csv, 3: 1,2"
    payload = completed.payload
    assert (payload["completed"], payload["filename"], payload["size"]) == (True, "a.csv", 3)
    assert payload["content_type"] == "text/csv"
    kept = server.prompts.files.find(payload["url"])
    assert kept is not None
    assert kept.startswith(str(folder / ".cpsl" / "files"))
    assert (folder / "got.csv").read_bytes() == b"1,2"


async def test_a_file_of_this_machine_is_given_by_its_path(
    server: DevServer, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.csv").write_bytes(b"3,4")
    turn, block_id = await prompt(server, "file got.csv")

    await server.answer_block("s1", block_id, {"path": "../there.csv"})

    assert (await finished(server, turn)).replies[0].text == "there.csv, 3: 3,4"


@pytest.mark.parametrize("name", ["../../helper.py", "app.py", "/etc/x.py", "..\\helper.py"])
async def test_no_upload_becomes_code(name: str, server: DevServer, folder: Path) -> None:
    before = (folder / "app.py").read_bytes()
    turn, block_id = await prompt(server, "file uploads")

    await server.answer_block("s1", block_id, content(b"raise SystemExit", name))
    await finished(server, turn)

    names = {path.name for path in (folder / ".cpsl" / "files").iterdir()}
    assert not [name for name in names if not name[:64].isalnum() or name.endswith(".py")]
    assert (folder / "app.py").read_bytes() == before
    assert not (folder.parent / "helper.py").exists()
    reloads = await server.events(kinds=["reload.*"])
    assert {event.fields["reason"] for event in reloads} == {"start"}


async def test_the_database_of_the_server_is_never_opened(server: DevServer) -> None:
    turn, block_id = await prompt(server, "file got.csv")

    for name in ("state.db", "state.db-wal", "lock"):
        with pytest.raises(InvalidInput, match="belongs to the dev server itself"):
            await server.answer_block("s1", block_id, {"path": f".cpsl/{name}"})

    await server.cancel_turn("s1", turn.turn)


# Accounts


async def test_an_account_is_kept_with_the_session(folder: Path) -> None:
    keys = {"access_key_id": "id", "secret_access_key": "very secret", "region": "eu"}
    async with running(folder) as server:
        turn, block_id = await prompt(server, "aws")
        completed = await server.answer_block("s1", block_id, {"fields": keys})
        first = await finished(server, turn)
        again = await ask(server, "echo")
        session = await server.session("s1")
        events = await server.events(limit=10_000)

    async with running(folder) as server:
        later = await ask(server, "aws")

    assert [reply.text for reply in first.replies] == ["To list buckets.", "eu"]
    assert again.status == "done"
    assert completed.payload["connected"] is True
    assert session.integrations == {
        "aws": {"connected": True, "fields": ["access_key_id", "region", "secret_access_key"]}
    }
    assert later.blocks == []
    for told in (completed, session, events):
        assert b"very secret" not in orjson.dumps(told)


async def test_a_declined_account_fails_the_turn_with_its_reason(server: DevServer) -> None:
    turn, block_id = await prompt(server, "aws")

    completed = await server.answer_block("s1", block_id, {"declined": True})
    ended = await finished(server, turn)

    assert completed.payload["connected"] is False
    assert ended.error is not None
    assert ended.error.type == "IntegrationDeclined"
    assert (await server.session("s1")).integrations == {}


async def test_answers_can_be_laid_out_before(server: DevServer) -> None:
    script: list[Any] = [("approval_prompt", {"approved": True})]
    server.prompts.play("s1", script)

    answered = await ask(server, "approve 60")
    left_over = await ask(server, "approve 60")
    server.prompts.stop_playing("s1")
    turn, block_id = await prompt(server, "approve 60")
    await server.answer_block("s1", block_id, {"approved": True})

    assert answered.replies[0].text == "approved: True"
    assert left_over.replies[0].text == "approved: False"
    assert (await finished(server, turn)).replies[0].text == "approved: True"


async def test_what_waits_is_known_until_it_is_answered(server: DevServer) -> None:
    turn, block_id = await prompt(server, "approve 60")
    [(session_id, block)] = server.prompts.waiting

    await server.answer_block("s1", block_id, {"approved": True})
    await finished(server, turn)

    assert (session_id, block.id, block.payload["message"]) == ("s1", block_id, "Deploy?")
    assert server.prompts.waiting == []


async def test_prompt_that_a_replay_answers_waits_for_nobody(server: DevServer) -> None:
    class Deaf:
        def send(self, command: object) -> None:
            """Take the answer, and tell nothing of it."""

    worker: Any = Deaf()
    payload = {"message": "Deploy?", "blocking": True}
    shown = {"session_id": "s1", "id": "b1", "type": "approval_prompt", "payload": payload}

    server.prompts.play("s1", [])
    server.prompts.take(worker, shown)
    while_it_plays = server.prompts.waiting
    server.prompts.stop_playing("s1")

    assert while_it_plays == []
    assert [session_id for session_id, _ in server.prompts.waiting] == ["s1"]
