"""Which addresses are listened on: none that was not meant."""

from __future__ import annotations

import re
import socket

import pytest

from cpsl_dev.debug.binding import (
    PortTaken,
    check_allowed_hosts,
    check_exposure,
    check_origins,
    listen,
    parse_host,
)
from cpsl_dev.exceptions import UsageError


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "0x0",
        "",
        "\uff10",
        "127.1",
        "2130706433",
        "127.0.0.01",
        "0.0.0.0 ",
        "*",
        "LOCALHOST",
        "localhost.",
        "example.com",
        "::ffff:0.0.0.0",
        "::ffff:127.0.0.1",
        "[::1]",
        "fe80::1%eth0",
        "127.0.0.1:80",
        "0.0.0.0/0",
    ],
)
def test_odd_spellings_of_an_address_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not an address to listen on. Write localhost or an"):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "url", "is_loopback"),
    [
        ("localhost", "http://127.0.0.1:80", True),
        ("127.0.0.1", "http://127.0.0.1:80", True),
        ("127.0.0.2", "http://127.0.0.2:80", True),
        ("::1", "http://[::1]:80", True),
        ("0.0.0.0", "http://127.0.0.1:80", False),
        ("::", "http://[::1]:80", False),
        ("192.0.2.7", "http://192.0.2.7:80", False),
    ],
)
def test_an_address_knows_its_url_and_who_can_reach_it(
    text: str, url: str, is_loopback: bool
) -> None:
    address = parse_host(text)

    assert address.url(80) == url
    assert address.is_loopback is is_loopback


def test_other_machines_may_come_in_only_with_a_warning_and_a_token() -> None:
    everywhere = parse_host("0.0.0.0")

    assert check_exposure(parse_host("127.0.0.1"), auth=False) is None
    assert check_exposure(everywhere, auth=True) == (
        "Listening on 0.0.0.0: other machines can connect. Whoever has the token can run code here."
    )
    with pytest.raises(UsageError, match=r"--no-auth works on this machine only, and --host 0.0.0"):
        check_exposure(everywhere, auth=False)


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "localhost", "http://", "http://localhost:5173/", "HTTP://localhost", "file://x"],
)
def test_only_an_exact_origin_can_be_allowed(origin: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"--allow-origin {origin!r} is not an origin")):
        check_origins([origin])


@pytest.mark.parametrize("host", ["*", "", "a b", "evil/", "http://dev.example", "a:b"])
def test_only_the_name_of_a_host_can_be_allowed(host: str) -> None:
    with pytest.raises(UsageError, match=r"is not the name of a host. Write it as clients do"):
        check_allowed_hosts([host])


def test_names_and_addresses_can_be_allowed() -> None:
    check_allowed_hosts(["dev.example", "dev.example:8080", "[::1]:80", "192.0.2.7"])
    check_origins(["http://localhost:5173", "https://dev.example", "http://[::1]:80"])


def test_a_port_that_is_taken_is_an_error_when_it_was_asked_for() -> None:
    address = parse_host("127.0.0.1")
    with listen(address, 0) as first:
        port = first.getsockname()[1]

        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken. Choose another"):
            listen(address, port)


def test_the_next_free_port_is_taken_when_none_was_asked_for() -> None:
    address = parse_host("127.0.0.1")
    with listen(address, None) as first, listen(address, None) as second:
        assert second.getsockname()[1] > first.getsockname()[1] >= 4600


def test_any_port_is_found_when_all_that_are_tried_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cpsl_dev.debug.binding._PORTS_TRIED", 0)

    with listen(parse_host("127.0.0.1"), None) as listener:
        assert listener.getsockname()[1] > 0


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(UsageError, match=r"Cannot listen on 192.0.2.7 port 0: .*Choose another"):
        listen(parse_host("192.0.2.7"), 0)


def test_only_the_address_that_was_meant_is_listened_on() -> None:
    with listen(parse_host("localhost"), 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family == socket.AF_INET


def test_a_wildcard_of_ipv6_does_not_take_ipv4() -> None:
    try:
        listener = listen(parse_host("::1"), 0)
    except UsageError:
        pytest.skip("there is no IPv6 here")
    with listener:
        assert listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


def test_a_machine_without_ipv6_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)

    with pytest.raises(UsageError, match="Address family not supported"):
        listen(parse_host("::1"), 0)
