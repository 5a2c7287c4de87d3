from __future__ import annotations

import gc
import hashlib
from typing import Any
from weakref import ref

import orjson
import pytest

from cpsl.messages import Message
from cpsl.session import Session, SessionChannel, UserInfo, bind_session
from cpsl.transcripts import SHOWN_CHARACTERS, SHOWN_RUNS, Run, Transcript, transcript_of

BLOCK_ID = f"term_{hashlib.sha1(b's1:build').hexdigest()}"


class Shown:
    """A target that only takes blocks."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []

    def show(self, envelope: dict[str, Any]) -> None:
        self.blocks.append(envelope)


def make_session(*texts: str, target: Shown | None = None) -> Session:
    history = [Message(text, "block", "chat") for text in texts]
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"), history)
    if target is not None:
        bind_session(session, target)  # type: ignore[arg-type]
    return session


def make_run(command: str = "true") -> Run:
    return Transcript(make_session(), "build").begin("shell", command, cwd=None)


def stored_block(**changes: Any) -> str:
    payload: dict[str, Any] = {
        "name": "build",
        "title": "Build",
        "cwd": "/tmp",
        "revision": 7,
        "runs": [
            {"id": "run_1", "status": "completed", "chunks": []},
            {"id": "run_2", "status": "running", "chunks": []},
        ],
    }
    envelope = {"id": BLOCK_ID, "type": "terminal", "payload": {**payload, **changes}}
    return orjson.dumps(envelope).decode()


def test_run_joins_characters_that_were_split() -> None:
    run = make_run()

    run.add("stdout", b"caf\xc3")
    run.add("stdout", b"\xa9")
    run.add("stdout", b"", final=True)

    assert run.text("stdout") == "café"
    assert [(chunk["text"], chunk["seq"]) for chunk in run.chunks] == [("caf", 0), ("é", 1)]


def test_run_replaces_a_character_that_never_ends() -> None:
    run = make_run()

    run.add("stderr", b"\xc3")
    run.add("stderr", b"", final=True)

    assert run.text("stderr") == "\ufffd"
    assert run.text("stdout") == ""


def test_run_shows_the_end_of_much_output_and_keeps_all() -> None:
    run = make_run()

    for _ in range(10):
        run.add("stdout", b"x" * (SHOWN_CHARACTERS // 4))
    run.add("stdout", b"y" * (2 * SHOWN_CHARACTERS))

    shown = "".join(chunk["text"] for chunk in run.chunks)
    assert shown == "y" * SHOWN_CHARACTERS
    assert len(run.text("stdout")) == SHOWN_CHARACTERS // 4 * 10 + 2 * SHOWN_CHARACTERS


def test_run_tells_how_it_ended() -> None:
    run = make_run()

    run.end("failed", 2)

    record = run.to_dict()
    assert (record["status"], record["exit_code"]) == ("failed", 2)
    assert record["ended_at"] >= record["started_at"] > 0
    assert "argv" not in record


async def test_transcript_publishes_only_when_open() -> None:
    target = Shown()
    session = make_session(target=target)
    transcript = transcript_of(session, "build")

    await transcript.publish(session)
    transcript.open("Build", None)
    await transcript.publish(session)

    assert [block["id"] for block in target.blocks] == [BLOCK_ID]
    assert target.blocks[0]["payload"] == {
        "name": "build",
        "title": "Build",
        "cwd": "",
        "revision": 1,
        "runs": [],
    }


async def test_transcript_goes_on_from_the_stored_block() -> None:
    target = Shown()
    session = make_session(
        stored_block(title="Old"), stored_block(), '{"id": "other"}', target=target
    )

    transcript = transcript_of(session, "build")
    transcript.begin("exec", "true", cwd="/tmp", argv=["true"])
    await transcript.publish(session)

    payload = target.blocks[0]["payload"]
    assert (payload["title"], payload["cwd"], payload["revision"]) == ("Build", "/tmp", 8)
    assert [run["status"] for run in payload["runs"]] == ["completed", "disconnected", "running"]
    assert payload["runs"][-1]["argv"] == ["true"]


@pytest.mark.parametrize(
    "text",
    [f"{BLOCK_ID} is not JSON", f'"{BLOCK_ID}"', f'{{"id": "{BLOCK_ID}"}}', stored_block(runs=[3])],
)
def test_stored_text_that_is_no_block_is_passed_over(text: str) -> None:
    transcript = transcript_of(make_session(text), "build")

    assert transcript.title == ""


async def test_transcript_shows_the_newest_runs() -> None:
    target = Shown()
    session = make_session(target=target)
    transcript = transcript_of(session, "build")
    transcript.open("", None)

    for number in range(SHOWN_RUNS + 5):
        transcript.begin("shell", str(number), cwd=None)
    await transcript.publish(session)

    commands = [run["command"] for run in target.blocks[0]["payload"]["runs"]]
    assert commands == [str(number) for number in range(5, SHOWN_RUNS + 5)]


def test_transcript_is_one_for_each_name_of_a_session() -> None:
    session, other = make_session(), make_session()

    assert transcript_of(session, "a") is transcript_of(session, "a")
    assert transcript_of(session, "a") is not transcript_of(session, "b")
    assert transcript_of(session, "a") is not transcript_of(other, "a")


def test_transcripts_go_with_their_session() -> None:
    session = make_session()
    seen = ref(session)
    transcript_of(session, "a")

    del session
    gc.collect()

    assert seen() is None
