"""Tests of how long a load is left alone by newer saves."""

from __future__ import annotations

from cpsl_dev.patience import Patience


def cut_short(patience: Patience, *, times: int) -> list[float]:
    """Let loads be cut short as soon as they may be; return how long each one had."""
    given = []
    for _ in range(times):
        given.append(patience.seconds)
        patience.note_superseded(patience.seconds + 0.02)
    return given


def test_first_saves_in_a_row_take_their_place_at_once() -> None:
    assert cut_short(Patience(), times=3) == [0.0, 0.0, 0.0]


def test_file_that_never_rests_leaves_each_load_more_time() -> None:
    patience = Patience()

    given = cut_short(patience, times=9)

    assert given[3:] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_load_that_ends_is_the_end_of_the_row() -> None:
    patience = Patience()
    cut_short(patience, times=5)

    patience.note_ended()

    assert patience.seconds == 0.0


def test_save_that_comes_late_is_a_persons_and_has_its_place_at_once() -> None:
    patience = Patience()
    cut_short(patience, times=5)

    patience.note_superseded(patience.seconds + 2.0)

    assert patience.seconds == 0.0
