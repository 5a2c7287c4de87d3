"""A module of the rehearsed app, as most apps have one."""


def answer(text: str) -> str:
    """Return what to say."""
    return text
