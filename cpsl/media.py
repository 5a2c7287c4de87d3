"""`session.media`: pictures and videos to put into data and user interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpsl.exceptions import NotAvailable

if TYPE_CHECKING:
    from cpsl.session import Session

Source = str | bytes | bytearray

REMOTE = ("http://", "https://", "data:")


class SessionMedia:
    """Makes references to media. Only remote ones: nothing is stored by the local runtime yet."""

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
            copy_remote: Keep a copy of what a URL names.

        Raises:
            NotAvailable: The picture would have to be stored.
        """
        src = _remote_only(source, "session.media.image", copy_remote=copy_remote)
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
            copy_remote: Keep a copy of what a URL names.

        Raises:
            NotAvailable: The video or its poster would have to be stored.
        """
        method = "session.media.video"
        src = _remote_only(source, method, copy_remote=copy_remote)
        picture = _remote_only(poster, method, copy_remote=copy_remote) if poster else None
        return _reference(
            "video", src, caption=caption, alt=alt, mime_type=mime_type, poster=picture
        )


def _remote_only(source: Source, method: str, *, copy_remote: bool) -> str:
    if isinstance(source, str) and source.lower().startswith(REMOTE) and not copy_remote:
        return source
    raise NotAvailable(f"{method} of anything but a URL")


def _reference(kind: str, src: str, **extra: str | None) -> dict[str, Any]:
    present = {key: value for key, value in extra.items() if value}
    return {"type": kind, "src": src, "download_url": src, **present}
