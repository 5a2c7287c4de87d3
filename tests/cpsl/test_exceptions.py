from __future__ import annotations

import pytest

from cpsl.exceptions import CpslError, DeclarationError, NotAvailable


def test_a_declaration_error_is_a_value_error_with_a_place() -> None:
    error = DeclarationError("wrong", file="app.py", line=3)

    assert isinstance(error, CpslError)
    assert isinstance(error, ValueError)
    assert (str(error), error.file, error.line) == ("wrong", "app.py", 3)


def test_the_place_of_a_declaration_error_may_be_unknown() -> None:
    error = DeclarationError("wrong")

    assert (error.file, error.line) == (None, None)


def test_what_is_not_available_says_so_and_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match=r"task\.submit") as caught:
        raise NotAvailable("task.submit()")

    assert isinstance(caught.value, CpslError)
    assert str(caught.value) == (
        "task.submit() is not available in the local runtime yet. "
        "Declaring it works, and the app deploys with it unchanged."
    )
