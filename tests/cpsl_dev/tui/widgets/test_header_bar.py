from __future__ import annotations

from dataclasses import replace

from cpsl_dev.tui.spans import plain, width_of
from cpsl_dev.tui.widgets.header_bar import HeaderBar, Headline

HEAD = Headline(
    app_name="notebook",
    entry="app.py:app",
    state="ready",
    generation=12,
    reload_ms=18.2,
    url="http://127.0.0.1:4600",
    user="dev@localhost",
)


def line(head: Headline, width: int) -> str:
    bar = HeaderBar()
    bar.set_reactive(HeaderBar.headline, head)
    [found] = bar.lines(width)
    assert width_of(found) == width
    return plain(found)


def test_everything_is_there_where_there_is_room() -> None:
    text = line(HEAD, 110)

    assert text.startswith("notebook · app.py:app ")
    assert text.endswith("● ready  gen 12  18 ms  http://127.0.0.1:4600  dev@localhost")


def test_what_matters_less_goes_first() -> None:
    assert line(HEAD, 80).endswith("● ready  gen 12  18 ms  http://127.0.0.1:4600")
    assert line(HEAD, 50).endswith("● ready  gen 12  18 ms")
    assert line(HEAD, 30).endswith("● ready  gen 12")


def test_states_have_their_marks() -> None:
    assert "✗ failed" in line(replace(HEAD, state="failed"), 110)
    assert "◌ reloading" in line(replace(HEAD, state="reloading"), 110)
    assert "◌ starting" in line(Headline(), 60)


def test_unread_sessions_and_notes_are_told() -> None:
    text = line(replace(HEAD, unread=2, notes=("no auth",)), 130)

    assert "✉ 2  no auth" in text
