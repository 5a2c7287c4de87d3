from __future__ import annotations

from cpsl.handlers import Declarations
from cpsl_dev.worker.needs import missing_needs


def test_a_package_that_is_not_installed_is_named_with_the_way_to_get_it() -> None:
    declarations = Declarations(name="a", python_packages=["no-such-package-at-all>=2", "orjson"])

    said = missing_needs(declarations, {})

    assert said == [
        "the image asks for the package 'no-such-package-at-all', which is not installed: "
        "pip install no-such-package-at-all"
    ]


def test_a_secret_that_is_not_set_is_named() -> None:
    declarations = Declarations(name="a", secrets=["A_KEY", "B_KEY"])

    said = missing_needs(declarations, {"B_KEY": ""})

    assert said == [
        "the secret 'A_KEY' is declared but not set: put it into .env or the environment"
    ]
