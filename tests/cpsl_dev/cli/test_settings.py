from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.cli.settings import make_config
from cpsl_dev.exceptions import UsageError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an app."""
    (tmp_path / "app.py").touch()
    return tmp_path


def test_the_state_is_beside_the_app_unless_said_otherwise(project: Path) -> None:
    (project / "inner").mkdir()
    (project / "inner" / "mine.py").touch()

    beside = make_config("inner/mine.py", {}, cwd=project).config
    elsewhere = make_config("app.py", {"data_dir": Path("state")}, cwd=project).config

    assert beside.data_dir == project / "inner" / ".cpsl"
    assert elsewhere.data_dir == project / "state"


def test_arguments_come_before_the_project(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.cpsl]\nport = 5000\nmax_body = 10\nenv_file = "x.env"\nwatch = ["a"]\n'
        "load_timeout_seconds = 5\n",
        "utf-8",
    )

    config = make_config(None, {"port": 6000, "max_body_bytes": None}, cwd=project).config

    assert config.port == 6000
    assert config.max_body_bytes == 10
    assert config.env_file == Path("x.env")
    assert config.watch == ("a",)
    assert config.load_timeout_seconds == 5


def test_the_project_names_its_app(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cpsl]\napp = "chat.py:bot"\n', "utf-8")
    (project / "chat.py").touch()

    assert make_config(None, {}, cwd=project).config.entry.text == "chat.py:bot"
    assert make_config("app.py", {}, cwd=project).config.entry.text == "app.py"


def test_a_project_cannot_open_the_door(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.cpsl]\nhost = "0.0.0.0"\nauth = false\nallow_origins = ["*"]\ntoken = "x"\n',
        "utf-8",
    )

    settings = make_config(None, {}, cwd=project)

    assert settings.config.host == "127.0.0.1"
    assert settings.config.auth
    assert settings.config.allow_origins == ()
    assert settings.config.token is None
    assert len(settings.warnings) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "0"}, "is not an address to listen on"),
        ({"host": "0.0.0.0", "auth": False}, "--no-auth works on this machine only"),
        ({"allow_origins": ("*",)}, "is not an origin"),
        ({"allow_hosts": ("*",)}, "is not the name of a host"),
        ({"token_file": Path("/nowhere/token")}, "cannot be read: No such file"),
    ],
)
def test_what_cannot_work_is_refused(project: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_config("app.py", options, cwd=project)


def test_what_is_better_known_is_a_warning(project: Path) -> None:
    (project / "token").write_text("short", "utf-8")

    def warnings(**options: object) -> list[str]:
        return make_config("app.py", options, cwd=project).warnings

    assert warnings() == []
    assert warnings(auth=False) == [
        "No token is asked for: every program on this machine can use the server."
    ]
    assert warnings(token_file=project / "token") == [
        "The token is short: one of 32 random characters cannot be guessed."
    ]
    assert warnings(host="0.0.0.0")[0].startswith("Listening on 0.0.0.0: other machines can")


def test_a_token_file_is_read_before_anything_starts(project: Path) -> None:
    (project / "token").write_text("a-long-token-from-a-file", "utf-8")

    config = make_config("app.py", {"token_file": project / "token"}, cwd=project).config

    assert config.token == "a-long-token-from-a-file"
