"""The screen as a whole: takes keys and events, and connects the panes with the server."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Static, TextArea

from cpsl_dev.exceptions import DevError
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.actions import ACTIONS
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.input_history import InputHistory
from cpsl_dev.tui.preferences import Preferences
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from cpsl_dev.tui.widgets.error_banner import ErrorBanner
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.header_bar import HeaderBar
from cpsl_dev.tui.widgets.inspector import Inspector
