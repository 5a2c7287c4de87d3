from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.prompts import FileUpload, FileUploadTimeout, IntegrationDeclined, IntegrationTimeout


async def test_uploaded_file_is_downloaded_and_remembers_where(tmp_path: Path) -> None:
    upload = FileUpload("a.txt", "text/plain", "data:,hello", 5)
    path = str(tmp_path / "a.txt")

    result = await upload.download(path)

    assert result == upload.path == path
    assert (tmp_path / "a.txt").read_text() == "hello"


async def test_failed_download_remembers_nothing(tmp_path: Path) -> None:
    upload = FileUpload("a.txt", "text/plain", "file:///etc/passwd", 5)

    with pytest.raises(ValueError, match="only http, https and data URLs are fetched"):
        await upload.download(str(tmp_path / "a.txt"))

    assert upload.path is None


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (FileUploadTimeout, TimeoutError),
        (IntegrationTimeout, TimeoutError),
        (IntegrationDeclined, RuntimeError),
    ],
)
def test_errors_can_be_caught_by_their_builtin_kind(
    error: type[Exception], base: type[Exception]
) -> None:
    assert issubclass(error, base)
