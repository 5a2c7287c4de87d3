from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Image("a.png"), {"type": "image", "src": "a.png", "alt": ""}),
        (
            ui.Image(
                "a.png",
                alt="A",
                caption="c",
                aspect_ratio="1/1",
                workflow="Report",
                input={"a": 1},
            ),
            {
                "type": "image",
                "src": "a.png",
                "alt": "A",
                "caption": "c",
                "aspect_ratio": "1/1",
                "target": "workflow",
                "value": "Report",
                "payload": {"a": 1},
            },
        ),
        (ui.ImageGallery(), {"type": "image_gallery", "images": []}),
        (
            ui.ImageGallery(
                ["a.png", {"src": "b.png", "caption": "b"}, ui.Image("c.png", prompt="c")],
                data="pictures",
                title="All",
                columns=3,
            ),
            {
                "type": "image_gallery",
                "images": [
                    {"src": "a.png", "alt": ""},
                    {"src": "b.png", "alt": "", "caption": "b"},
                    {"src": "c.png", "alt": "", "target": "prompt", "value": "c"},
                ],
                "data": "pictures",
                "title": "All",
                "columns": 3,
            },
        ),
        (ui.Video("a.mp4"), {"type": "video", "src": "a.mp4", "controls": True}),
        (
            ui.Video(
                "a.mp4",
                poster="p",
                title="t",
                caption="c",
                controls=False,
                autoplay=True,
                loop=True,
                muted=True,
                width=640,
                aspect_ratio="16/9",
            ),
            {
                "type": "video",
                "src": "a.mp4",
                "controls": False,
                "poster": "p",
                "title": "t",
                "caption": "c",
                "autoplay": True,
                "loop": True,
                "muted": True,
                "width": 640,
                "aspect_ratio": "16/9",
            },
        ),
        (ui.VideoGallery(), {"type": "video_gallery", "videos": []}),
        (
            ui.VideoGallery(["a.mp4", {"src": "b.mp4"}, ui.Video("c.mp4")], title="All"),
            {
                "type": "video_gallery",
                "videos": [
                    {"src": "a.mp4"},
                    {"src": "b.mp4"},
                    {"src": "c.mp4", "controls": True},
                ],
                "title": "All",
            },
        ),
    ],
)
def test_pictures_and_videos_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


def test_a_picture_leads_to_one_place() -> None:
    with pytest.raises(ValueError, match=r"ui\.Image leads to one place, not to 2"):
        ui.Image("a.png", prompt="a", page="b")


def test_a_picture_takes_input_for_a_workflow_only() -> None:
    with pytest.raises(ValueError, match=r"ui\.Image has input=, which only a workflow takes"):
        ui.Image("a.png", page="b", input={})
