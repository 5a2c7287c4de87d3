from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cpsl_dev.cli.exits import NoServer
from cpsl_dev.cli.options import Target
from tests.endpoints import TOKEN, Served

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


def test_a_server_is_named_by_url_and_token_file(
    lonely: Terminal, served: Served, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    url = served.endpoint.url

    assert lonely.run("status", "--url", url, "--token-file", "token").exit_code == 0
    assert lonely.run("status", "--url", url).exit_code == 2
    assert lonely.run("status", "--url", url, "--token-file", "none").exit_code == 2
    assert lonely.run("status", "--url", "nonsense").exit_code == 2


def test_the_server_of_another_app_is_found_by_naming_the_app(
    lonely: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").touch()

    result = lonely.run("status", "--app", "other/app.py")

    assert result.exit_code == 3
    assert f"No dev server runs for {tmp_path / 'other'}." in result.stderr
    assert lonely.run("status", "--app", "missing.py").exit_code == 2


def test_a_target_that_does_not_run_is_none_or_an_error(lonely: Terminal) -> None:
    target = Target(url=None, token_file=None, app=None)

    assert target.find() is None
    with pytest.raises(NoServer):
        target.need()
