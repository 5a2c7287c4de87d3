"""debugpy in the worker: it listens once an editor asks, and not before."""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType

from cpsl_dev.worker.reporter import Reporter


def listen(reporter: Reporter) -> None:
    """Listen for an editor on a port that is free, and tell which."""
    # What it says of frozen modules is no concern of the app's developer.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    port, said = None, None
    try:
        import debugpy  # noqa: PLC0415 - a package that may not be there

        _, port = debugpy.listen(("127.0.0.1", 0))
    except Exception as error:  # noqa: BLE001 - told to whoever has asked; the app goes on
        said = f"{type(error).__name__}: {error}"
    reporter.tell("debugpy.listening", port=port, error=said)


def hide_from_editors(thread: threading.Thread) -> None:
    """Let a thread go on while an editor has stopped all others."""
    # Both are what debugpy looks for in threads of its own.
    thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
    thread.pydev_do_not_trace = True  # type: ignore[attr-defined]


def has_editor() -> bool:
    """Tell whether an editor is attached."""
    debugpy = sys.modules.get("debugpy")
    return debugpy is not None and bool(debugpy.is_client_connected())


def stop_in_editor(frame: FrameType) -> None:
    """Stop in a frame, and show that in the editor."""
    import pydevd  # noqa: PLC0415 - a part of debugpy, which is there

    pydevd.settrace(suspend=True, trace_only_current_thread=True, stop_at_frame=frame)
