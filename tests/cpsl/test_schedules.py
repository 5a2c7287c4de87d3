from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cpsl.exceptions import DeclarationError
from cpsl.schedules import parse_cron

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


def following(expression: str, moment: datetime = NEW_YEAR, count: int = 1) -> list[str]:
    cron = parse_cron(expression)
    times = []
    for _ in range(count):
        moment = cron.next_after(moment)
        times.append(moment.strftime("%Y-%m-%d %H:%M"))
    return times


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", ["2026-01-01 00:01", "2026-01-01 00:02"]),
        ("0 9 * * *", ["2026-01-01 09:00", "2026-01-02 09:00"]),
        ("*/20 * * * *", ["2026-01-01 00:20", "2026-01-01 00:40"]),
        ("5/30 * * * *", ["2026-01-01 00:05", "2026-01-01 00:35"]),
        ("0 0-6/3 * * *", ["2026-01-01 03:00", "2026-01-01 06:00"]),
        ("0 12 * * mon-fri", ["2026-01-01 12:00", "2026-01-02 12:00"]),
        ("0 12 * * SUN", ["2026-01-04 12:00", "2026-01-11 12:00"]),
        ("0 12 * * 7", ["2026-01-04 12:00", "2026-01-11 12:00"]),
        ("0 12 * * 0", ["2026-01-04 12:00", "2026-01-11 12:00"]),
        ("0 0 1 feb,mar *", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        ("0 0 31 * *", ["2026-01-31 00:00", "2026-03-31 00:00"]),
        ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("15,45 8,20 * * *", ["2026-01-01 08:15", "2026-01-01 08:45"]),
        ("  0   0 *  * * ", ["2026-01-02 00:00", "2026-01-03 00:00"]),
    ],
)
def test_a_schedule_fires_when_it_says(expression: str, expected: list[str]) -> None:
    assert following(expression, count=2) == expected


def test_two_restricted_day_fields_mean_either() -> None:
    assert following("0 0 13 * fri", count=3) == [
        "2026-01-02 00:00",
        "2026-01-09 00:00",
        "2026-01-13 00:00",
    ]


def test_a_step_in_a_day_field_keeps_the_other_day_field_restrictive() -> None:
    assert following("0 0 */2 * mon") == ["2026-01-05 00:00"]


def test_the_next_time_is_after_the_moment_and_never_the_moment() -> None:
    assert following("0 0 * * *", NEW_YEAR) == ["2026-01-02 00:00"]
    assert following("0 0 * * *", NEW_YEAR - timedelta(seconds=1)) == ["2026-01-01 00:00"]


def test_times_are_utc_whatever_zone_the_clock_is_in() -> None:
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    assert following("0 0 * * *", moment) == ["2026-01-01 00:00"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("* * * *", "it has 4 of five fields. Write minute, hour, day, month and weekday"),
        ("", "it has 0 of five fields"),
        ("@hourly", "it has 1 of five fields"),
        ("* * * * * *", "it has 6 of five fields"),
        ("60 * * * *", "'60' is no minute, which is 0 to 59."),
        ("* 24 * * *", "'24' is no hour, which is 0 to 23."),
        ("* * 0 * *", "'0' is no day of the month, which is 1 to 31."),
        ("* * * 13 *", "'13' is no month, which is 1 to 12 or jan to dec."),
        ("* * * * 8", "'8' is no day of the week, which is 0 to 7 or sun to sat."),
        ("x * * * *", "'x' is no minute, which is 0 to 59."),
        ("-5 * * * *", "'-5' is no minute"),
        ("1, * * * *", "'1,' is no minute"),
        ("5-1 * * * *", "'5-1' is no minute, 5 comes after 1."),
        ("*/0 * * * *", "'*/0' is no minute, a step must be a number above 0."),
        ("*/x * * * *", "'*/x' is no minute, a step must be a number above 0."),
        ("*/ * * * *", "'*/' is no minute, a step must be a number above 0."),
        ("² * * * *", "'²' is no minute"),
        ("* * L * *", "'L' is no day of the month"),
        ("* * * * mon#2", "'mon#2' is no day of the week"),
        ("* * ? * *", "'?' is no day of the month"),
    ],
)
def test_what_is_no_cron_expression_is_refused_by_name(expression: str, reason: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_cron(expression)

    assert str(caught.value).startswith(f"{expression!r} is not a cron expression: ")
    assert reason in str(caught.value)


def test_a_schedule_that_never_fires_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"'0 0 30 2 \*' never fires: no month it names"):
        parse_cron("0 0 30 2 *")
