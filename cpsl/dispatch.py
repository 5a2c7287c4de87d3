"""Which of an app's handlers answers a message or an action."""

from __future__ import annotations

from typing import Any

from cpsl.handlers import Declarations, Handler, WorkflowHandlers
from cpsl.messages import Event
from cpsl.session import Session
from cpsl.workflow import WorkflowInput

# Kept in `session.data`, so that a session stays in its chat and its workflow.
CHAT_KEY = "__chat_name__"
WORKFLOW_KEY = "__workflow__"


def choose_message_handler(
    declarations: Declarations, session: Session, *, chat: str | None
) -> Handler | None:
    """Return the handler of the session's workflow, of its chat, or the default one.

    The session stays in the chat that is asked for.

    Raises:
        RuntimeError: There is no such chat.
    """
    workflow = _workflow_of(declarations, session)
    if workflow is not None and workflow.message is not None:
        return workflow.message
    chat = chat or session.data.get(CHAT_KEY)
    if not isinstance(chat, str) or not chat:
        return declarations.messages.get(None)
    if chat not in declarations.messages:
        names = ", ".join(sorted(name for name in declarations.messages if name)) or "none"
        raise RuntimeError(f"Unknown chat surface {chat!r}. Available named chats: {names}")
    if session.data.get(CHAT_KEY) != chat:
        session.data[CHAT_KEY] = chat
    return declarations.messages[chat]


def choose_action(
    declarations: Declarations, session: Session, name: str, payload: dict[str, Any]
) -> tuple[Handler, Any]:
    """Return the handler of an action, of the session's workflow or the app, and its argument.

    Raises:
        RuntimeError: There is no such action.
    """
    workflow = _workflow_of(declarations, session)
    if workflow is not None and name in workflow.actions:
        return workflow.actions[name], WorkflowInput(payload)
    if name in declarations.actions:
        return declarations.actions[name], Event(name, payload)
    own = [] if workflow is None else workflow.actions
    names = ", ".join(sorted([*own, *declarations.actions])) or "none"
    raise RuntimeError(f"Unknown action {name!r}. Available actions: {names}")


def _workflow_of(declarations: Declarations, session: Session) -> WorkflowHandlers | None:
    name = session.data.get(WORKFLOW_KEY)
    return declarations.workflows.get(name) if isinstance(name, str) else None
