"""Starting the process of a worker.

The first one is started before the dev server itself is imported: both take as long as each
other, and there are two processors more often than not. So this imports next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

from cpsl_dev.descendants import MARK_VARIABLE, make_mark


class Spawned:
    """A process that runs `cpsl_dev.worker`; `channel` is the near end of its channel.

    Args:
        environment: The variables that it is started with, and `mark` besides.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.mark = make_mark()
        self.channel, theirs = socket.socketpair()
        try:
            self.process = subprocess.Popen(
                # -P: a file in the current folder must not hide a module that the worker needs.
                [sys.executable, "-P", "-m", "cpsl_dev.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env={**environment, MARK_VARIABLE: self.mark},
            )
        except OSError:
            self.channel.close()
            raise
        finally:
            theirs.close()

    def discard(self) -> None:
        """End a process that nobody has begun to use."""
        self.channel.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with self.process:
            # Which closes the pipes and waits for the end.
            return


_ahead: list[Spawned] = []


def spawn_ahead(environment: Mapping[str, str]) -> None:
    """Start a process for the first `spawn` to come.

    One that is never asked for ends by itself when this process does.
    """
    with contextlib.suppress(OSError):  # whoever asks for it will meet the same
        _ahead.append(Spawned(dict(environment)))


def spawn(environment: Mapping[str, str]) -> Spawned:
    """Return a new process with these variables, one that was started ahead if there is one.

    Raises:
        OSError: it cannot be started.
    """
    while _ahead:
        found = _ahead.pop()
        if found.environment == environment:
            return found
        found.discard()
    return Spawned(environment)
