from __future__ import annotations

import pytest

from cpsl.constants import VALID_COLUMN_TYPES, VALID_SCOPES, require_one_of


def test_an_allowed_word_passes() -> None:
    require_one_of("app", VALID_SCOPES, "Scope")


def test_another_word_is_refused_with_those_that_are_allowed() -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        require_one_of("team", VALID_SCOPES, "Scope of collection 'notes'")

    assert str(caught.value) == (
        "Scope of collection 'notes' must be one of app, owner, session, user, not 'team'."
    )


def test_there_are_eleven_types_of_columns() -> None:
    assert len(VALID_COLUMN_TYPES) == 11
