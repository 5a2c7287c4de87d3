from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.deployment import DeployOptions, deploy_options


def make_options(**given: Any) -> DeployOptions:
    nothing = {"image": cpsl.Image(), "channels": None, "secrets": None, "filesystems": None}
    return deploy_options(**(nothing | given))


def test_options_that_are_not_given_are_empty() -> None:
    options = make_options()

    assert (options.channels, options.secrets, options.filesystems) == ([], [], {})
    assert (options.cpu, options.memory, options.pricing_type) == (0.25, 512, "one_time")


def test_what_looks_like_an_image_is_one() -> None:
    class OwnImage(cpsl.Image): ...

    assert make_options(image=OwnImage()).image.python_packages == []


def test_a_secret_is_named_once() -> None:
    token = cpsl.Secret.from_name("TOKEN")

    with pytest.warns(DeprecationWarning, match="Slack"):
        options = make_options(secrets=["A", "TOKEN", "A"], channels=[cpsl.Slack("slack", token)])

    assert options.secrets == ["A", "TOKEN"]


def test_file_systems_know_where_they_are_mounted() -> None:
    files = cpsl.FileSystem("documents")

    assert make_options(filesystems={"/data": files}).filesystems == {"/data": files}
    assert files.link("/a.pdf")["path"] == "/data/a.pdf"


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        ({"image": "python"}, AttributeError, "image='python' has no to_dict: it must be a cpsl"),
        ({"channels": ["chat"]}, TypeError, "'chat' is not a channel"),
        ({"filesystems": {"/data": "x"}}, AttributeError, "which has no to_dict: it must be"),
        ({"filesystems": {"data": cpsl.FileSystem("x")}}, ValueError, "must be absolute"),
    ],
)
def test_options_of_the_wrong_kind_are_refused(
    given: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        make_options(**given)
