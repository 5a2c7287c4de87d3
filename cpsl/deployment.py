"""How an app is deployed. Locally only its secrets, packages and mounts matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cpsl.channels import ChannelLike, channel_secrets, check_channels
from cpsl.constants import PRICING_ONE_TIME
from cpsl.filesystem import FileSystem, mount
from cpsl.image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOptions:
    """How an app is deployed. Locally only its secrets, packages and mounts matter."""

    image: Image
    channels: list[ChannelLike] = field(default_factory=list)
    keep_warm_seconds: int = 0
    secrets: list[str] = field(default_factory=list)
    filesystems: dict[str, FileSystem] = field(default_factory=dict)
    cpu: float = 0.25
    memory: int = 512
    gpu: str | None = None
    price: int = 0
    pricing_type: str = PRICING_ONE_TIME


def deploy_options(
    *,
    image: Image,
    channels: list[ChannelLike] | None,
    secrets: list[str] | None,
    filesystems: dict[str, FileSystem] | None,
    **options: Any,
) -> DeployOptions:
    """Return the options of an app, once each is one.

    Raises:
        AttributeError: the image is no image, or a file system no file system.
        TypeError: a channel is no channel.
        ValueError: a mount path is not absolute.
    """
    if not hasattr(image, "to_dict"):
        raise AttributeError(f"image={image!r} has no to_dict: it must be a cpsl.Image.")
    checked = check_channels(channels or [])
    # Serialised here, so that a deprecated channel warns where the app is made.
    for channel in checked:
        channel.to_dict()
    names = [*(secrets or []), *channel_secrets(checked)]
    return DeployOptions(
        image=image,
        channels=checked,
        secrets=list(dict.fromkeys(names)),
        filesystems=mount(filesystems or {}),
        **options,
    )
