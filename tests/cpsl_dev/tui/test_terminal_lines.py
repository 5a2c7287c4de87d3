from __future__ import annotations

from typing import Any

from cpsl_dev.tui.spans import plain
from cpsl_dev.tui.terminal_lines import terminal_lines


def run(command: str, output: str = "", **fields: Any) -> dict[str, Any]:
    chunks = [{"stream": "stdout", "text": output}] if output else []
    return {"command": command, "status": "completed", "chunks": chunks, **fields}


def shown(*runs: dict[str, Any], width: int = 60) -> list[str]:
    payload = {"name": "build", "title": "Build", "runs": list(runs)}
    return [plain(line).rstrip() for line in terminal_lines(payload, width)]


def test_commands_have_their_state_and_output() -> None:
    lines = shown(
        run("ls", "a\nb\n", started_at=0, ended_at=1_500),
        run("make", "boom\n", status="failed", exit_code=2),
        run("sleep 9", status="running"),
    )

    assert lines == [
        "▣ Build",
        "✓ $ ls  1.5 s",
        "  a",
        "  b",
        "✗ $ make  exit 2",
        "  boom",
        "◌ $ sleep 9  running",
    ]


def test_of_long_output_the_end_is_shown() -> None:
    lines = shown(run("count", "".join(f"{number}\n" for number in range(5_000))))

    assert lines[2] == "  …"
    assert lines[-1] == "  4999"
    assert len(lines) == 23


def test_earlier_commands_are_short_and_old_ones_counted() -> None:
    lines = shown(*[run(f"c{number}", "1\n2\n3\n4\n5\n") for number in range(12)])

    assert lines[1] == "  … 4 earlier commands"
    assert lines[2:7] == ["✓ $ c4", "  …", "  3", "  4", "  5"]
    assert lines[-5:] == ["  1", "  2", "  3", "  4", "  5"]


def test_colours_are_left_out_and_overwritten_text_too() -> None:
    assert shown(run("x", "\x1b[31mred\x1b[0m\n10%\r50%\r100%\n"))[2:] == ["  red", "  100%"]


def test_other_control_codes_become_marks() -> None:
    assert shown(run("x", "\x1b[2J\x07"))[2:] == ["  \u241b[2J\u2407"]


def test_end_of_a_long_command_gives_way_to_how_it_ended() -> None:
    line = shown(run("echo " + "x" * 200, status="failed", exit_code=2), width=40)[1]

    assert line.startswith("✗ $ echo xxx")
    assert line.endswith("x…  exit 2")
