from __future__ import annotations

import copy
from typing import Any

import pytest

from cpsl import Workflow, WorkflowInput, ui
from cpsl.exceptions import DeclarationError


def test_a_workflow_keeps_its_form_and_handlers() -> None:
    flow = Workflow("Report", scope="owner", description="Writes one")

    @flow.ui()
    def form() -> ui.WorkflowShell:
        return ui.WorkflowShell("Report")

    @flow.start()
    async def start(session: Any, data: WorkflowInput) -> None: ...

    @flow.action("stop")
    def stop(session: Any, data: WorkflowInput) -> None: ...

    @flow.message()
    async def chat(session: Any, msg: Any) -> None: ...

    handlers = flow.handlers()
    assert handlers.start is not None
    assert handlers.message is not None
    assert (handlers.start.function, handlers.message.function) == (start, chat)
    assert handlers.actions["stop"].function is stop
    assert handlers.actions["stop"].options == {"workflow": "Report", "action": "stop"}
    assert flow.to_dict() == {
        "name": "Report",
        "scope": "owner",
        "icon": "workflow",
        "description": "Writes one",
        "actions": ["stop"],
        "widget_tree": {"type": "workflow_shell", "title": "Report"},
    }
    assert callable(form)


def test_a_workflow_without_a_form_has_no_widgets() -> None:
    assert "widget_tree" not in Workflow("Report").to_dict()


def test_another_scope_is_refused() -> None:
    scope: Any = "session"

    with pytest.raises(ValueError, match="Scope of workflow 'Report' must be one of app, owner, u"):
        Workflow("Report", scope=scope)


@pytest.mark.parametrize("name", ["start", "message"])
def test_handlers_take_a_session_and_what_came_in(name: str) -> None:
    flow = Workflow("Report")

    def handle(session: Any) -> None: ...

    with pytest.raises(DeclarationError, match=f"handle.session. cannot be a workflow {name} hand"):
        getattr(flow, name)()(handle)


def test_an_action_without_parentheses_is_refused() -> None:
    untyped: Any = Workflow("Report")

    with pytest.raises(DeclarationError, match=r"@workflow\.action needs parentheses"):
        untyped.action(print)


def test_a_form_must_be_a_widget() -> None:
    def form() -> None: ...

    with pytest.raises(TypeError, match="Workflow 'Report': form must return a widget"):
        Workflow("Report").ui()(form)


def test_an_input_is_read_like_a_dictionary() -> None:
    data = WorkflowInput({"year": 2026, "name": "a"})

    assert (data["year"], data.get("name"), data.get("x"), data.get("x", 1)) == (
        2026,
        "a",
        None,
        1,
    )
    assert (list(data), len(data), "year" in data, "x" in data) == (
        ["year", "name"],
        2,
        True,
        False,
    )
    assert list(data.items()) == [("year", 2026), ("name", "a")]
    assert (list(data.keys()), list(data.values())) == (["year", "name"], [2026, "a"])
    assert dict(**data) == data.to_dict() == {"year": 2026, "name": "a"}
    assert data == WorkflowInput({"year": 2026, "name": "a"})
    assert repr(data) == "WorkflowInput({'year': 2026, 'name': 'a'})"


def test_an_input_is_read_by_attributes() -> None:
    data = WorkflowInput({"year": 2026})

    assert data.year == 2026
    with pytest.raises(AttributeError, match=r"The form has no field 'month'. It has \['year'\]"):
        _ = data.month
    with pytest.raises(KeyError, match="month"):
        _ = data["month"]


def test_the_payload_of_an_input_is_all_of_it_unless_a_field_is_called_so() -> None:
    assert WorkflowInput({"a": 1}).payload == {"a": 1}
    assert WorkflowInput({"payload": 2}).payload == 2


def test_an_input_can_be_copied() -> None:
    assert copy.deepcopy(WorkflowInput({"a": [1]})) == WorkflowInput({"a": [1]})


def test_an_input_does_not_share_the_dictionary_it_was_made_from() -> None:
    source = {"a": 1}
    data = WorkflowInput(source)

    source["a"] = 2
    data.to_dict()["a"] = 3

    assert data.a == 1
    assert WorkflowInput().to_dict() == {}
