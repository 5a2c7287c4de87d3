from __future__ import annotations

from pathlib import Path

from cpsl_dev.tui.input_history import InputHistory


def test_texts_come_back_in_the_next_run(tmp_path: Path) -> None:
    first = InputHistory(tmp_path / "history")
    first.add("one\ntwo")
    first.add("three")
    first.save()

    second = InputHistory(tmp_path / "history")
    second.load()

    assert second.texts == ["one\ntwo", "three"]
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600


def test_same_text_twice_in_a_row_counts_once(tmp_path: Path) -> None:
    history = InputHistory(tmp_path / "history")
    for text in ("a", "a", "b", "a"):
        history.add(text)

    assert history.texts == ["a", "b", "a"]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    history = InputHistory(tmp_path / "history")
    for number in range(1_000):
        history.add(str(number))
    history.add("x" * 20_000)

    assert (len(history.texts), history.texts[-1]) == (300, "999")


def test_damaged_file_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "history").write_bytes(b'{"not": "text"}\nnot json\n"\\u001b]0;good"\n\xff\n')
    history = InputHistory(tmp_path / "history")

    history.load()

    assert history.texts == ["\u241b]0;good"]


def test_folder_that_is_gone_costs_nothing_but_a_warning(tmp_path: Path) -> None:
    history = InputHistory(tmp_path / "gone" / "history")
    history.load()
    history.add("text")

    history.save()

    assert history.texts == ["text"]
