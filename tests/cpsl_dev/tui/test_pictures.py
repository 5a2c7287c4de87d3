from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from cpsl.files import FileStore
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.spans import plain, width_of
from tests.pictures import png


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path))


def test_file_of_the_conversation_is_found_measured_and_drawn(store: FileStore) -> None:
    pytest.importorskip("PIL")
    url = store.add(png(4, 4), ".png").url
    pictures = Pictures(store.folder)
    found = pictures.find(url)

    assert found is not None
    assert pictures.describe(url).startswith("4 by 4  ")
    lines = pictures.draw(found, 40)
    assert [plain(line) for line in lines] == ["▀▀▀▀", "▀▀▀▀"]
    assert lines[0][0][1] == ("#ff0000", "#on:ff0000")


def test_large_picture_fits_in(store: FileStore) -> None:
    pytest.importorskip("PIL")
    lines = Pictures().draw(png(300, 900), 40)

    assert len(lines) == 14
    assert all(width_of(line) <= 40 for line in lines)
    assert Pictures().draw(png(300, 900), 5) == []
    assert Pictures(has_colours=False).draw(png(300, 900), 40) == []


def test_picture_in_an_address_is_read(store: FileStore) -> None:
    pytest.importorskip("PIL")
    url = "data:image/png;base64," + base64.b64encode(png(2, 2)).decode()

    assert Pictures().find(url) == png(2, 2)
    assert Pictures().describe(url).startswith("2 by 2  ")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "/files/../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "data:image/png,abc",
        "data:image/png;base64,%%%",
        "",
    ],
)
def test_nothing_else_is_opened(store: FileStore, url: str) -> None:
    assert Pictures(store.folder).find(url) is None


def test_file_that_is_gone_is_said(store: FileStore) -> None:
    assert Pictures(store.folder).describe(f"/files/{'0' * 64}.png") == "the file is gone"


@pytest.mark.parametrize(
    "data", [b"no picture", png(4, 4)[:40], png(2, 2, (60_000, 60_000)), b""], ids=len
)
def test_what_is_no_picture_or_a_bomb_is_not_drawn(data: bytes) -> None:
    assert Pictures().draw(data, 40) == []


def test_picture_of_the_web_is_to_be_fetched_until_it_is_here() -> None:
    pytest.importorskip("PIL")
    pictures = Pictures()

    assert pictures.is_to_fetch("HTTPS://example.org/a.png")
    pictures.keep("HTTPS://example.org/a.png", png(4, 4))
    assert not pictures.is_to_fetch("HTTPS://example.org/a.png")
    assert pictures.describe("HTTPS://example.org/a.png").startswith("4 by 4  ")


@pytest.mark.parametrize(
    "url", ["", "/files/a.png", "data:image/png,", "ftp://h/a", "http://h/" + "a" * 8_000]
)
def test_nothing_else_is_to_be_fetched(url: str) -> None:
    assert not Pictures().is_to_fetch(url)


def test_oldest_of_many_fetched_pictures_goes() -> None:
    pictures = Pictures()
    for number in range(9):
        pictures.keep(f"http://h/{number}", png(2, 2))

    assert pictures.find("http://h/0") is None
    assert all(pictures.find(f"http://h/{number}") for number in range(1, 9))


def test_what_keeps_pictures_from_being_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)

    assert "pip install 'cpsl-dev[images]'" in Pictures().obstacle
    assert "NO_COLOR is set" in Pictures(has_colours=False).obstacle
    assert not Pictures().is_to_fetch("http://h/a.png")
