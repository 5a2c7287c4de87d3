"""What chat apps import: `import cpsl`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cpsl.app import App
from cpsl.channels import API, Channel, ChannelRef, Chat, Slack, Telegram, WhatsApp
from cpsl.collections import CollectionManager, CollectionRef, DynamicCollection
from cpsl.columns import Column
from cpsl.constants import PRICING_MONTHLY, PRICING_ONE_TIME, PricingType
from cpsl.context import current_session
from cpsl.decorators import (
    action,
    asgi,
    boot,
    endpoint,
    enter,
    exit,  # noqa: A004 - the public API's name
    message,
    schedule,
    shutdown,
    task,
)
from cpsl.exceptions import CpslError, DeclarationError, NotAvailable
from cpsl.filesystem import FileSystem, file
from cpsl.image import Image
from cpsl.integration import (
    AWS,
    INTEGRATION_AWS,
    INTEGRATION_GCAL,
    INTEGRATION_GDRIVE,
    INTEGRATION_GITHUB,
    INTEGRATION_GMAIL,
    INTEGRATION_GOOGLE,
    INTEGRATION_LINEAR,
    INTEGRATION_OUTLOOK,
    INTEGRATION_TAILSCALE,
    GitHub,
    Gmail,
    Google,
    GoogleCalendar,
    GoogleDrive,
    Integration,
    IntegrationConfig,
    IntegrationCredentials,
    Linear,
    Outlook,
    Pipedream,
    Tailscale,
)
from cpsl.messages import Attachment, Event, Message
from cpsl.pages import PageRef
from cpsl.pipedream import PipedreamProxyResponse, PipedreamProxySession, pipedream
from cpsl.secret import Secret
from cpsl.session import (
    Block,
    FileUpload,
    FileUploadTimeout,
    IntegrationDeclined,
    IntegrationTimeout,
    ReplyStream,
    RequestContext,
    Session,
    SessionChannel,
    SessionMedia,
    Terminal,
    TerminalBlock,
    TerminalResult,
    UserInfo,
)
from cpsl.tasks import TaskDescriptor, TaskHandle
from cpsl.version import __version__
from cpsl.workflow import Workflow, WorkflowInput

if TYPE_CHECKING:
    from cpsl import ui
    from cpsl.client import Client
    from cpsl.home import HomeContext
    from cpsl.suggestions import Suggestion
    from cpsl.theme import PRESETS, PresetName, Radius, Theme, resolve_theme

__all__ = [
    "API",
    "AWS",
    "INTEGRATION_AWS",
    "INTEGRATION_GCAL",
    "INTEGRATION_GDRIVE",
    "INTEGRATION_GITHUB",
    "INTEGRATION_GMAIL",
    "INTEGRATION_GOOGLE",
    "INTEGRATION_LINEAR",
    "INTEGRATION_OUTLOOK",
    "INTEGRATION_TAILSCALE",
    "PRESETS",
    "PRICING_MONTHLY",
    "PRICING_ONE_TIME",
    "App",
    "Attachment",
    "Block",
    "Channel",
    "ChannelRef",
    "Chat",
    "Client",
    "CollectionManager",
    "CollectionRef",
    "Column",
    "CpslError",
    "DeclarationError",
    "DynamicCollection",
    "Event",
    "FileSystem",
    "FileUpload",
    "FileUploadTimeout",
    "GitHub",
    "Gmail",
    "Google",
    "GoogleCalendar",
    "GoogleDrive",
    "HomeContext",
    "Image",
    "Integration",
    "IntegrationConfig",
    "IntegrationCredentials",
    "IntegrationDeclined",
    "IntegrationTimeout",
    "Linear",
    "Message",
    "NotAvailable",
    "Outlook",
    "PageRef",
    "Pipedream",
    "PipedreamProxyResponse",
    "PipedreamProxySession",
    "PresetName",
    "PricingType",
    "Radius",
    "ReplyStream",
    "RequestContext",
    "Secret",
    "Session",
    "SessionChannel",
    "SessionMedia",
    "Slack",
    "Suggestion",
    "Tailscale",
    "TaskDescriptor",
    "TaskHandle",
    "Telegram",
    "Terminal",
    "TerminalBlock",
    "TerminalResult",
    "Theme",
    "UserInfo",
    "WhatsApp",
    "Workflow",
    "WorkflowInput",
    "__version__",
    "action",
    "asgi",
    "boot",
    "current_session",
    "endpoint",
    "enter",
    "exit",
    "file",
    "message",
    "pipedream",
    "resolve_theme",
    "schedule",
    "shutdown",
    "task",
    "ui",
]

# What most apps never touch is imported when it is: together it costs as much as the rest.
_LAZY = {
    "Client": "cpsl.client",
    "HomeContext": "cpsl.home",
    "PRESETS": "cpsl.theme",
    "PresetName": "cpsl.theme",
    "Radius": "cpsl.theme",
    "Suggestion": "cpsl.suggestions",
    "Theme": "cpsl.theme",
    "resolve_theme": "cpsl.theme",
    "ui": "cpsl.ui",
}

# Type checkers read the imports above: with `__getattr__` they would accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a name that is loaded when it is first used."""
        if name not in _LAZY:
            raise AttributeError(f"module 'cpsl' has no attribute {name!r}")
        module = import_module(_LAZY[name])
        value = module if name == "ui" else getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names, the ones that are not loaded yet included."""
    return __all__
