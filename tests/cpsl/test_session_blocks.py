from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from cpsl.blocks import Block
from cpsl.files import FileStore
from cpsl.integration import AWS, Integration
from cpsl.previews import table_id
from cpsl.session import Session, SessionChannel, UserInfo, bind_session
from cpsl.session_blocks import BlockMethods
from cpsl.suggestions import Suggestion
from cpsl.ui import Text


class Shown:
    """A target that only takes blocks."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.files: FileStore | None = None

    def show(self, envelope: dict[str, Any]) -> None:
        self.blocks.append(envelope)

    @property
    def last(self) -> tuple[str, Any]:
        return self.blocks[-1]["type"], self.blocks[-1]["payload"]


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def session(shown: Shown) -> Session:
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"))
    bind_session(session, shown)  # type: ignore[arg-type]
    return session


async def test_event_has_a_payload(session: Session, shown: Shown) -> None:
    await session.emit("saved")

    assert shown.last == ("session_event", {"event": "saved", "payload": {}})


async def test_title_is_set(session: Session, shown: Shown) -> None:
    await session.set_title("Groceries")

    assert shown.last == ("session_title", {"title": "Groceries"})


@pytest.mark.parametrize("url", ["https://host/a.png", "HTTP://host/a.png", "data:,x"])
async def test_picture_of_a_url_is_shown(url: str, session: Session, shown: Shown) -> None:
    await session.show_image(url, alt="a cat", width=100)

    assert shown.last == ("image", {"url": url, "alt": "a cat", "width": 100})


async def test_picture_file_that_is_missing_is_refused(session: Session) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file 'missing\.png' to show"):
        await session.show_image("missing.png")


async def test_picture_file_is_kept_and_shown(
    session: Session, shown: Shown, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    shown.files = FileStore(str(tmp_path / "files"))

    await session.show_image(str(tmp_path / "a.png"))

    name = f"{hashlib.sha256(b'picture').hexdigest()}.png"
    assert shown.last == ("image", {"url": f"/files/{name}"})
    assert (tmp_path / "files" / name).read_bytes() == b"picture"


async def test_task_is_followed(session: Session, shown: Shown) -> None:
    await session.show_task("t1", message="working")

    assert shown.last == ("task_card", {"task_id": "t1", "message": "working"})


@pytest.mark.parametrize("name", ["github", Integration.GITHUB])
async def test_account_is_offered_without_waiting(
    name: str, session: Session, shown: Shown
) -> None:
    await session.show_integration(name, reason="to read")

    assert shown.last == (
        "integration_prompt",
        {"type": "github", "reason": "to read", "blocking": False},
    )


async def test_account_is_offered_by_name_only(session: Session) -> None:
    with pytest.raises(TypeError, match="IntegrationConfig at '/payload/type' is not JSON"):
        await session.show_integration(AWS())  # type: ignore[arg-type]


async def test_suggestions_are_shown_if_there_are_any(session: Session, shown: Shown) -> None:
    await session.show_suggestions([])
    await session.show_suggestions([Suggestion("Go", prompt="go")], title="Next")

    assert len(shown.blocks) == 1
    assert shown.last[1]["title"] == "Next"


async def test_step_goes_on_under_its_id(session: Session, shown: Shown) -> None:
    step_id = await session.show_step("Load")
    again = await session.show_step("Load", status="done", step_id=step_id)

    assert re.fullmatch("[0-9a-f]{12}", step_id)
    assert again == step_id
    assert [block["id"] for block in shown.blocks] == [f"step_{step_id}"] * 2
    assert [block["payload"]["status"] for block in shown.blocks] == ["running", "done"]


async def test_activity_goes_on_under_its_id(session: Session, shown: Shown) -> None:
    activity_id = await session.show_activity("Search", icon="glass")
    again = await session.show_activity("Found", activity_id=activity_id, fields={"n": 1})

    assert again == activity_id
    assert [block["id"] for block in shown.blocks] == [f"activity_{activity_id}"] * 2
    assert shown.last[1]["fields"] == {"n": 1}


async def test_browser_is_shown_and_hidden(session: Session, shown: Shown) -> None:
    await session.show_browser(port=8000)
    assert shown.last == (
        "browser_preview",
        {"title": "", "path": "/", "mode": "split", "port": 8000},
    )

    await session.hide_browser()
    assert shown.last == ("browser_preview", {"close": True})


async def test_table_is_shown_and_hidden_in_one_place(session: Session, shown: Shown) -> None:
    await session.show_table(rows=[{"a": 1}], title="Rows")
    await session.hide_table()

    assert [block["id"] for block in shown.blocks] == [table_id("s1")] * 2
    assert shown.blocks[0]["payload"]["title"] == "Rows"
    assert shown.last == ("table_preview", {"close": True})


async def test_ui_is_shown_and_hidden(session: Session, shown: Shown) -> None:
    await session.show_ui(Text("hi"), key="k")
    assert shown.last[1]["widget"] == {"type": "text", "content": "hi"}

    await session.hide_ui("k")
    assert shown.last == ("ui_preview", {"close": True, "key": "k"})

    await session.hide_ui()
    assert shown.last == ("ui_preview", {"close": True})


async def test_wrong_use_is_refused_without_a_conversation_too() -> None:
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"))

    with pytest.raises(ValueError, match="show_browser needs port= or url="):
        await session.show_browser()


async def test_methods_need_a_session_to_show_anything() -> None:
    with pytest.raises(NotImplementedError):
        await BlockMethods().show(Block("note", {}))
