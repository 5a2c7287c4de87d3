"""The dev server: runs an app of `cpsl` while it is being written."""

from __future__ import annotations

__all__ = ["__version__"]  # noqa: F822 - made by __getattr__


def __getattr__(name: str) -> str:
    # Late, so that the command line can say it in words if `cpsl` is somebody else's.
    if name == "__version__":
        from cpsl.version import __version__  # noqa: PLC0415 - see above

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
