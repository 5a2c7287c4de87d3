from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.rendering import render


def test_the_widgets_of_a_function_are_kept_as_json() -> None:
    def layout() -> ui.Page:
        return ui.Page([ui.Divider()])

    assert render(layout, "Page 'Notes'") == {"type": "page", "children": [{"type": "divider"}]}


def test_a_widget_that_is_no_page_will_do() -> None:
    assert render(ui.Divider, "Page 'Notes'") == {"type": "divider"}


def test_an_async_function_is_refused() -> None:
    async def layout() -> ui.Page:
        return ui.Page([])

    with pytest.raises(TypeError, match="Page 'Notes': layout must be a plain function, not an a"):
        render(layout, "Page 'Notes'")


@pytest.mark.parametrize("result", [None, "hello", {"type": "page"}])
def test_a_result_that_is_no_widget_is_refused(result: Any) -> None:
    def layout() -> Any:
        return result

    with pytest.raises(TypeError, match=r"layout must return a widget such as cpsl\.ui\.Page, not"):
        render(layout, "Page 'Notes'")
