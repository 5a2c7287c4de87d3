from __future__ import annotations

from cpsl_dev.tui.diff_lines import changed_lines, json_texts, two_columns
from cpsl_dev.tui.spans import Line, plain, width_of


def texts(lines: list[Line]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


def styles(lines: list[Line]) -> set[tuple[str, str]]:
    return {(text.strip(), name) for line in lines for text, names in line for name in names}


BEFORE = "\n".join(["zero", "one", "two", "three", "four", "five", "six", "seven"])
AFTER = BEFORE.replace("four", "FOUR")


def test_what_changed_is_shown_with_its_sign_and_a_little_around_it() -> None:
    lines = changed_lines(BEFORE, AFTER, 40)

    assert texts(lines) == ["  two", "  three", "- four", "+ FOUR", "  five", "  six"]
    assert {("four", "code-deleted"), ("FOUR", "code-inserted")} <= styles(lines)


def test_old_and_new_stand_side_by_side() -> None:
    lines = two_columns("a\nb", "a\nc\nd", 83)

    rows = [[half.strip() for half in plain(line).split("│")] for line in lines]
    assert rows == [["a", "a"], ["b", "c"], ["", "d"]]
    assert {line.index((" │ ", ("dim",))) for line in lines}
    assert width_of(lines[0]) <= 83


def test_where_there_is_no_room_they_stand_below_each_other() -> None:
    assert texts(two_columns("a", "b", 60)) == ["- a", "+ b"]


def test_distant_changes_are_apart() -> None:
    before = "\n".join(str(number) for number in range(100))
    after = before.replace("10\n", "x\n", 1).replace("90\n", "y\n", 1)

    assert "…" in texts(changed_lines(before, after, 40))
    assert "…" in texts(two_columns(before, after, 100))


def test_long_lines_are_wrapped_and_shown_literally() -> None:
    lines = [*changed_lines("", "\x1b[2J " + "word " * 40, 30), *two_columns("x" * 300, "", 80)]

    assert max(width_of(line) for line in lines) <= 80
    assert "\x1b" not in "".join(texts(lines))


def test_same_texts_have_no_lines() -> None:
    assert changed_lines("a\nb", "a\nb", 40) == two_columns("a", "a", 80) == []


def test_values_are_compared_as_json() -> None:
    assert json_texts({"a": 1}, {"a": 2}, []) == ('{\n  "a": 1\n}', '{\n  "a": 2\n}')


def test_of_a_long_value_only_the_changes_are_told() -> None:
    long = {"items": list(range(5_000))}
    patch = [{"op": "replace", "path": f"/items/{number}", "value": 0} for number in range(300)]

    old, new = json_texts(long, {"items": [0]}, patch)

    assert old == ""
    assert new.splitlines()[0] == "items/0 = 0"
    assert new.splitlines()[-1] == "… 100 more changes"
