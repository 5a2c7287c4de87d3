from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui

FILES = {
    "type": "file_browser",
    "mount": "/data",
    "path": "/",
    "scope": "",
    "allow_upload": True,
    "allow_delete": True,
    "allow_rename": True,
    "allow_mkdir": True,
    "fill": False,
}


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.ChatPanel(), {"type": "chat_panel", "show_header": True}),
        (
            ui.ChatPanel(title="t", placeholder="p", height=300, show_header=False),
            {
                "type": "chat_panel",
                "show_header": False,
                "title": "t",
                "placeholder": "p",
                "height": 300,
            },
        ),
        (ui.TaskBoard(), {"type": "task_board", "refresh_ms": 5000}),
        (
            ui.TaskBoard(
                title="t",
                filter={"a": 1},
                columns=[ui.TaskBoardColumn("Done", ["completed"])],
                refresh_ms=1000,
            ),
            {
                "type": "task_board",
                "refresh_ms": 1000,
                "title": "t",
                "filter": {"a": 1},
                "columns": [{"label": "Done", "statuses": ["completed"]}],
            },
        ),
        (ui.FileBrowser(mount="/data//"), FILES),
        (ui.FileBrowser(mount="/"), FILES | {"mount": "/"}),
        (
            ui.FileBrowser(mount="/data", path="/a/../b", title="t", scope="user", fill=True),
            FILES | {"path": "/b", "title": "t", "scope": "user", "fill": True},
        ),
    ],
)
def test_panels_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


@pytest.mark.parametrize("height", [0, -1])
def test_a_chat_panel_has_a_height(height: int) -> None:
    with pytest.raises(ValueError, match=f"height={height} of a chat panel must be above 0"):
        ui.ChatPanel(height=height)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"mount": "data"}, "mount='data' of a file browser must be absolute"),
        ({"mount": ""}, "mount='' of a file browser must be absolute"),
        ({"mount": "/data", "path": "a"}, "path='a' of a file browser must be absolute"),
        ({"mount": "/data", "scope": "team"}, "scope of a file browser must be one of app, owner"),
    ],
)
def test_a_file_browser_that_cannot_work_is_refused(options: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ui.FileBrowser(**options)
