"""What `GET /status` says: how the server is, in one object."""

from __future__ import annotations

import time
from dataclasses import asdict

from cpsl.records import JsonObject
from cpsl_dev.memory import resident_bytes
from cpsl_dev.reloader import Reloader
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.watcher import Watcher
from cpsl_dev.worker_process import WorkerProcess


def describe_status(reloader: Reloader, supervisor: Supervisor, watcher: Watcher) -> JsonObject:
    """Return how the code, the workers and the watching of files are."""
    serving = supervisor.serving
    attempt, error = reloader.attempt, reloader.error
    return {
        "state": reloader.state,
        "generation": None if serving is None else serving.generation,
        "stale": error is not None and serving is not None,
        "error": None if error is None else asdict(error),
        "pending": reloader.pending if attempt is None else attempt.files,
        "app_name": None if reloader.app is None else reloader.app["name"],
        "workers": [_describe_worker(worker) for worker in supervisor.workers],
        "reload": _describe_attempt(reloader),
        "watch": {
            "mode": watcher.mode,
            "roots": watcher.roots,
            "files": len(watcher.files),
        },
        "code_hash": reloader.code_hash if serving is not None else None,
    }


def _describe_attempt(reloader: Reloader) -> JsonObject | None:
    attempt = reloader.attempt
    if attempt is None:
        return None
    return {
        "phase": reloader.phase,
        "elapsed_ms": round((time.perf_counter() - attempt.started) * 1_000, 1),
        "files": attempt.files,
    }


def _describe_worker(worker: WorkerProcess) -> JsonObject:
    return {
        "pid": worker.pid,
        "generation": worker.generation,
        "state": worker.state,
        "rss_bytes": resident_bytes(worker.pid),
        "turns": len(worker.turns),
    }
