from __future__ import annotations

import sys

import orjson
import pytest

from cpsl_dev.cli.output import has_terminal, say, say_json, say_rows


def test_text_is_made_safe(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[2Jb\nc", nl=False)
    say("wrong", err=True)

    assert capsys.readouterr() == ("a␛[2Jb\nc", "wrong\n")


def test_json_is_one_line_whatever_it_holds(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    say_json({"text": "a\nb\x1b"})

    out = capsysbinary.readouterr().out
    assert out.count(b"\n") == 1
    assert orjson.loads(out) == {"text": "a\nb\x1b"}


def test_columns_are_aligned_and_one_row_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_rows([("id", "title"), ("longer", "a\nb")])

    assert capsys.readouterr().out == "id      title\nlonger  a␊b\n"


def test_there_is_a_terminal_only_if_both_sides_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        closed = False

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Stream())
    monkeypatch.setattr(sys, "stdout", Stream())
    assert has_terminal()

    monkeypatch.setattr(sys, "stdout", None)
    assert not has_terminal()
