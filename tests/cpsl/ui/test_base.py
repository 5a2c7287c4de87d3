from __future__ import annotations

from typing import Any

import pytest

from cpsl.ui.base import Widget, serialized, used


def test_what_is_not_set_is_left_out() -> None:
    values = used(a=None, b=False, c="", d=[], e={}, f=0, g=True, h="x", i=0.0)

    assert values == {"f": 0, "g": True, "h": "x", "i": 0.0}


def test_a_bare_widget_is_its_type() -> None:
    assert Widget().to_dict() == {"type": ""}


def test_no_widgets_are_an_empty_list() -> None:
    assert serialized(None) == []


@pytest.mark.parametrize("child", ["hello", None, {"type": "text"}])
def test_a_child_that_is_no_widget_is_refused(child: Any) -> None:
    with pytest.raises(AttributeError, match="is not a widget: it has no to_dict"):
        serialized([child])
