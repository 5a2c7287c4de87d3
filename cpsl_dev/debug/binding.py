"""Which address to listen on: checked, so that no odd spelling opens more than was meant."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from cpsl_dev.config import DEFAULT_PORT
from cpsl_dev.exceptions import UsageError

_NAME = r"(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
_ORIGIN = re.compile(rf"https?://{_NAME}\Z")
_HOST = re.compile(rf"{_NAME}\Z")
# How many ports above the default one are tried when none was asked for.
_PORTS_TRIED = 100
_BACKLOG = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address to listen on, and what the outside needs to know of it."""

    ip: str
    is_loopback: bool
    is_wildcard: bool
    is_v6: bool

    @property
    def host(self) -> str:
        """How the address is written before a port."""
        return f"[{self.ip}]" if self.is_v6 else self.ip

    def url(self, port: int) -> str:
        """Return what a client on this machine connects to."""
        if self.is_wildcard:
            return f"http://[::1]:{port}" if self.is_v6 else f"http://127.0.0.1:{port}"
        return f"http://{self.host}:{port}"


def parse_host(text: str) -> Address:
    """Return the address that `--host` names.

    Raises:
        UsageError: it is neither `localhost` nor an address written out.
    """
    literal = "127.0.0.1" if text == "localhost" else text
    try:
        ip = ipaddress.ip_address(literal)
    except ValueError:
        ip = None
    if ip is None or "%" in literal or (ip.version == 6 and ip.ipv4_mapped is not None):
        raise UsageError(
            f"--host {text!r} is not an address to listen on. Write localhost or an IP address "
            f"in full, such as 127.0.0.1, ::1 or 0.0.0.0."
        )
    return Address(
        ip=str(ip),
        is_loopback=ip.is_loopback,
        is_wildcard=ip.is_unspecified,
        is_v6=ip.version == 6,
    )


def check_exposure(address: Address, *, auth: bool) -> str | None:
    """Return a warning if other machines can reach `address`.

    Raises:
        UsageError: they could, and there is no token to keep them out.
    """
    if address.is_loopback:
        return None
    if not auth:
        raise UsageError(
            f"--no-auth works on this machine only, and --host {address.ip} lets other machines "
            f"in. Leave one of the two out."
        )
    return (
        f"Listening on {address.ip}: other machines can connect. "
        f"Whoever has the token can run code here."
    )


def check_origins(origins: Iterable[str]) -> None:
    """Check what `--allow-origin` was given.

    Raises:
        UsageError: one is not exactly what a browser sends.
    """
    for origin in origins:
        if not _ORIGIN.match(origin):
            raise UsageError(
                f"--allow-origin {origin!r} is not an origin. Write scheme, host and port as a "
                f"browser sends them, such as http://localhost:5173, in lower case and without a "
                f"path."
            )


def check_allowed_hosts(hosts: Iterable[str]) -> None:
    """Check what `--allow-host` was given.

    Raises:
        UsageError: one is not the name of a host.
    """
    for host in hosts:
        if not _HOST.match(host):
            raise UsageError(
                f"--allow-host {host!r} is not the name of a host. "
                f"Write it as clients do, such as dev.example or dev.example:8080."
            )


def listen(address: Address, port: int | None) -> socket.socket:
    """Return a socket that listens at `port`; at the first free one from 4600 on if None.

    Raises:
        UsageError: the port is taken, or the address is not one of this machine.
    """
    if port is not None:
        return _bind(address, port)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED):
        try:
            return _bind(address, candidate)
        except PortTaken:
            continue
    return _bind(address, 0)


class PortTaken(UsageError):
    """Something else listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken. Choose another with --port, "
            f"or leave it out for the next free one."
        )


def _bind(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if address.is_v6 else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _cannot_listen(address, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.is_v6:
            # Without this `::` would also take what comes over IPv4.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address.ip, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(address.host, port) from error
        raise _cannot_listen(address, port, error) from error
    listener.setblocking(False)
    return listener


def _cannot_listen(address: Address, port: int, error: OSError) -> UsageError:
    return UsageError(
        f"Cannot listen on {address.host} port {port}: {error.strerror}. "
        f"Choose another with --host and --port."
    )
