from __future__ import annotations

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from cpsl_dev.tui.guarded_driver import guarded, without_foreign


@pytest.mark.parametrize(
    "data",
    [
        "\x1b[1;31mtext\x1b[0m\x1b[?1049h\x1b[>1u",
        "\x1b]22;default\x1b\\",
        "\x1b]22;default\x07",
        "\x1b]52;c;aGVsbG8=\x07",
        "plain \u4f60 \U0001f600",
    ],
)
def test_own_sequences_pass(data: str) -> None:
    assert without_foreign(data) == data


@pytest.mark.parametrize(
    "data",
    [
        "\x1b]0;title\x07",
        "\x1b]2;title\x1b\\",
        "\x1b]8;;file:///etc/passwd\x1b\\x",
        "\x1b]52;c;\x1b[2J\x07",
        "\x1b]52;p;aGVsbG8=\x07",
        "\x1b]1337;File=x\x07",
        "\x1bPq\x1b\\",
        "\x1b_x",
        "\x1b^x",
        "\x1bXx",
        "\x1bc",
        "\x9b2J",
        "\x9d0;x",
    ],
)
def test_foreign_sequences_become_visible(data: str) -> None:
    passed = without_foreign(data)

    assert passed[0] in "\u241b\ufffd"
    assert passed[1:] == data[1:]


def test_nothing_foreign_hides_behind_the_shape_of_the_pointer() -> None:
    assert without_foreign("\x1b]22;default\x1b]0;x\x07") == "\u241b]22;default\u241b]0;x\x07"


def test_driver_looks_at_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda self, data: sent.append(data))
    driver = guarded(HeadlessDriver)

    driver.write(object.__new__(driver), "a\x1bcb")

    assert sent == ["a\u241bcb"]


def test_driver_sends_nothing_while_another_program_has_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda self, data: sent.append(data))
    for name in ("start_application_mode", "stop_application_mode"):
        monkeypatch.setattr(HeadlessDriver, name, lambda self: sent.append("mode"))
    driver = object.__new__(guarded(HeadlessDriver))

    driver.suspend_application_mode()
    driver.write("hidden")
    driver.resume_application_mode()
    driver.write("shown")

    assert sent == ["mode", "mode", "shown"]
