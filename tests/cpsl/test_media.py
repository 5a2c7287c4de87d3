from __future__ import annotations

import asyncio
import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from cpsl.files import FileStore
from cpsl.media import SessionMedia
from cpsl.session import Session, SessionChannel, UserInfo, bind_session

PICTURE = b"\x89PNG picture"
HASH = hashlib.sha256(PICTURE).hexdigest()


class Target:
    def __init__(self, files: FileStore) -> None:
        self.files = files


def make_media(folder: Path | None = None) -> SessionMedia:
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"))
    if folder is not None:
        bind_session(session, Target(FileStore(str(folder / "files"))))  # type: ignore[arg-type]
    return session.media


@pytest.fixture
def media(tmp_path: Path) -> SessionMedia:
    return make_media(tmp_path)


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
    ("options", "suffix"),
    [
        ({}, ""),
        ({"filename": "plots/May.PNG"}, ".png"),
        ({"mime_type": "image/webp"}, ".webp"),
        ({"mime_type": "image/gif; q=1"}, ".gif"),
        ({"filename": "app.py"}, ""),
        ({"mime_type": "no/such"}, ""),
    ],
)
@pytest.mark.parametrize("kind", [bytes, bytearray])
async def test_bytes_are_kept_under_their_hash(
    kind: Any, options: dict[str, Any], suffix: str, media: SessionMedia, tmp_path: Path
) -> None:
    result = await media.image(kind(PICTURE), **options)

    assert result["src"] == result["download_url"] == f"/files/{HASH}{suffix}"
    assert (tmp_path / "files" / f"{HASH}{suffix}").read_bytes() == PICTURE


async def test_local_file_is_kept(media: SessionMedia, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE)

    result = await media.video("https://host/v.mp4", poster=str(path))
    path.unlink()

    assert result["poster"] == f"/files/{HASH}.png"
    assert (tmp_path / "files" / f"{HASH}.png").read_bytes() == PICTURE


async def test_what_is_kept_already_stays_what_it_is(media: SessionMedia) -> None:
    first = await media.image(PICTURE, filename="a.png")

    again = await media.image(first["src"])

    assert again["src"] == first["src"]


async def test_copy_of_a_url_is_kept(media: SessionMedia, tmp_path: Path) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"

    result = await media.image(url, copy_remote=True)

    assert result["src"] == f"/files/{HASH}.png"
    assert (tmp_path / "files" / f"{HASH}.png").read_bytes() == PICTURE


async def test_missing_file_is_named(media: SessionMedia) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file 'missing\.png' to show"):
        await media.image("missing.png")


@pytest.mark.parametrize("source", [PICTURE, __file__])
async def test_nothing_is_kept_without_a_conversation(source: Any) -> None:
    with pytest.raises(RuntimeError, match="media cannot be kept here: the session belongs to no"):
        await make_media().image(source)


def test_media_is_kept_from_a_plain_handler(tmp_path: Path) -> None:
    result = asyncio.run(make_media(tmp_path).image(PICTURE))

    assert result["src"] == f"/files/{HASH}"
