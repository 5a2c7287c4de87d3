"""The dev server: everything wired together, without a terminal and without a port.

The screen, the debug endpoint, the headless mode and the tests are front ends of this one class
and of its event log. All of it runs on one event loop, the core loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import orjson

from cpsl.clock import Clock, to_iso, utc_now
from cpsl.concurrency import spawn
from cpsl.records import (
    BlockRecord,
    HistoryPage,
    JsonObject,
    JsonPatch,
    SessionRecord,
    SessionSummary,
    TurnRecord,
)
from cpsl.store import EventRow
from cpsl.version import __version__
from cpsl_dev.config import Config
from cpsl_dev.contents import shown_path
from cpsl_dev.crowding import Crowding
from cpsl_dev.debugger import Debugger
from cpsl_dev.draining import end, how_it_ended
from cpsl_dev.environment import shell_environment
from cpsl_dev.event_log import Event, EventLog
from cpsl_dev.exceptions import NoGeneration
from cpsl_dev.exit_hooks import ExitHooks
from cpsl_dev.generations import Generations
from cpsl_dev.heartbeat import Heartbeat
from cpsl_dev.inputs import check_known_session_id, read_user, user_from_option
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.load_settings import SettingsReader
from cpsl_dev.prompts import Prompts
from cpsl_dev.reloader import Reloader
from cpsl_dev.sessions import Sessions
from cpsl_dev.state_dir import StateDir
from cpsl_dev.status import describe_status
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.time_travel import TimeTravel
from cpsl_dev.turn_queue import TurnQueue
from cpsl_dev.turn_runs import TurnRuns
from cpsl_dev.turn_writes import recover_turns
from cpsl_dev.watcher import Watcher
from cpsl_dev.worker_process import WorkerProcess

_STOP_SECONDS = 2.0


class DevServer:
    """One app, its workers, its sessions and its timeline.

    Args:
        config: Which app, and every setting.
        clock: Stamps messages and events.
    """

    def __init__(self, config: Config, *, clock: Clock = utc_now) -> None:
        self.config = config
        self.log = EventLog()
        self.url: str | None = None
        self._clock = clock
        self._state_dir = StateDir(config.data_dir)
        self._journal = Journal(self._state_dir.store, self.log, clock=clock)
        self._generations = Generations(self._journal)
        self._started_at = to_iso(clock())
        self._beating: asyncio.Task[None] | None = None
        self._watcher = Watcher(config.entry.folder)
        record = self._journal.record
        self._supervisor = Supervisor(
            config,
            record,
            on_events=self._take_events,
            on_exit=self._take_exit,
            on_accepting=lambda: self._runs.generation_serves(),
        )
        self._reloader = Reloader(
            config,
            self._supervisor,
            self._watcher,
            settings=SettingsReader(config, shell_environment()),
            record=record,
            generations=self._generations,
            on_end=lambda: self._runs.generation_serves(),
        )
        self._heartbeat = Heartbeat(self._supervisor, record)
        self._crowding = Crowding(self._journal, self._supervisor)
        self._runs = TurnRuns(
            self._journal,
            self._supervisor,
            is_loading=lambda: self._reloader.attempt is not None,
            on_stuck=self._replace_stuck,
            on_finished=self._reloader.note_finished_turn,
        )
        self._queue = TurnQueue(self._journal, self._runs)
        self._exit_hooks = ExitHooks(self._journal, self._supervisor)
        self._sessions = Sessions(
            self._journal,
            self._queue,
            self._runs,
            clock=clock,
            default_user=read_user(user_from_option(config.user)),
            leave=self._exit_hooks.run,
        )
        self.debugger = Debugger(config, record, lambda: self._supervisor.serving)
        self.prompts = Prompts(
            self._journal,
            folder=config.entry.folder,
            data_dir=config.data_dir,
            has_live_block=self._runs.has_block,
        )
        self.time_travel = TimeTravel(
            self._journal, self._queue, self._sessions, self.prompts, self._check_serving
        )

    async def start(self) -> None:
        """Take the state folder, mark what an earlier run left, and begin to load the app.

        Returns before the app is loaded: `status` and the event log tell how that goes.

        Raises:
            ServerRunning: another server has the folder.
            UsageError: the folder cannot be used.
            StoreTooNew: its state was written by a newer version.
            StoreUnavailable: its state cannot be read or written.
        """
        self._state_dir.acquire()
        try:
            await self.debugger.start()
            self._reloader.prepare()
            # First of all, so that the interpreter comes up while the store is opened.
            await self._supervisor.prepare()
            await self._journal.open()
            await self._generations.read()
            await self._journal.write(lambda tx: tx.store.copies.remove_scratch())
            await self._journal.write(lambda tx: recover_turns(tx, "the dev server ended"))
        except BaseException:
            await self.debugger.stop()
            await self._supervisor.stop(0)
            await self._journal.close()
            self._state_dir.release()
            raise
        self._journal.record("server.started", {"version": __version__})
        self.debugger.editors.tell()
        self._reloader.start()
        self._beating = spawn(self._heartbeat.run(), name="heartbeat")

    async def stop(self) -> None:
        """End the workers, keep what is unfinished for the next start, and close the state."""
        self._journal.record("server.stopping", {})
        await self._reloader.stop()
        await self._watcher.stop()
        if self._beating is not None:
            self._beating.cancel()
        self._queue.hold()
        await self.debugger.stop()
        await self._supervisor.stop(_STOP_SECONDS)
        self._runs.stop()
        await self._queue.stop()
        with suppress(Exception):
            await self._journal.write(self._keep_state)
        await self._queue.release()
        await self._journal.close()
        self._state_dir.release()

    async def ready(self) -> None:
        """Wait until the first attempt to load the app is over."""
        with self.log.subscribe(100_000) as events:
            while self._reloader.state == "starting":
                await anext(events)

    def status(self) -> JsonObject:
        """Return what `GET /status` answers."""
        return {
            **describe_status(self._reloader, self._supervisor, self._watcher),
            "entry": self.config.entry.text,
            "warnings": self._warnings(),
            "last_seq": self.log.last_seq,
            "started_at": self._started_at,
            "version": __version__,
        }

    def app_description(self) -> JsonObject | None:
        """Return what `GET /app` answers; None before any generation has served."""
        return self._reloader.app

    async def reload(self) -> JsonObject:
        """Load the code again, and return how that ended."""
        return await self._reloader.reload()

    async def catch_up(self) -> None:
        """Wait until the code on the disk is what serves; CodeNotLive where it will not be."""
        await self._reloader.catch_up()

    async def restart_worker(self) -> JsonObject:
        """Load the code again and end the worker before at once; if that fails it goes on."""
        before = self._supervisor.serving
        outcome = await self._reloader.reload()
        if before is not None and before is not self._supervisor.serving:
            spawn(end(before), name=f"end {before.pid}")
        return outcome

    async def reloads(self, limit: int) -> list[JsonObject]:
        """Return past reloads, the newest first."""
        kinds = ("reload.succeeded", "reload.failed", "reload.unchanged", "reload.superseded")
        found = await self.events(limit=limit, kinds=kinds, newest=True)
        return [
            {"outcome": event.kind.removeprefix("reload."), **event.to_json()}
            for event in reversed(found)
        ]

    async def sessions(self) -> list[SessionSummary]:
        """Return every session, the one that changed last first."""
        return await self._sessions.summaries()

    async def create_session(
        self,
        *,
        session_id: str | None = None,
        user: JsonObject | None = None,
        channel: str | None = None,
        data: JsonObject | None = None,
        origin: str = "client",
    ) -> SessionRecord:
        """Make a session."""
        return await self._sessions.create(
            session_id=session_id, user=user, channel=channel, data=data, origin=origin
        )

    async def session(self, session_id: str) -> SessionRecord:
        """Return a session whole."""
        return await self._sessions.find(session_id)

    async def history(self, session_id: str, *, before: int | None, limit: int) -> HistoryPage:
        """Return the newest `limit` entries of a session's history below an index."""
        return await self._sessions.history(session_id, before=before, limit=limit)

    async def delete_session(self, session_id: str) -> None:
        """Delete a session, after the app's exit hook."""
        await self._sessions.delete(session_id)

    async def patch_data(
        self,
        session_id: str,
        patch: JsonPatch | JsonObject,
        *,
        revision: int | None = None,
        origin: str = "client",
    ) -> tuple[JsonObject, int]:
        """Change the data of a session; return the data and its revision."""
        return await self._sessions.patch_data(session_id, patch, revision=revision, origin=origin)

    async def send(
        self,
        session_id: str,
        text: str,
        *,
        attachments: list[JsonObject] | None = None,
        source: str,
    ) -> TurnRecord:
        """Take a message; it is stored when this returns, and answered in its turn.

        Raises:
            NoGeneration: nothing can answer it, and nothing is about to.
        """
        self._check_serving()
        return await self._sessions.send(session_id, text, attachments or [], source)

    async def wait_turn(self, session_id: str, turn: int) -> TurnRecord:
        """Return a turn once it is over."""
        ended = await self._queue.wait(session_id, turn)
        return ended or await self._sessions.turn(session_id, turn)

    async def turns(
        self, session_id: str, *, before: int | None = None, limit: int = 1_000
    ) -> list[TurnRecord]:
        """Return the newest `limit` turns of a session below a number, oldest first."""
        return await self._sessions.turns(session_id, before=before, limit=limit)

    async def turn(self, session_id: str, turn: int) -> TurnRecord:
        """Return one turn as it is now."""
        return await self._sessions.turn(session_id, turn)

    async def cancel_turn(self, session_id: str, turn: int) -> TurnRecord:
        """End a turn that waits or runs; return it as it ended."""
        check_known_session_id(session_id)
        await self._sessions.turn(session_id, turn)
        ended = await self._queue.cancel(session_id, turn)
        return ended or await self._sessions.turn(session_id, turn)

    async def answer_block(self, session_id: str, block_id: str, answer: JsonObject) -> BlockRecord:
        """Answer a prompt that waits; return its block as it is then."""
        return await self.prompts.answer(session_id, block_id, answer)

    async def events(
        self,
        *,
        after: int = 0,
        limit: int = 1_000,
        kinds: Sequence[str] = (),
        session_id: str | None = None,
        newest: bool = False,
    ) -> list[Event]:
        """Return events of the timeline, oldest first."""
        rows: list[EventRow] = await self._journal.read(
            lambda store: store.events.read(
                after=after, limit=limit, kinds=kinds, session_id=session_id, newest=newest
            )
        )
        return [Event(*row[:6], fields=orjson.loads(row.fields)) for row in rows]

    def record(self, kind: str, fields: JsonObject) -> None:
        """Add an event that a front end has to tell: who came in, and who was refused."""
        self._journal.record(kind, fields)

    def _keep_state(self, tx: Transaction) -> None:
        """Write what the next start must know."""
        self._generations.keep(tx)
        recover_turns(tx, "the dev server ended")

    def _check_serving(self) -> None:
        if self._supervisor.serving is None and not self._reloader.is_coming:
            raise NoGeneration(
                "No generation of the app can serve: "
                + (f"{self._reloader.error.message}" if self._reloader.error else "it is stopping")
            )

    def _warnings(self) -> list[str]:
        aside = self._journal.moved_aside
        damaged = []
        if aside is not None:
            damaged = [f"The state was damaged and is kept as {aside.name}; a new one was begun."]
        return [*damaged, *self._watcher.warnings, *self._reloader.warnings]

    def _replace_stuck(self, worker: WorkerProcess) -> None:
        """Let a fresh worker serve, so that a stuck one can be ended."""
        was_serving = worker is self._supervisor.serving
        self._supervisor.give_up(worker)
        if was_serving:
            self._reloader.replace_stuck()

    def _take_events(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        self._heartbeat.heard(worker)
        rest = [event for event in events if not self._is_taken(worker, event)]
        for event in rest:
            if event["kind"] == "block.shown":
                self.prompts.take(worker, event)
            self._name_file(event.get("error") or {})
        self._runs.take_events(worker, rest)
        self._crowding.look()

    def _is_taken(self, worker: WorkerProcess, event: JsonObject) -> bool:
        """Take what concerns no turn; return whether that was it."""
        match event["kind"]:
            case "pong" | "worker.stopped":
                pass
            case "source.read" | "source.written":
                self._reloader.note_file(worker.pid, event)
            case "session.left":
                self._exit_hooks.session_left(event["session_id"])
            case "worker.blocked" | "worker.unblocked":
                self._name_file(event)
                self._heartbeat.take(worker, event)
            case "worker.paused" | "worker.attached" | "worker.resumed" | "debugpy.listening":
                self.debugger.take(worker, event)
            case "block.answered":
                self.prompts.take_outcome(event)
            case _:
                return False
        return True

    def _name_file(self, fields: JsonObject) -> None:
        """Name a file as people see it: relative to the app's folder when inside it."""
        if fields.get("file") is not None:
            fields["file"] = shown_path(fields["file"], self.config.entry.folder)

    def _take_exit(self, worker: WorkerProcess) -> None:
        was_serving = worker.state == "serving"
        self._runs.worker_exited(worker, how_it_ended(worker, "a turn"))
        self._exit_hooks.worker_exited()
        self.prompts.worker_exited(worker)
        self.debugger.worker_exited(worker)
        if was_serving:
            self._reloader.replace_crashed()
