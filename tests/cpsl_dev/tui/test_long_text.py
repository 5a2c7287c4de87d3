from __future__ import annotations

from cpsl_dev.tui.long_text import LongText


def test_short_text_is_kept_whole() -> None:
    text = LongText("hello ")
    text.append("world")

    assert (text.parts(100), len(text)) == (("hello world", 0, ""), 11)


def test_long_text_shows_its_start_and_its_end() -> None:
    text = LongText("".join(f"line {number}\n" for number in range(10_000)))

    head, omitted, tail = text.parts(20_000)

    assert head.startswith("line 0\n")
    assert tail.endswith("line 9999\n")
    assert tail.startswith("line ")
    assert len(head) + omitted + len(tail) == len(text)
    assert len(head) + len(tail) <= 20_000


def test_memory_is_bounded_however_much_comes() -> None:
    text = LongText()
    for _ in range(200):
        text.append("x" * 10_000)

    head, omitted, tail = text.parts(1_000_000_000)

    assert len(text) == 2_000_000
    assert len(head) + len(tail) < 400_000
    assert len(head) + omitted + len(tail) == 2_000_000


def test_end_moves_in_steps_while_text_grows() -> None:
    text = LongText("word\n" * 20_000)
    starts = set()
    for _ in range(100):
        text.append("word\n")
        head, omitted, _ = text.parts(20_000)
        starts.add(len(head) + omitted)

    assert len(starts) <= 2
