"""What a user answers when a handler asks: files, approvals, connected accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpsl.downloads import copy_file, download_file


class FileUploadTimeout(TimeoutError):
    """The user uploaded no file in time."""


class IntegrationTimeout(TimeoutError):
    """The user connected no account in time."""


class IntegrationDeclined(RuntimeError):
    """The user did not want to connect an account, or nobody could be asked."""


@dataclass
class FileUpload:
    """A file that the user uploaded. `size` is in bytes, `path` where it was stored."""

    name: str
    content_type: str
    url: str
    size: int
    path: str | None = None
    # Where the dev server keeps it, whose `url` means nothing to an HTTP client.
    kept_at: str | None = field(default=None, init=False, repr=False, compare=False)

    async def download(self, path: str) -> str:
        """Fetch the file, write it to `path`, and remember and return `path`.

        Raises:
            urllib.error.HTTPError: The server refused.
            ValueError: The URL is neither http, https nor data.
            OSError: The server cannot be reached, or the file cannot be written.
        """
        fetch = copy_file(self.kept_at, path) if self.kept_at else download_file(self.url, path)
        self.path = await fetch
        return self.path
