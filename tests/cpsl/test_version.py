from __future__ import annotations

import re
from importlib.metadata import version

import cpsl
from cpsl.version import __version__


def test_the_version_is_that_of_the_distribution() -> None:
    assert __version__ == cpsl.__version__ == version("cpsl-dev")


def test_the_version_follows_semantic_versioning() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
