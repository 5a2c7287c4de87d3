"""Pictures and videos, alone and in galleries."""

from __future__ import annotations

from typing import Any

from cpsl.targets import payload_of, target_of
from cpsl.ui.base import Widget, used


class Image(Widget):
    """A picture, which may lead somewhere.

    Raises:
        ValueError: it leads to more than one place, or its input does not fit.
    """

    type = "image"

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        src: str,
        *,
        alt: str = "",
        caption: str | None = None,
        aspect_ratio: str | None = None,
        prompt: str | None = None,
        workflow: Any | None = None,
        page: Any | None = None,
        input: dict[str, Any] | None = None,  # noqa: A002 - the public API's name
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.src = src
        self.alt = alt
        self.caption = caption
        self.aspect_ratio = aspect_ratio
        self.target = target_of("ui.Image", prompt=prompt, workflow=workflow, page=page)
        self.payload = payload_of(
            "ui.Image", self.target, input=input, payload=payload, takes_input=("workflow",)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the picture as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "src": self.src,
            "alt": self.alt,
            **used(caption=self.caption, aspect_ratio=self.aspect_ratio),
            **self.target,
            **used(payload=self.payload),
        }


class ImageGallery(Widget):
    """Pictures in a grid: URLs, dictionaries or `Image`s, or those of a data source."""

    type = "image_gallery"

    def __init__(
        self,
        images: list[str | dict[str, Any] | Image] | None = None,
        *,
        data: str | None = None,
        title: str | None = None,
        columns: int | None = None,
    ) -> None:
        self.images = images or []
        self.data = data
        self.title = title
        self.columns = columns

    def to_dict(self) -> dict[str, Any]:
        """Return the gallery as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "images": [_entry(image, alt="") for image in self.images],
            **used(data=self.data, title=self.title, columns=self.columns),
        }


class Video(Widget):
    """A video."""

    type = "video"

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        src: str,
        *,
        poster: str | None = None,
        title: str | None = None,
        caption: str | None = None,
        controls: bool = True,
        autoplay: bool = False,
        loop: bool = False,
        muted: bool = False,
        width: int | str | None = None,
        aspect_ratio: str | None = None,
    ) -> None:
        self.src = src
        self.poster = poster
        self.title = title
        self.caption = caption
        self.controls = controls
        self.autoplay = autoplay
        self.loop = loop
        self.muted = muted
        self.width = width
        self.aspect_ratio = aspect_ratio

    def to_dict(self) -> dict[str, Any]:
        """Return the video as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "src": self.src,
            "controls": self.controls,
            **used(
                poster=self.poster,
                title=self.title,
                caption=self.caption,
                autoplay=self.autoplay,
                loop=self.loop,
                muted=self.muted,
                width=self.width,
                aspect_ratio=self.aspect_ratio,
            ),
        }


class VideoGallery(Widget):
    """Videos in a grid: URLs, dictionaries or `Video`s, or those of a data source."""

    type = "video_gallery"

    def __init__(
        self,
        videos: list[str | dict[str, Any] | Video] | None = None,
        *,
        data: str | None = None,
        title: str | None = None,
        columns: int | None = None,
    ) -> None:
        self.videos = videos or []
        self.data = data
        self.title = title
        self.columns = columns

    def to_dict(self) -> dict[str, Any]:
        """Return the gallery as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "videos": [_entry(video) for video in self.videos],
            **used(data=self.data, title=self.title, columns=self.columns),
        }


def _entry(item: str | dict[str, Any] | Widget, **defaults: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"src": item, **defaults}
    if isinstance(item, dict):
        return defaults | item
    entry = item.to_dict()
    del entry["type"]
    return entry
