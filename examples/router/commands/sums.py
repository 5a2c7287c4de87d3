"""Commands that reckon."""

from fractions import Fraction

from routing import CommandFailed, Router


def register(router: Router) -> None:
    """Add the commands of this module."""
    router.add("sum", add_up)


def add_up(*words: str) -> str:
    """Add up numbers: `sum 1 2.5 1/2`."""
    try:
        total = sum((Fraction(word) for word in words), start=Fraction())
    except (ValueError, ZeroDivisionError) as error:
        raise CommandFailed("That is not a list of numbers.") from error
    return str(total if total.denominator == 1 else float(total))
