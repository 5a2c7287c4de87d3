from __future__ import annotations

from cpsl.handlers import Declarations, Handler, HandlerKind, WorkflowHandlers


def make_handler(kind: HandlerKind, name: str) -> Handler:
    return Handler(kind=kind, name=name, function=print, file="app.py", line=1)


def test_handlers_come_in_a_stable_order_without_tasks_and_schedules() -> None:
    flow = WorkflowHandlers(
        name="Report",
        scope="user",
        start=make_handler("workflow_start", "start"),
        actions={"stop": make_handler("workflow_action", "stop")},
        message=make_handler("workflow_message", "chat"),
    )
    declared = Declarations(
        name="notes",
        workflows={"Report": flow},
        data={"notes": make_handler("data", "notes")},
        messages={None: make_handler("message", "handle")},
        exit=make_handler("exit", "bye"),
        boot=make_handler("boot", "begin"),
        home_suggestions=make_handler("home_suggestions", "suggest"),
        tasks={"tidy": make_handler("task", "tidy")},
        schedules=[make_handler("schedule", "tick")],
    )

    names = [handler.name for handler in declared.handlers]

    assert names == [
        "begin",
        "bye",
        "suggest",
        "handle",
        "notes",
        "start",
        "chat",
        "stop",
    ]


def test_an_app_may_declare_nothing() -> None:
    assert Declarations(name="notes").handlers == []
    assert WorkflowHandlers(name="Report", scope="user").handlers == []
