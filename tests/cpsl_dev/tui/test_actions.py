from __future__ import annotations

from cpsl_dev.tui.actions import ACTIONS, COMMANDS, completions, find_command
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.data_tree import DataTree
from cpsl_dev.tui.widgets.session_lists import TurnList


def test_no_key_has_two_meanings() -> None:
    keys = [(action.pane, action.keys) for action in ACTIONS if action.keys]

    assert len(keys) == len(set(keys))


def test_every_action_can_be_run() -> None:
    places = {"": DevApp, "Data": DataTree, "Turns": TurnList}
    for action in ACTIONS:
        name = f"action_{action.name.partition('(')[0]}"
        assert hasattr(places[action.pane], name), action.name


def test_command_has_its_argument() -> None:
    found = find_command("/session  s1 ")

    assert found is not None
    assert (found[0].name, found[1]) == ("session", "s1")


def test_what_is_no_command_here_is_a_message() -> None:
    for text in ("hello", "/notes", "//help", "/help\nme", "/", "/Help"):
        assert find_command(text) is None


def test_start_of_a_command_is_completed() -> None:
    assert [name for name, _ in completions("/rel", [])] == ["/reload"]
    assert len(completions("/", [])) == len(COMMANDS)
    assert completions("re", []) == completions("//re", []) == completions("/re\n", []) == []


def test_session_is_completed_by_any_part_of_its_id() -> None:
    assert completions("/session b", ["abc", "xyz"]) == [("/session abc", "")]


def test_usage_names_the_arguments() -> None:
    assert [command.usage for command in COMMANDS[:2]] == ["/new [ID]", "/session [ID]"]
