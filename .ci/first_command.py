"""Run the README's first command to the letter, in a fresh copy of the checkout and a terminal.

Arguments: the Python to use for `python3`, and the command.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.terminals import Terminal  # noqa: E402 - found through the path above

INSTALL_SECONDS = 300.0


def main(python: str, command: str) -> None:
    """Install, open the example app, talk to it, and leave."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "checkout"
        copy_checkout(folder)
        scripts = Path(temporary) / "bin"
        scripts.mkdir()
        (scripts / "python3").symlink_to(python)
        program = ["bash", "-c", f'PATH="{scripts}:$PATH"; {command}']
        with Terminal(program, folder, size=(120, 35)) as screen:
            screen.wait_for("● ready", seconds=INSTALL_SECONDS)
            screen.type("remember buy coffee\r")
            screen.wait_for("Saved note #1: buy coffee")
            code = screen.leave()
        if code != 0:
            raise SystemExit(f"the program ended with {code}:\n{screen.text}")


def copy_checkout(folder: Path) -> None:
    """Copy what git tracks, and what it would: nothing that a tool has made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
