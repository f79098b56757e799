"""Working days (工作日): weekends, statutory holidays, make-up days, and what an administrator changed.

A period starts the day after the event; a last day that is no working day moves to the next one
(民法典 arts. 201, 203). The kept package knows 2004-2026; days beyond it are provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.models import CalendarDay

LAST_KNOWN_YEAR = 2026
FIXED_HOLIDAYS = {
    (1, 1),
    (5, 1),
    (5, 2),
    (10, 1),
    (10, 2),
    (10, 3),
}  # 全国年节及纪念日放假办法 (2024)


@dataclass(frozen=True)
class Deadline:
    """The last day of a period; `provisional` when the calendar of its year is not yet published."""

    day: date
    provisional: bool


def is_working(day: date, changed: Mapping[date, bool]) -> bool:
    """Whether people work on this day; `changed` are the administrator's entries."""
    if day in changed:
        return changed[day]
    if day.year <= LAST_KNOWN_YEAR:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS


def add_working_days(start: date, count: int, changed: Mapping[date, bool]) -> Deadline:
    """The last day of a period of `count` working days after the event on `start`."""
    day, left = start, count
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(day, changed)
    return Deadline(day, day.year > LAST_KNOWN_YEAR)


def working_days_between(start: date, end: date, changed: Mapping[date, bool]) -> int:
    """Working days after `start` up to and including `end`."""
    span = (end - start).days
    return sum(is_working(start + timedelta(days=n), changed) for n in range(1, span + 1))


def changed_days() -> dict[date, bool]:
    """The administrator's table."""
    return {row.day: row.is_working for row in db.session.scalars(select(CalendarDay))}


def deadline(start: date, count: int) -> Deadline:
    """As `add_working_days`, with the administrator's table as it stands."""
    return add_working_days(start, count, changed_days())
