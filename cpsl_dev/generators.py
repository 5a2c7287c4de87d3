"""Files that are no sources themselves, but that a generator makes sources from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A tool that turns the files of one folder into a package beside it."""

    package: str
    inputs: str
    suffix: str
    command: str


_GENERATORS = (
    Generator(
        package="baml_client", inputs="baml_src", suffix=".baml", command="baml-cli generate"
    ),
)


def generator_inputs(sources: Iterable[str]) -> dict[str, Generator]:
    """Return the files that these sources were generated from, each with its generator."""
    found: dict[str, Generator] = {}
    folders = {os.path.dirname(path) for path in sources}
    for generator in _GENERATORS:
        for folder in folders:
            if os.path.basename(folder) == generator.package:
                inputs = os.path.join(os.path.dirname(folder), generator.inputs)
                found.update((path, generator) for path in _files(inputs, generator.suffix))
    return found


def is_generated(path: str) -> bool:
    """Tell whether a generator writes this file."""
    folders = path.split("/")[:-1]
    return any(generator.package in folders for generator in _GENERATORS)


def hint(shown_path: str, generator: Generator) -> str:
    """Say what is to be done after an input has changed."""
    return (
        f"{shown_path} has changed: run `{generator.command}` "
        f"to bring {generator.package} up to date."
    )


def _files(folder: str, suffix: str) -> list[str]:
    return [
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith(suffix)
    ]
