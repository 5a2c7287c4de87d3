from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from cpsl_dev.tui.fetching import PictureNotFetched, fetch_picture
from tests.pictures import Site, png, web
from tests.servers import wait_until


@pytest.fixture
def site() -> Iterator[Site]:
    with web() as running:
        yield running


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cpsl-picture"]


async def test_picture_comes_whole(site: Site) -> None:
    assert await fetch_picture(f"{site.url}/red.png") == png(4, 4)


async def test_redirect_is_followed(site: Site) -> None:
    assert await fetch_picture(f"{site.url}/to//red.png") == png(4, 4)
    assert site.asked == ["/to//red.png", "/red.png"]


async def test_blanks_and_other_letters_are_written_as_a_browser_does(site: Site) -> None:
    assert await fetch_picture(f"{site.url}/a b%20ü\r\n/red.png")

    assert site.asked == ["/a%20b%20%C3%BC%0D%0A/red.png"]


async def test_proxy_of_the_environment_is_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site.url)

    assert await fetch_picture("http://pictures.invalid/red.png") == png(4, 4)
    assert site.asked == ["http://pictures.invalid/red.png"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "the server answers 404 Not Found"),
        ("/page", "what is there is no picture but text/html"),
        ("/round", "it leads on more than 5 times"),
        ("/to/file:///etc/passwd", "it leads to 'file:///etc/passwd', and only http and https"),
        ("/to/ftp://127.0.0.1/a.png", "it leads to 'ftp://127.0.0.1/a.png', and only http and"),
        ("/to/data:image/png;base64,AAAA", "it leads to 'data:image/png;base64,AAAA', and only"),
        ("/to/", "the server answers 302 Found"),
    ],
)
async def test_what_is_no_picture_is_refused_with_the_reason(
    site: Site, path: str, reason: str
) -> None:
    with pytest.raises(PictureNotFetched) as refused:
        await fetch_picture(f"{site.url}{path}")

    assert str(refused.value).startswith(f"No picture from {site.url}{path}: {reason}")
    assert str(refused.value).endswith(". Fetch it once more, or click on its address to copy it.")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/a", "/etc/passwd", ""])
async def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(PictureNotFetched, match="only http and https are fetched"):
        await fetch_picture(url)


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://127.0.0.1:port/", "http://\ud800"]
)
async def test_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(PictureNotFetched, match=r"No picture from .+: .+\. Fetch it once more"):
        await fetch_picture(url)


async def test_what_is_too_large_is_not_read_to_its_end(site: Site) -> None:
    with pytest.raises(PictureNotFetched, match="it is larger than 100,000 bytes"):
        await fetch_picture(f"{site.url}/zeros", most_bytes=100_000)


async def test_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))

        with pytest.raises(PictureNotFetched, match="refused"):
            await fetch_picture(f"http://127.0.0.1:{bound.getsockname()[1]}/a.png")


async def test_server_that_breaks_off_is_told() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PictureNotFetched, match=r"closed connection|reset by peer"):
            await fetch_picture(f"http://127.0.0.1:{port}/a.png")


@pytest.mark.parametrize("path", ["/silent", "/drip"])
async def test_server_that_takes_too_long_is_left_alone(site: Site, path: str) -> None:
    with pytest.raises(PictureNotFetched, match=r"it does not come within 0\.3 seconds"):
        await fetch_picture(f"{site.url}{path}", seconds=0.3)

    await wait_until(lambda: not threads())
    assert site.asked == [path]


def test_who_leaves_waits_for_no_server(site: Site) -> None:
    async def leave() -> None:
        coming = asyncio.ensure_future(fetch_picture(f"{site.url}/silent"))
        await wait_until(lambda: site.asked)
        coming.cancel()

    asyncio.run(leave())

    assert threads()
    site.go.set()
    for thread in threads():
        thread.join()
