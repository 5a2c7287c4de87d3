from __future__ import annotations

from typing import Any

import pytest

from cpsl.dispatch import choose_action, choose_message_handler
from cpsl.handlers import Declarations, Handler, HandlerKind, WorkflowHandlers
from cpsl.messages import Event
from cpsl.session import Session, SessionChannel, UserInfo
from cpsl.workflow import WorkflowInput


def make_handler(name: str, kind: HandlerKind = "message") -> Handler:
    return Handler(kind=kind, name=name, function=print, file="app.py", line=1)


DEFAULT, SUPPORT = make_handler("default"), make_handler("support")
ACTION = make_handler("act", "action")
FLOW_ACTION = make_handler("flow_act", "workflow_action")
FLOW_MESSAGE = make_handler("flow_say", "workflow_message")

APP = Declarations(
    name="app",
    messages={None: DEFAULT, "support": SUPPORT, "billing": make_handler("billing")},
    actions={"act": ACTION},
    workflows={
        "flow": WorkflowHandlers(
            name="flow", scope="user", actions={"act": FLOW_ACTION}, message=FLOW_MESSAGE
        ),
        "quiet": WorkflowHandlers(name="quiet", scope="user"),
    },
)


def make_session(**data: Any) -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"), data=data)


def test_message_goes_to_the_default_handler() -> None:
    assert choose_message_handler(APP, make_session(), chat=None) is DEFAULT


def test_app_without_a_handler_has_none() -> None:
    assert choose_message_handler(Declarations(name="app"), make_session(), chat=None) is None


def test_message_goes_to_the_chat_that_is_asked_for_and_stays_there() -> None:
    session = make_session()

    assert choose_message_handler(APP, session, chat="support") is SUPPORT
    assert session.data == {"__chat_name__": "support"}
    assert choose_message_handler(APP, session, chat=None) is SUPPORT


@pytest.mark.parametrize("stored", ["", None, 3])
def test_stored_chat_that_is_no_name_is_the_default(stored: object) -> None:
    session = make_session(__chat_name__=stored)

    assert choose_message_handler(APP, session, chat=None) is DEFAULT


def test_unknown_chat_is_refused_and_not_remembered() -> None:
    session = make_session()

    with pytest.raises(
        RuntimeError,
        match=r"^Unknown chat surface 'x'\. Available named chats: billing, support$",
    ):
        choose_message_handler(APP, session, chat="x")

    assert session.data == {}


def test_chat_that_was_removed_from_the_app_is_unknown() -> None:
    app = Declarations(name="app", messages={None: DEFAULT})

    with pytest.raises(RuntimeError, match=r"surface 'support'\. Available named chats: none$"):
        choose_message_handler(app, make_session(__chat_name__="support"), chat=None)


def test_message_inside_a_workflow_goes_to_its_handler() -> None:
    session = make_session(__workflow__="flow")

    assert choose_message_handler(APP, session, chat="support") is FLOW_MESSAGE


@pytest.mark.parametrize("workflow", ["quiet", "unknown", 3])
def test_workflow_without_a_message_handler_leaves_it_to_the_chat(workflow: object) -> None:
    session = make_session(__workflow__=workflow)

    assert choose_message_handler(APP, session, chat=None) is DEFAULT


def test_action_of_the_app_gets_an_event() -> None:
    handler, argument = choose_action(APP, make_session(), "act", {"n": 1})

    assert handler is ACTION
    assert argument == Event("act", {"n": 1})


def test_action_of_the_workflow_comes_first_and_gets_its_input() -> None:
    session = make_session(__workflow__="flow")

    handler, argument = choose_action(APP, session, "act", {"n": 1})

    assert handler is FLOW_ACTION
    assert isinstance(argument, WorkflowInput)
    assert argument["n"] == 1


def test_action_of_the_app_works_inside_a_workflow() -> None:
    assert choose_action(APP, make_session(__workflow__="quiet"), "act", {})[0] is ACTION


def test_unknown_action_is_refused_with_those_that_exist() -> None:
    with pytest.raises(RuntimeError, match=r"^Unknown action 'x'\. Available actions: act$"):
        choose_action(APP, make_session(), "x", {})
    with pytest.raises(RuntimeError, match=r"^Unknown action 'x'\. Available actions: none$"):
        choose_action(Declarations(name="app"), make_session(), "x", {})
