"""Commands about the conversation itself."""

import cpsl

from routing import CommandFailed, Router


def register(router: Router) -> None:
    """Add the commands of this module."""
    router.add("whoami", whoami)


def whoami(*words: str) -> str:
    """Say who you are."""
    if words:
        raise CommandFailed("`whoami` stands alone.")
    session = cpsl.current_session()
    assert session is not None, "commands run in a turn"
    return f"You are {session.user.id} <{session.user.email}>, in session {session.id}."
