"""`session.media`: pictures and videos to put into data and user interfaces."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from cpsl.downloads import download
from cpsl.files import FileStore, StoredFile, clean_suffix

if TYPE_CHECKING:
    from cpsl.session import Session

Source = str | bytes | bytearray

REMOTE = ("http://", "https://", "data:")


class SessionMedia:
    """Makes references to media. What is not on the web is kept by the dev server."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def image(
        self,
        source: str | bytes | bytearray,
        *,
        caption: str = "",
        alt: str = "",
        filename: str | None = None,
        mime_type: str | None = None,
        copy_remote: bool = False,
    ) -> dict[str, Any]:
        """Return the reference to a picture.

        Args:
            source: A URL (http, https, data), a local file, or the picture's bytes.
            filename: What bytes would be called; without it `mime_type` says what they are.
            copy_remote: Keep a copy of what a URL names.

        Raises:
            FileNotFoundError: There is no such file.
            RuntimeError: The session belongs to no conversation that could keep it.
        """
        suffix = _suffix_of(filename, mime_type)
        src = await keep_media(self, source, suffix, copy_remote=copy_remote)
        return _reference("image", src, caption=caption, alt=alt, mime_type=mime_type)

    async def video(
        self,
        source: str | bytes | bytearray,
        *,
        poster: str | bytes | bytearray | None = None,
        caption: str = "",
        alt: str = "",
        filename: str | None = None,
        mime_type: str | None = None,
        copy_remote: bool = False,
    ) -> dict[str, Any]:
        """Return the reference to a video.

        Args:
            source: A URL (http, https, data), a local file, or the video's bytes.
            poster: The picture to show before the video plays; like `source`.
            filename: What bytes would be called; without it `mime_type` says what they are.
            copy_remote: Keep a copy of what a URL names.

        Raises:
            FileNotFoundError: There is no such file.
            RuntimeError: The session belongs to no conversation that could keep it.
        """
        suffix = _suffix_of(filename, mime_type)
        src = await keep_media(self, source, suffix, copy_remote=copy_remote)
        picture = None
        if poster:
            picture = await keep_media(self, poster, "", copy_remote=copy_remote)
        return _reference(
            "video", src, caption=caption, alt=alt, mime_type=mime_type, poster=picture
        )


async def keep_media(
    media: SessionMedia, source: Source, suffix: str = "", *, copy_remote: bool = False
) -> str:
    """Return a URL for a picture or a video; what is not on the web is kept.

    Raises:
        FileNotFoundError: there is no such file.
        RuntimeError: the session belongs to no conversation that could keep it.
    """
    if isinstance(source, str) and _is_remote(source) and not copy_remote:
        return source
    target = media._session._target  # noqa: SLF001 - apps must not see attributes for this
    return await asyncio.to_thread(_keep, None if target is None else target.files, source, suffix)


def _keep(files: FileStore | None, source: Source, suffix: str) -> str:
    if isinstance(source, str):
        if files is not None and files.find(source):
            return source
        if not _is_remote(source) and not os.path.exists(source):
            raise FileNotFoundError(f"there is no file {source!r} to show")
    if files is None:
        raise RuntimeError("media cannot be kept here: the session belongs to no conversation")
    if not isinstance(source, str):
        return files.add(bytes(source), suffix).url
    if _is_remote(source):
        return _keep_remote(files, source, suffix).url
    return files.add_file(source, suffix or None).url


def _is_remote(source: str) -> bool:
    return source.lower().startswith(REMOTE)


def _keep_remote(files: FileStore, url: str, suffix: str) -> StoredFile:
    # Few apps copy what is on the web.
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    with TemporaryDirectory(prefix="cpsl-") as folder:
        path = os.path.join(folder, "media")
        download(url, path)
        return files.add_file(path, suffix or _suffix_of_url(url))


def _suffix_of(filename: str | None, mime_type: str | None) -> str:
    if filename:
        return clean_suffix(os.path.splitext(filename)[1])
    if not mime_type:
        return ""
    # Most media have a name, and this takes milliseconds to import.
    from mimetypes import guess_extension  # noqa: PLC0415

    return guess_extension(mime_type.partition(";")[0].strip()) or ""


def _suffix_of_url(url: str) -> str:
    scheme, _, rest = url.partition(":")
    if scheme.lower() == "data":
        return _suffix_of(None, rest.partition(",")[0])
    return clean_suffix(os.path.splitext(rest.partition("?")[0].partition("#")[0])[1])


def _reference(kind: str, src: str, **extra: str | None) -> dict[str, Any]:
    present = {key: value for key, value in extra.items() if value}
    return {"type": kind, "src": src, "download_url": src, **present}
