"""Every example runs as its `conversation.toml` says, in a real server and worker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conversations import ScriptedTurn, play, read_script
from tests.servers import running

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/app.py"))
by_example = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def test_there_are_four_examples() -> None:
    names = [folder.name for folder in FOLDERS]

    assert names == ["class_based", "notebook", "router", "streaming"]


@by_example
def test_every_example_has_a_conversation_of_several_turns(folder: Path) -> None:
    script = read_script(folder / "conversation.toml")

    assert len(script) >= 3


@by_example
async def test_an_example_answers_as_its_conversation_says(folder: Path, tmp_path: Path) -> None:
    project = _copy(folder, tmp_path)

    async with running(project) as server:
        assert server.status()["error"] is None
        assert server.status()["warnings"] == []
        await play(server, read_script(folder / "conversation.toml"))


async def test_a_conversation_that_goes_otherwise_is_noticed(tmp_path: Path) -> None:
    project = _copy(EXAMPLES / "notebook", tmp_path)
    wrong = [ScriptedTurn(send="notes", replies=["There are a thousand notes."])]

    async with running(project) as server:
        with pytest.raises(
            AssertionError, match=r"turn 1, 'notes': replies is .* not .*a thousand"
        ):
            await play(server, wrong)


def test_a_script_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "conversation.toml"
    script.write_text('[[turn]]\nsend = "a"\nreplies = []\nrepplies = ["b"]\n', "utf-8")

    with pytest.raises(AssertionError, match="unknown keys"):
        read_script(script)


async def test_the_exit_hook_of_the_class_based_example_prints_the_result(tmp_path: Path) -> None:
    project = _copy(EXAMPLES / "class_based", tmp_path)

    async with running(project) as server:
        await play(server, [ScriptedTurn(send="hello", session="s1", replies=None)])
        await server.delete_session("s1")
        output = [event for event in server.log.recent() if event.kind == "output.written"]

    assert [event.fields["text"] for event in output] == ["s1: 0 right\n"]


def _copy(folder: Path, tmp_path: Path) -> Path:
    """Copy an example, so that running it leaves nothing in the repository."""
    return shutil.copytree(
        folder, tmp_path / folder.name, ignore=shutil.ignore_patterns(".cpsl", "__pycache__")
    )
