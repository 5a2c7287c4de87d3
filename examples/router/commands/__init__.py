"""The commands of the app, one module for each subject."""

from commands import about, sums, todo
from routing import Router


def register(router: Router) -> None:
    """Add the commands of every module."""
    for module in (todo, sums, about):
        module.register(router)
