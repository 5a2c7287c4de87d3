from __future__ import annotations

import pytest

from cpsl import Secret
from cpsl.secret import missing_secret_warnings


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "s3cr3t")

    secret = Secret.from_name("API_KEY")

    assert (secret.name, secret.value, str(secret)) == ("API_KEY", "s3cr3t", "s3cr3t")


def test_an_empty_variable_counts_as_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "")

    assert Secret.from_name("API_KEY").value == ""


def test_a_secret_that_is_not_set_says_how_to_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)

    with pytest.raises(ValueError, match="not found in environment and no runtime connection") as e:
        _ = Secret.from_name("API_KEY").value

    assert str(e.value).startswith("Secret 'API_KEY' not found")
    assert str(e.value).endswith("Export API_KEY, or add it to the .env file beside the app.")


def test_a_secret_without_a_name_has_no_value() -> None:
    with pytest.raises(ValueError, match="This secret has no name"):
        _ = Secret().value


def test_the_value_is_neither_in_the_repr_nor_in_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "s3cr3t")

    secret = Secret.from_name("API_KEY")

    assert repr(secret) == "Secret(_name='API_KEY')"
    assert secret.to_dict() == {"type": "secret", "name": "API_KEY"}


def test_missing_secrets_are_warned_of_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "")
    monkeypatch.delenv("OTHER_KEY", raising=False)

    assert missing_secret_warnings(["API_KEY", "OTHER_KEY"]) == [
        "Secret 'OTHER_KEY' is declared but not set: export OTHER_KEY, or add it to the .env file."
    ]
