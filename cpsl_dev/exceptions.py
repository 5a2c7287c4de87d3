"""What can go wrong in the dev server, in words for the person who reads them.

Front ends turn these into their own form: a problem document, an exit code, a line on the screen.
"""

from __future__ import annotations

from cpsl.exceptions import CpslError


class DevError(CpslError):
    """Base class of the dev server's errors."""


class UsageError(DevError):
    """The command line, the configuration or the entry point is wrong."""


class ServerRunning(UsageError):
    """Another dev server holds this folder."""


class InvalidInput(DevError):
    """A value that cannot be taken. `pointer` is a JSON pointer to the field at fault."""

    def __init__(self, detail: str, pointer: str | None = None) -> None:
        super().__init__(detail)
        self.pointer = pointer


class SessionNotFound(DevError):
    """No session has this id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"There is no session {session_id!r}.")
        self.session_id = session_id


class SessionExists(DevError):
    """A session with this id is there already."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"Session {session_id!r} exists already. Choose another id, or use that one."
        )
        self.session_id = session_id


class TurnNotFound(DevError):
    """The session has no such turn."""

    def __init__(self, session_id: str, turn: int) -> None:
        super().__init__(f"Session {session_id!r} has no turn {turn}.")
        self.turn = turn


class TurnOver(DevError):
    """The turn has ended and cannot be cancelled."""

    def __init__(self, session_id: str, turn: int, status: str) -> None:
        super().__init__(f"Turn {turn} of session {session_id!r} is over: it is {status}.")
        self.turn = turn


class TurnNotOver(DevError):
    """The turn still waits or runs, so there is no state after it yet."""

    def __init__(self, session_id: str, turn: int, status: str) -> None:
        super().__init__(
            f"Turn {turn} of session {session_id!r} is {status}. "
            f"Wait until it is over, or cancel it."
        )
        self.turn = turn


class SessionMoved(DevError):
    """The session has gone on, or back, since a turn of it was replayed."""

    def __init__(self, session_id: str, turn: int) -> None:
        super().__init__(
            f"Turn {turn} is not the last of session {session_id!r} any more: "
            f"what its replay gave cannot take its place. Replay the last turn."
        )


class BlockNotFound(DevError):
    """The session has no such block."""

    def __init__(self, session_id: str, block_id: str) -> None:
        super().__init__(f"Session {session_id!r} has no block {block_id!r}.")


class BlockNotWaiting(DevError):
    """The block is no prompt that waits for an answer, or not any more."""

    def __init__(self, session_id: str, block_id: str) -> None:
        super().__init__(
            f"Block {block_id!r} of session {session_id!r} does not wait for an answer: "
            f"it is no prompt, or it is over."
        )


class NotPaused(DevError):
    """No code of this process has stopped at a breakpoint, or it goes on already."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"Process {pid} has not stopped at a breakpoint, or it goes on already.")


class RevisionMoved(DevError):
    """The session changed since the revision that an edit was made for."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"The session is at revision {found}, not {expected}. "
            f"Read it again and repeat the edit."
        )
        self.found = found


class PatchTestFailed(DevError):
    """A `test` operation of a JSON patch did not hold."""


class QueueFull(DevError):
    """Too many turns wait; nothing was taken."""

    retry_after_seconds = 1


class NoGeneration(DevError):
    """No generation of the app can serve."""

    retry_after_seconds = 1


class CodeNotLive(DevError):
    """What is on the disk is not what serves, and will not be; nothing was taken."""

    def __init__(self, why: str, way_out: str) -> None:
        super().__init__(
            f"The code on the disk is not live: {why} Nothing was taken. "
            f"{way_out}, or send without fresh: the last good code, if there is one, answers then."
        )


class StoreUnavailable(DevError):
    """The store cannot be written; nothing was taken."""
