"""The endpoint listens, says where, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from cpsl_dev.debug.discovery import find_running
from cpsl_dev.debug.endpoint import DebugEndpoint
from cpsl_dev.exceptions import StoreUnavailable, UsageError
from cpsl_dev.server import DevServer
from tests.conftest import RunServer
from tests.endpoints import TOKEN, Serve, Served, running_endpoint
from tests.servers import ECHO_APP, make_config, write_app


def test_it_says_where_it_is_in_a_private_file(serve: Serve, tmp_path: Path) -> None:
    served = serve()

    path = tmp_path / ".cpsl" / "dev.json"
    found = orjson.loads(path.read_bytes())
    assert found == {
        "url": f"http://127.0.0.1:{served.port}",
        "token": TOKEN,
        "pid": os.getpid(),
        "entry": "app.py",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert served.core.server.url == found["url"]


def test_the_file_is_gone_when_it_has_stopped(app_folder: Path, tmp_path: Path) -> None:
    with running_endpoint(app_folder, tmp_path, {}):
        assert find_running(tmp_path) is not None

    assert not (tmp_path / "dev.json").exists()


def test_each_start_has_a_token_of_its_own_and_the_old_one_is_worthless(
    app_folder: Path, tmp_path: Path
) -> None:
    with running_endpoint(app_folder, tmp_path, {"token": ""}) as first:
        old = first.token
    with running_endpoint(app_folder, tmp_path, {"token": ""}) as second:
        answer = second.ask("GET", "/status", headers={"Authorization": f"Bearer {old}"})

        assert old != second.token
        assert answer.status == 401


def test_the_token_may_come_from_a_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n", "utf-8")

    served = serve(token_file=tmp_path / "token")

    assert served.token == "from-a-file"
    assert served.ask("GET", "/status").status == 200


def test_only_loopback_is_listened_on(served: Served) -> None:
    others = {
        info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, family=socket.AF_INET)
    }

    for address in others - {"127.0.0.1"}:
        if str(address).startswith("127."):
            continue
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((str(address), served.port), timeout=2)
    assert served.ask("GET", "/health").status == 200


def test_the_token_is_nowhere_but_in_its_file(served: Served, app_folder: Path) -> None:
    turn = served.say("leak", "environ")
    served.ask("GET", "/status", headers={"Authorization": f"Bearer {TOKEN}x"})
    events = served.ask("GET", "/events?limit=10000").body

    assert "PATH=" in turn["replies"][0]["text"]
    assert TOKEN not in turn["replies"][0]["text"]
    assert TOKEN.encode() not in events
    assert TOKEN.encode() not in served.ask("GET", "/status").body
    processes = subprocess.run(["ps", "axww"], capture_output=True, check=False).stdout
    assert TOKEN.encode() not in processes
    files = [path for path in served.config.data_dir.rglob("*") if path.is_file()]
    holding = [path.name for path in files if "db" not in path.name and _holds_token(path)]
    assert holding == ["dev.json"]


def _holds_token(path: Path) -> bool:
    return TOKEN.encode() in path.read_bytes()


async def test_a_port_that_is_taken_is_an_error_and_nothing_is_left(
    dev_server: RunServer, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with dev_server(ECHO_APP, port=port) as server:
            endpoint = DebugEndpoint(server, server.config)

            with pytest.raises(UsageError, match=f"Port {port} on 127.0.0.1 is taken"):
                await endpoint.start()

            await endpoint.stop()
            assert not (server.config.data_dir / "dev.json").exists()


async def test_a_folder_that_cannot_be_written_stops_the_start(
    dev_server: RunServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with dev_server(ECHO_APP, port=0) as server:
        endpoint = DebugEndpoint(server, server.config)

        def refuse(*args: object) -> None:
            raise StoreUnavailable("dev.json cannot be written: disk full.")

        monkeypatch.setattr("cpsl_dev.debug.endpoint.write_running", refuse)

        with pytest.raises(StoreUnavailable):
            await endpoint.start()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2])))


async def test_a_wrong_address_is_an_error_before_anything_is_opened(tmp_path: Path) -> None:
    config = make_config(write_app(tmp_path / "app"), host="0")
    endpoint = DebugEndpoint(DevServer(config), config)

    with pytest.raises(UsageError, match="--host '0' is not an address"):
        await endpoint.start()


def test_stopping_ends_streams_and_turns_in_flight(app_folder: Path, tmp_path: Path) -> None:
    with running_endpoint(app_folder, tmp_path, {}) as served, served.stream() as events:
        assert events.next_block() == ["retry: 1000"]
        served.core.stop(10)

        while events.next_block():
            pass
        assert events.response.readline() == b""

    with pytest.raises(ConnectionRefusedError):
        served.connect()


def test_ipv6_works_where_there_is_any(app_folder: Path, tmp_path: Path) -> None:
    if not _has_ipv6():
        pytest.skip("there is no IPv6 here")
    with running_endpoint(app_folder, tmp_path, {"host": "::1"}) as served:
        assert served.endpoint.url == f"http://[::1]:{served.port}"
        with socket.create_connection(("::1", served.port), timeout=5) as sock:
            sock.sendall(served.head("GET", "/status", {"Host": f"[::1]:{served.port}"}))
            assert served.read_answer(sock).status == 200


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_importing_the_light_parts_does_not_import_aiohttp() -> None:
    code = (
        "import sys, cpsl_dev.debug.binding, cpsl_dev.debug.discovery, cpsl_dev.debug.following;"
        "print('aiohttp' in sys.modules)"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert found.stdout == "False\n"
