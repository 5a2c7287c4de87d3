"""The screen as a whole: keys and messages of the panes become calls of the presenter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.worker import Worker

from cpsl_dev.config import Config
from cpsl_dev.exceptions import DevError
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.actions import ACTIONS, ActionInfo
from cpsl_dev.tui.chat_actions import ChatActions
from cpsl_dev.tui.command_search import CommandSearch
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.feed import Batch
from cpsl_dev.tui.guarded_driver import guarded
from cpsl_dev.tui.key_names import key_name
from cpsl_dev.tui.preferences import load_preferences, save_preferences
from cpsl_dev.tui.presenter import Panes, Presenter
from cpsl_dev.tui.pump import EventPump
from cpsl_dev.tui.screens.help import HelpScreen
from cpsl_dev.tui.screens.text_viewer import TextViewer
from cpsl_dev.tui.second_clicks import SecondClicks
from cpsl_dev.tui.summaries import pretty_json
from cpsl_dev.tui.terminal_keys import read_alt_digits
from cpsl_dev.tui.themes import DARK, LIGHT, light_theme
from cpsl_dev.tui.tools import Tools
from cpsl_dev.tui.widgets.chat_log import ChatLog
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.data_tree import DataTree
from cpsl_dev.tui.widgets.error_banner import ErrorBanner
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.frame import Frame
from cpsl_dev.tui.widgets.header_bar import HeaderBar
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.key_bar import KeyBar
from cpsl_dev.tui.widgets.replay_strip import ReplayStrip
from cpsl_dev.tui.widgets.session_lists import HistoryList, TurnList
from cpsl_dev.tui.widgets.span_widget import SpanBar, TextStyles

_SAID_SECONDS, _LONG_SECONDS = 6.0, 60.0
# Of several wishes to read events, as one types a filter, the last one counts.
_LATEST_ONLY = "events"
# What means nothing while a dialog covers the panes.
_OF_THE_PANES = {action.name.partition("(")[0] for action in ACTIONS if not action.pane} - {"quit"}
T = TypeVar("T")


class DevApp(ChatActions, inherit_bindings=False):
    """Shows one dev server.

    Args:
        link: The way to the server.
        config: Its settings.
        said: Something to say when it is up.
        on_first_frame: Called when something can be seen.
    """

    CSS_PATH = "app.tcss"
    TITLE = "cpsl dev"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {CommandSearch}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            action.keys,
            action.name,
            action.title,
            show=False,
            priority=action.everywhere,
        )
        for action in ACTIONS
        if action.keys and not action.pane
    ]

    def __init__(
        self,
        link: CoreLink,
        config: Config,
        *,
        said: str = "",
        on_first_frame: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.last_words: list[str] = []
        self._said = said
        self._on_first_frame = on_first_frame
        self._link = link
        self._config = config
        self._preferences_path = config.data_dir / "screen.json"
        self._preferences = load_preferences(self._preferences_path)
        self._pump = EventPump(self._show_batch)
        self._second_clicks = SecondClicks()
        self._presenter: Presenter | None = None
        self._tools: Tools | None = None

    def compose(self) -> ComposeResult:
        """Build the panes."""
        yield TextStyles()
        yield Frame()

    def on_mount(self) -> None:
        """Show what was shown the last time, and connect with the server."""
        self._pump.start()
        self.register_theme(light_theme())
        if self._preferences.theme in self.available_themes:
            self.theme = self._preferences.theme
        self.theme_changed_signal.subscribe(self, self._remember_theme)
        panes = Panes(
            self.query_one(HeaderBar),
            self.query_one(ErrorBanner),
            self.query_one(ChatPane),
            self.query_one(Inspector),
            self.query_one(EventPane),
        )
        panes.inspector.choose_tab(self._preferences.inspector_tab)
        panes.events.choose_group(self._preferences.group)
        frame, chosen = self.query_one(Frame), self._preferences
        frame.share_out(chosen.chat_share, chosen.events_share, chosen.zoomed)
        frame.go_to(chosen.zoomed or "chat")
        self._presenter = Presenter(self._link, self._config, panes, self.tell)
        strip = ReplayStrip()
        self.query_one(Frame).mount(strip, after="#banner")
        write = partial(self.action_pane, "chat")
        self._tools = Tools(
            self._link, self._presenter, self._ask, self.tell, strip=strip, write=write
        )
        self._start_chat(self._link, self._config, self._presenter)
        self._do(self._presenter.start, self._pump.feed.take, self._preferences.session_id)
        if self._said:
            self.tell(self._said, True, seconds=_LONG_SECONDS)
        if self._on_first_frame is not None:
            self.call_after_refresh(self._on_first_frame)

    def on_unmount(self) -> None:
        """Remember what was shown."""
        self._link.stop_listening()
        self._pump.stop()
        if self._presenter is not None:
            self._presenter.stop()
            self.last_words = self._presenter.last_words()
            self._preferences.session_id = self._presenter.conversation.session_id
            self.tools.replays.stop()
        save_preferences(self._preferences_path, self._preferences)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to a dialog while one is open: they mean something else there."""
        shown = self.screen
        covers = isinstance(shown, ModalScreen) and not isinstance(shown, CommandPalette)
        return not covers or action not in _OF_THE_PANES

    def get_driver_class(self) -> type[Driver]:
        """Let nothing foreign reach the terminal, and every key come from it."""
        read_alt_digits()
        return guarded(super().get_driver_class())

    @property
    def presenter(self) -> Presenter:
        """What connects with the server."""
        assert self._presenter is not None
        return self._presenter

    @property
    def tools(self) -> Tools:
        """What can be done with the session that is shown."""
        assert self._tools is not None
        return self._tools

    def tell(self, text: str, is_warning: bool = False, *, seconds: float = _SAID_SECONDS) -> None:
        """Say something to the user, for a while."""
        severity, text = "warning" if is_warning else "information", safe_text(text)
        # One over the other they would cover what is to be done next.
        for before in list(self._notifications):
            if before.severity == "information" or before.message == text:
                self._unnotify(before)
        self.notify(text, severity=severity, markup=False, timeout=seconds)  # type: ignore[arg-type]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every action in the palette."""
        seen = {"command_palette", "clear_or_quit"}
        for action in ACTIONS:
            if action.name not in seen and action.is_listed:
                seen.add(action.name)
                key = f"   {key_name(action.keys)}" if action.keys else ""
                run = partial(self.call_later, self._run, action)
                title = f"{action.title}{self.tools.note_on(action.name)}{key}"
                yield SystemCommand(title, action.help, run)

    async def _run(self, action: ActionInfo) -> None:
        if action.pane:
            self.action_pane("inspector")
            self.query_one(Inspector).run_in_tab(action.pane, action.name)
        else:
            await self.run_action(action.name)

    async def _ask(self, screen: Screen[T | None]) -> T | None:
        # A key that is pressed twice must not open two of them.
        if any(type(shown) is type(screen) for shown in self.screen_stack):
            return None
        return await self.push_screen_wait(screen)

    async def on_event(self, event: events.Event) -> None:
        """Show what happens more seldom while one types; press nothing by half a double click."""
        if isinstance(event, events.Key):
            self._pump.note_key()
        if (
            isinstance(event, events.MouseEvent)
            and not event.is_forwarded
            and self._second_clicks.is_stray(event, self.screen)
        ):
            return
        await super().on_event(event)

    def _show_batch(self, batch: Batch) -> None:
        if self._presenter is not None and self.is_running:
            with self.batch_update():
                self._presenter.apply(batch)
                self.tools.replays.take(batch.state)

    # Messages of the panes.

    @on(ChatLog.OlderWanted)
    @on(TurnList.OlderWanted)
    def _older_turns(self) -> None:
        self._do(self.presenter.show_older_turns, group="older turns")

    @on(ChatLog.TurnOpened)
    @on(TurnList.Wanted)
    def _use_turn(self, event: ChatLog.TurnOpened | TurnList.Wanted) -> None:
        what = event.what if isinstance(event, TurnList.Wanted) else "open"
        self._do(self.tools.turns.do, what, event.turn)

    @on(ReplayStrip.Wanted)
    def _use_replay(self, event: ReplayStrip.Wanted) -> None:
        self._do(self.tools.replays.do, event.what)

    @on(HistoryList.Opened)
    def _open_entry(self, event: HistoryList.Opened) -> None:
        self._view(f"{event.entry.sender} · turn {event.entry.turn}", event.entry.text)

    @on(HistoryList.OlderWanted)
    def _older_history(self, event: HistoryList.OlderWanted) -> None:
        self._do(self.presenter.show_older_history, event.before, group="older history")

    @on(DataTree.Opened)
    def _open_value(self, event: DataTree.Opened) -> None:
        self._view(event.path or "/", event.text, "json")

    @on(DataTree.Copied)
    def _copy(self, event: DataTree.Copied) -> None:
        self.copy_to_clipboard(event.text)
        self.tell(f"The {event.what} is copied.")

    @on(DataTree.Wanted)
    def _change_data(self, event: DataTree.Wanted) -> None:
        self._do(self.tools.data.do, event.what, event.path)

    @on(EventPane.Opened)
    def _open_event(self, event: EventPane.Opened) -> None:
        shown = event.event
        self._view(f"Event {shown.seq} · {shown.kind}", pretty_json(shown.to_json()), "json")

    @on(EventPane.Wanted)
    def _read_events(self, event: EventPane.Wanted) -> None:
        if self._presenter is not None:
            self._do(self._presenter.show_events, event.before, group=_LATEST_ONLY)

    @on(EventPane.GroupChosen)
    def _remember_group(self, event: EventPane.GroupChosen) -> None:
        self._preferences.group = event.name

    @on(Inspector.TabChosen)
    def _remember_tab(self, event: Inspector.TabChosen) -> None:
        self._preferences.inspector_tab = event.name

    # Keys.

    def action_new_session(self) -> None:
        """Start another conversation."""
        self._do(self.tools.sessions.begin)

    def action_sessions(self) -> None:
        """Choose another session."""
        self._do(self.tools.sessions.choose)

    def action_on_session(self, what: str) -> None:
        """Make a session with a form, delete or export the one that is shown."""
        self._do(self.tools.session_action(what))

    def action_reload(self) -> None:
        """Load the app again."""
        self._do(self.presenter.reload, group="reload")

    def action_send_again(self) -> None:
        """Send the newest message once more."""
        self._do(self.presenter.send_again)

    def action_replay_turn(self) -> None:
        """Run the last turn again on today's code."""
        self._do(self.tools.replays.replay)

    def action_on_replay(self, what: str) -> None:
        """Keep, drop, or open the replay; `pin` the session that is replayed."""
        self._do(self.tools.replays.do, what)

    def action_filter_events(self) -> None:
        """Ask for a text to filter the events by."""
        self.action_pane("events")
        self.query_one(EventPane).open_filter()

    def action_show_error(self, turn: int | None = None) -> None:
        """Show the traceback of the newest error, or of a turn's."""
        found = self.presenter.newest_error(turn)
        if found is None:
            self.tell("No error so far.")
        else:
            self._view(*found, "pytb")

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self.query_one(Frame).go_to(name)

    def action_resize(self, direction: str) -> None:
        """Move a line between the panes."""
        self.query_one(Frame).resize(direction)

    @on(Frame.Arranged)
    def _remember_sizes(self, event: Frame.Arranged) -> None:
        self._preferences.chat_share = event.chat_share
        self._preferences.events_share = event.events_share
        self._preferences.zoomed = event.zoomed

    @on(KeyBar.Pressed, "#footer")
    async def _press_key(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    @on(SpanBar.TargetChosen)
    def _press_bar(self, event: SpanBar.TargetChosen) -> None:
        match event.target:
            case "sessions":
                self.call_later(self.run_action, "sessions")
            case "error":
                self.action_show_error()
            case "url":
                self.copy_to_clipboard(self._link.url)
                self.tell(f"The address is copied: {self._link.url}")

    def action_zoom(self) -> None:
        """Give the pane with the focus the whole screen, or take it back."""
        self.query_one(Frame).zoom()

    def action_help(self) -> None:
        """Show the keys and the commands."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_toggle_dark(self) -> None:
        """Change between light and dark."""
        self.theme = LIGHT if self.current_theme.dark else DARK

    async def action_quit(self) -> None:
        """Leave."""
        self.exit(0)

    def _do(
        self, ask: Callable[..., Awaitable[object]], *arguments: Any, group: str = "default"
    ) -> None:
        """Ask the server for something; say what went wrong."""

        async def run() -> None:
            try:
                await ask(*arguments)
            except DevError as error:
                self.tell(str(error), True)

        worker: Worker[None] = self.run_worker(run, group=group, exclusive=group == _LATEST_ONLY)
        worker.description = group

    def _view(self, title: str, text: str, language: str = "") -> None:
        self.push_screen(TextViewer(title, text, language))

    def _remember_theme(self, theme: Theme) -> None:
        self._preferences.theme = theme.name
