"""What chat apps import: `import cpsl`.

A name is imported when it is first used: the dev server needs few of them, an app seldom all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# At once, as there is a module of this name as well: the function must be what is found here.
from cpsl.pipedream import PipedreamProxyResponse, PipedreamProxySession, pipedream

# For type checkers: with `__getattr__` alone they would accept any name.
if TYPE_CHECKING:
    from cpsl import ui
    from cpsl.app import App
    from cpsl.channels import API, Channel, ChannelRef, Chat, Slack, Telegram, WhatsApp
    from cpsl.client import Client
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
    from cpsl.home import HomeContext
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
    from cpsl.suggestions import Suggestion
    from cpsl.tasks import TaskDescriptor, TaskHandle
    from cpsl.theme import PRESETS, PresetName, Radius, Theme, resolve_theme
    from cpsl.version import __version__
    from cpsl.workflow import Workflow, WorkflowInput

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

# The same again, for use: where each name comes from.
_NAMES = {
    "cpsl.app": "App",
    "cpsl.channels": "API Channel ChannelRef Chat Slack Telegram WhatsApp",
    "cpsl.client": "Client",
    "cpsl.collections": "CollectionManager CollectionRef DynamicCollection",
    "cpsl.columns": "Column",
    "cpsl.constants": "PRICING_MONTHLY PRICING_ONE_TIME PricingType",
    "cpsl.context": "current_session",
    "cpsl.decorators": "action asgi boot endpoint enter exit message schedule shutdown task",
    "cpsl.exceptions": "CpslError DeclarationError NotAvailable",
    "cpsl.filesystem": "FileSystem file",
    "cpsl.home": "HomeContext",
    "cpsl.image": "Image",
    "cpsl.integration": (
        "AWS INTEGRATION_AWS INTEGRATION_GCAL INTEGRATION_GDRIVE INTEGRATION_GITHUB "
        "INTEGRATION_GMAIL INTEGRATION_GOOGLE INTEGRATION_LINEAR INTEGRATION_OUTLOOK "
        "INTEGRATION_TAILSCALE GitHub Gmail Google GoogleCalendar GoogleDrive Integration "
        "IntegrationConfig IntegrationCredentials Linear Outlook Pipedream Tailscale"
    ),
    "cpsl.messages": "Attachment Event Message",
    "cpsl.pages": "PageRef",
    "cpsl.secret": "Secret",
    "cpsl.session": (
        "Block FileUpload FileUploadTimeout IntegrationDeclined IntegrationTimeout "
        "ReplyStream RequestContext Session SessionChannel SessionMedia Terminal "
        "TerminalBlock TerminalResult UserInfo"
    ),
    "cpsl.suggestions": "Suggestion",
    "cpsl.tasks": "TaskDescriptor TaskHandle",
    "cpsl.theme": "PRESETS PresetName Radius Theme resolve_theme",
    "cpsl.version": "__version__",
    "cpsl.workflow": "Workflow WorkflowInput",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a name that is used for the first time."""
        if name == "ui":
            return import_module("cpsl.ui")
        if name not in _HOMES:
            raise AttributeError(f"module 'cpsl' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    """Return the public names, the ones that are not loaded yet included."""
    return __all__
