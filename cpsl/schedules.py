"""Cron expressions: five fields in UTC, checked when they are declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cpsl.exceptions import DeclarationError

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

# The 29th of February comes back within eight years at the latest (around 2100).
_DAYS_TO_SEARCH = 366 * 8 + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One of the five fields: its name, its range, and the names of its values."""

    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field(name="minute", first=0, last=59),
    _Field(name="hour", first=0, last=23),
    _Field(name="day of the month", first=1, last=31),
    _Field(name="month", first=1, last=12, names=tuple(_MONTHS)),
    _Field(name="day of the week", first=0, last=7, names=tuple(_WEEKDAYS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A parsed expression: the values at which each field matches. Sunday is 0."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def next_after(self, moment: datetime) -> datetime:
        """Return the first minute after `moment` at which the schedule fires, in UTC.

        Raises:
            ValueError: no such minute exists, as on the 30th of February.
        """
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.replace(hour=0, minute=0)
        for _ in range(_DAYS_TO_SEARCH):
            if self._matches_day(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        candidate = day.replace(hour=hour, minute=minute)
                        if candidate >= start:
                            return candidate
            day += timedelta(days=1)
        raise ValueError(f"{self.expression!r} never fires.")

    def _matches_day(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        in_month = day.day in self.days
        in_week = day.isoweekday() % 7 in self.weekdays
        # As in every cron: two restricted day fields mean either of them.
        if self.any_day or self.any_weekday:
            return in_month and in_week
        return in_month or in_week


def parse_cron(expression: str) -> Cron:
    """Parse a cron expression of five fields.

    Raises:
        DeclarationError: it is not one; the text names the expression and the field at fault.
    """
    fields = str(expression).split()
    if len(fields) != len(_FIELDS):
        raise DeclarationError(
            f"{expression!r} is not a cron expression: it has {len(fields)} of five fields. "
            f"Write minute, hour, day, month and weekday, such as '0 9 * * mon-fri'."
        )
    values = []
    for text, field in zip(fields, _FIELDS, strict=True):
        try:
            values.append(_parse_field(text, field))
        except ValueError as error:
            raise DeclarationError(
                f"{expression!r} is not a cron expression: {text!r} is no {field.name}, {error}."
            ) from error
    minutes, hours, days, months, weekdays = values
    cron = Cron(
        expression=expression,
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(weekday % 7 for weekday in weekdays),
        any_day=fields[2].startswith("*"),
        any_weekday=fields[4].startswith("*"),
    )
    _check_that_it_fires(cron)
    return cron


def _check_that_it_fires(cron: Cron) -> None:
    try:
        cron.next_after(datetime(2024, 1, 1, tzinfo=UTC))
    except ValueError as error:
        raise DeclarationError(
            f"{cron.expression!r} never fires: no month it names has such a day."
        ) from error


def _parse_field(text: str, field: _Field) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        values |= _parse_part(part, field)
    return frozenset(values)


def _parse_part(part: str, field: _Field) -> set[int]:
    span, slash, step_text = part.partition("/")
    step = _parse_step(step_text) if slash else 1
    if span == "*":
        return set(range(field.first, field.last + 1, step))
    low_text, dash, high_text = span.partition("-")
    low = _parse_value(low_text, field)
    if not dash:
        return set(range(low, field.last + 1, step)) if slash else {low}
    high = _parse_value(high_text, field)
    if low > high:
        raise ValueError(f"{low_text} comes after {high_text}")
    return set(range(low, high + 1, step))


def _parse_step(text: str) -> int:
    if not _is_number(text) or int(text) == 0:
        raise ValueError("a step must be a number above 0")
    return int(text)


def _parse_value(text: str, field: _Field) -> int:
    if text.lower() in field.names:
        return field.names.index(text.lower()) + field.first
    if not _is_number(text) or not field.first <= int(text) <= field.last:
        words = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise ValueError(f"which is {field.first} to {field.last}{words}")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
