from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.testing import Answer, Client, is_user_file, run


@pytest.fixture
def app() -> cpsl.App:
    app = cpsl.App("notes", image=cpsl.Image())

    @app.message()
    async def handler(session: cpsl.Session, message: cpsl.Message) -> None:
        notes = session.data.setdefault("notes", [])
        notes.append(message.text)
        await session.reply(f"{len(notes)} notes, {len(session.history)} said before")

    return app


def make_app(**hooks: Callable[..., Any]) -> cpsl.App:
    app = cpsl.App("app", image=cpsl.Image())
    for name, function in hooks.items():
        getattr(app, name)()(function)
    return app


async def test_answer_is_what_the_app_said(app: cpsl.App) -> None:
    async with run(app) as client:
        answer = await client.send("milk", session="s1")

    assert isinstance(answer, Answer)
    assert answer.text == "1 notes, 0 said before"
    assert (answer.session_id, answer.turn, answer.status) == ("s1", 1, "done")
    assert answer.message.text == "milk"
    assert answer.data_patch == [{"op": "add", "path": "/notes", "value": ["milk"]}]
    assert answer.duration_ms is not None
    assert answer.first_reply_ms is not None
    assert 0 < answer.first_reply_ms <= answer.duration_ms


async def test_sessions_are_kept_between_messages(app: cpsl.App) -> None:
    async with run(app) as client:
        await client.send("milk", session="s1")
        answer = await client.send("eggs", session="s1")
        other = await client.send("bread", session="s2")
        session = client.session("s1")

    assert answer.text == "2 notes, 2 said before"
    assert answer.data_patch == [{"op": "replace", "path": "/notes", "value": ["milk", "eggs"]}]
    assert other.text == "1 notes, 0 said before"
    assert session.data == {"notes": ["milk", "eggs"]}
    assert [entry.text for entry in session.history] == [
        "milk",
        "1 notes, 0 said before",
        "eggs",
        "2 notes, 2 said before",
    ]
    assert [entry.index for entry in session.history] == [0, 1, 2, 3]
    assert [item.turn for item in session.answers] == [1, 2]


async def test_session_can_be_prepared(app: cpsl.App) -> None:
    async with run(app) as client:
        session = client.session("s1")
        session.data["notes"] = ["old"]
        session.user = cpsl.UserInfo("u1")
        answer = await client.send("new", session="s1")

    assert answer.text.startswith("2 notes")


async def test_messages_of_one_session_run_one_after_another(app: cpsl.App) -> None:
    async with run(app) as client:
        await asyncio.gather(*(client.send(str(number)) for number in range(10)))

    assert client.session("test").data == {"notes": [str(number) for number in range(10)]}


async def test_failed_turn_has_the_error() -> None:
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply("begun")
        raise ValueError("bad")

    async with run(make_app(message=message)) as client:
        answer = await client.send("hi")

    assert (answer.status, answer.text) == ("failed", "begun")
    assert answer.error is not None
    assert (answer.error.message, answer.error.file) == ("bad", __file__)


async def test_answer_holds_streams_notifications_and_blocks() -> None:
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.notify("busy", detail="very")
        async with session.stream_reply() as reply:
            reply.write("a")
            reply.write("b")
        await session.reply("c")
        await session.show(cpsl.Block("note", {"n": 1}, "b1"))
        await session.show(cpsl.Block("note", {"n": 2}, "b1"))
        del session.data["a/b"]

    async with run(make_app(message=message)) as client:
        client.session("test").data["a/b"] = 1
        answer = await client.send("hi")

    assert answer.text == "ab\n\nc"
    assert [(reply.text, reply.streamed) for reply in answer.replies] == [
        ("ab", True),
        ("c", False),
    ]
    assert [(item.text, item.detail) for item in answer.notifications] == [("busy", "very")]
    assert [(block.id, block.payload) for block in answer.blocks] == [("b1", {"n": 2})]
    assert answer.data_patch == [{"op": "remove", "path": "/a~1b"}]
    assert client.session("test").data == {}


async def test_hooks_run_in_their_order() -> None:
    called: list[str] = []

    def note(name: str) -> Callable[..., None]:
        def hook(*args: Any) -> None:
            called.append(name)

        return hook

    app = make_app(
        boot=lambda: called.append("boot"),
        enter=note("enter"),
        message=note("message"),
        exit=note("exit"),
        shutdown=lambda: called.append("shutdown"),
    )
    async with run(app) as client:
        await client.send("hi", session="s1")
        await client.send("hi", session="s1")
        await client.close_session("s1")

    assert called == ["boot", "enter", "message", "message", "exit", "shutdown"]
    assert client.session("s1").history == []


async def test_app_that_cannot_boot_is_not_tested() -> None:
    def boot() -> None:
        raise ValueError("no key")

    with pytest.raises(ValueError, match="no key"):
        async with run(make_app(boot=boot)):
            pass


async def test_named_chat_and_attachments_reach_the_handler() -> None:
    app = cpsl.App("app", image=cpsl.Image())

    @app.message("files")
    async def files(session: cpsl.Session, message: cpsl.Message) -> None:
        assert message.attachments is not None
        await session.reply(message.attachments[0].name)

    async with run(app) as client:
        attachment = cpsl.Attachment("a.txt", "text/plain", "data:,x")
        answer = await client.send("hi", chat="files", attachments=[attachment])

    assert answer.text == "a.txt"


async def test_late_replies_and_data_are_kept() -> None:
    may_go_on, is_done = asyncio.Event(), asyncio.Event()
    tasks: list[asyncio.Future[None]] = []

    async def work(session: cpsl.Session) -> None:
        await may_go_on.wait()
        await session.reply("late")
        await session.publish("late", True)
        is_done.set()

    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        tasks.append(asyncio.ensure_future(work(session)))

    async with run(make_app(message=message)) as client:
        answer = await client.send("hi")
        may_go_on.set()
        await is_done.wait()

    assert answer.replies == []
    assert client.session("test").history[-1].text == "late"
    assert client.session("test").data == {"late": True}


async def test_class_of_an_app_can_be_run() -> None:
    app = cpsl.App("app")

    @app.cls(image=cpsl.Image())
    class Assistant:
        @cpsl.message()
        async def answer(self, session: cpsl.Session, message: cpsl.Message) -> None:
            await session.reply("from a class")

    for target in (app, Assistant):
        async with run(target) as client:
            assert (await client.send("hi")).text == "from a class"


async def test_other_things_cannot_be_run() -> None:
    with pytest.raises(TypeError, match=r"cpsl\.testing\.run takes a cpsl\.App, not 3"):
        async with run(3):
            pass


def test_client_can_be_made_of_declarations(app: cpsl.App) -> None:
    assert Client(app.declarations()).session("s1").data == {}


def test_files_of_an_app_are_neither_installed_nor_ours() -> None:
    assert is_user_file(__file__)
    assert not is_user_file(os.__file__)
    assert not is_user_file(pytest.__file__)
    assert not is_user_file(cpsl.__file__)
    assert not is_user_file("<string>")


def read(path: str) -> str:
    return Path(path).read_text("utf-8")


@pytest.fixture
def asking() -> cpsl.App:
    app = cpsl.App("asking", image=cpsl.Image())

    @app.message()
    async def handler(session: cpsl.Session, message: cpsl.Message) -> None:
        match message.text:
            case "approve":
                first = await session.prompt_approval("one?")
                second = await session.prompt_approval("two?")
                await session.reply(f"{first} {second}")
            case "file":
                upload = await session.prompt_file()
                await session.reply(read(await upload.download("copy")))
            case "connect":
                credentials = await session.require_integration("github")
                await session.reply(credentials.access_token)
            case "picture":
                picture = await session.media.image(b"x", filename="x.png")
                await session.reply(picture["src"])
            case _:
                await session.reply(str([entry.sender for entry in session.history]))

    return app


async def test_prompts_get_the_answers_of_the_test_in_order(asking: cpsl.App) -> None:
    async with run(asking) as client:
        answer = await client.send("approve", answers=[{"approved": False}, {"approved": True}])

    assert answer.text == "False True"
    assert [block.payload["approved"] for block in answer.blocks] == [False, True]


async def test_prompt_without_an_answer_does_not_wait(asking: cpsl.App) -> None:
    async with run(asking) as client:
        answer = await client.send("approve", answers=[{"approved": True}])
        failed = await client.send("file")

    assert answer.text == "True False"
    assert failed.error is not None
    assert failed.error.type == "FileUploadTimeout"


async def test_file_of_an_answer_is_there_for_the_handler(
    asking: cpsl.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("1,2")

    async with run(asking) as client:
        by_path = await client.send("file", answers=[{"path": "a.csv"}])
        by_content = await client.send("file", answers=[{"name": "b", "content_base64": "Mw=="}])

    assert (by_path.text, by_content.text) == ("1,2", "3")


async def test_account_is_connected_once(asking: cpsl.App) -> None:
    async with run(asking) as client:
        await client.send("connect", answers=[{"access_token": "t"}])
        answer = await client.send("connect")

        assert client.session("test").integrations == {"github": {"access_token": "t"}}
    assert answer.text == "t"


async def test_answer_that_a_prompt_does_not_take_fails_the_turn(asking: cpsl.App) -> None:
    async with run(asking) as client:
        answer = await client.send("approve", answers=[{"yes": True}])

    assert answer.error is not None
    assert answer.error.message == "This prompt takes no 'yes', only: approved."


async def test_kept_files_are_gone_with_the_client(asking: cpsl.App) -> None:
    async with run(asking) as client:
        answer = await client.send("picture")
        there = client._files.find(answer.text)

    assert there is not None
    assert client._files.find(answer.text) is None


async def test_blocks_come_back_in_the_history(asking: cpsl.App) -> None:
    async with run(asking) as client:
        await client.send("approve", answers=[{"approved": True}])
        answer = await client.send("senders")

    assert answer.text == "['user', 'app', 'block', 'block']"
