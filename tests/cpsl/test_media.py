from __future__ import annotations

from typing import Any

import pytest

from cpsl.exceptions import NotAvailable
from cpsl.media import SessionMedia
from cpsl.session import Session, SessionChannel, UserInfo


@pytest.fixture
def media() -> SessionMedia:
    return Session("s1", UserInfo("dev"), SessionChannel("chat")).media


async def test_picture_of_a_url_is_kept_as_it_is(media: SessionMedia) -> None:
    assert await media.image("https://host/a.png") == {
        "type": "image",
        "src": "https://host/a.png",
        "download_url": "https://host/a.png",
    }


async def test_what_is_given_is_in_the_reference(media: SessionMedia) -> None:
    result = await media.image("data:,x", caption="c", alt="a", mime_type="image/png")

    assert {key: result[key] for key in ("caption", "alt", "mime_type")} == {
        "caption": "c",
        "alt": "a",
        "mime_type": "image/png",
    }


async def test_video_has_a_poster(media: SessionMedia) -> None:
    result = await media.video("http://host/v.mp4", poster="http://host/p.png")

    assert result == {
        "type": "video",
        "src": "http://host/v.mp4",
        "download_url": "http://host/v.mp4",
        "poster": "http://host/p.png",
    }


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (b"bytes", {}),
        (bytearray(b"bytes"), {}),
        ("local.png", {}),
        ("https://host/a.png", {"copy_remote": True}),
    ],
)
async def test_what_must_be_stored_is_not_available(
    source: Any, options: dict[str, Any], media: SessionMedia
) -> None:
    with pytest.raises(NotAvailable, match=r"session\.media\.image of anything but a URL is not"):
        await media.image(source, **options)
    with pytest.raises(NotAvailable, match=r"session\.media\.video of anything but a URL is not"):
        await media.video("https://host/v.mp4" if options else source, poster=source, **options)
