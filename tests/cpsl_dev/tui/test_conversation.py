from __future__ import annotations

from cpsl.records import MessageRecord, SessionRecord, TurnRecord, UserRecord
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.core_link import SessionSnapshot
from cpsl_dev.tui.data_model import DataModel
from tests.screens import make_event


def make_session(session_id: str = "s1", **fields: object) -> SessionRecord:
    values: dict[str, object] = {
        "title": "",
        "user": UserRecord(id="dev"),
        "channel": "chat",
        "data": {},
        "history": [],
        "integrations": {},
        "revision": 1,
        "turns": 0,
        "busy": False,
        "created_at": "",
        "updated_at": "",
    }
    return SessionRecord(id=session_id, **{**values, **fields})  # type: ignore[arg-type]


def make_conversation(*turns: TurnRecord, data: dict[str, object] | None = None) -> Conversation:
    conversation = Conversation(DataModel())
    conversation.begin("s1")
    session = make_session(data=data or {})
    conversation.load(
        SessionSnapshot(session=session, turns=list(turns), greeting=[], seq=0, data_seq=0)
    )
    return conversation


def test_patch_changes_the_data_and_wants_the_record_again() -> None:
    conversation = make_conversation(data={"n": 1})
    patch = [{"op": "replace", "path": "/n", "value": 2}]

    changed = conversation.apply(make_event("data.changed", patch=patch, origin="handler"))

    assert (changed.data, changed.record, changed.turns) == (True, True, False)
    assert conversation.data.data == {"n": 2}


def test_patch_that_does_not_fit_waits_for_the_record() -> None:
    conversation = make_conversation(data={"n": 1})
    patch = [{"op": "remove", "path": "/missing"}]

    changed = conversation.apply(make_event("data.changed", patch=patch, origin="handler"))

    assert (changed.record, conversation.data.data) == (True, {"n": 1})


def test_edit_of_a_client_takes_the_marks_of_the_turn_away() -> None:
    conversation = make_conversation(data={"n": 1, "m": 1})
    first = [{"op": "replace", "path": "/n", "value": 2}]
    second = [{"op": "replace", "path": "/m", "value": 2}]
    conversation.apply(make_event("data.changed", patch=first, origin="handler"))
    conversation.apply(make_event("data.changed", patch=second, origin="client", turn=None))

    assert list(conversation.data.changes) == [("m",)]


def test_record_of_another_session_is_not_taken() -> None:
    conversation = make_conversation(data={"n": 1})

    conversation.load_record(make_session("s2", data={"x": 1}), 9)

    assert conversation.data.data == {"n": 1}


def test_turn_that_ran_when_it_was_read_is_read_again_at_its_end() -> None:
    running = TurnRecord(
        session_id="s1", turn=4, generation=1, status="running", message=MessageRecord(text="x")
    )
    conversation = make_conversation(running)
    end = make_event("turn.finished", turn=4)

    assert conversation.take_partial(make_event("reply.sent", turn=4, text="x")) is None
    assert conversation.take_partial(end) == 4
    assert conversation.take_partial(end) is None


def test_another_session_begins_empty() -> None:
    conversation = make_conversation(data={"n": 1})
    conversation.apply(make_event("turn.started"))

    conversation.begin("s2")

    assert (len(conversation.turns), conversation.record) == (0, None)


def test_patch_that_is_in_the_record_already_is_only_marked() -> None:
    conversation = make_conversation(data={"list": []})
    event = make_event(
        "data.changed", patch=[{"op": "add", "path": "/list/0", "value": 1}], origin="handler"
    )
    conversation.load_record(make_session(data={"list": [1]}), event.seq)

    conversation.apply(event)

    assert conversation.data.data == {"list": [1]}
    assert list(conversation.data.changes) == [("list", "0")]
