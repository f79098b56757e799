"""Working days: the vectors of rules 11, make-up days, the administrator's table, provisional years."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.database import add, transaction
from marketplace.core.models import CalendarDay
from marketplace.core.working_days import (
    add_working_days,
    deadline,
    is_working,
    working_days_between,
)

NONE: dict[date, bool] = {}


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 9, 28), 3, date(2026, 10, 8)),
        (date(2026, 9, 28), 5, date(2026, 10, 10)),
        (date(2026, 9, 28), 10, date(2026, 10, 16)),
        (date(2026, 9, 28), 20, date(2026, 10, 30)),
        (date(2026, 2, 12), 3, date(2026, 2, 24)),
        (date(2026, 2, 12), 10, date(2026, 3, 4)),
        (date(2026, 4, 30), 3, date(2026, 5, 8)),
        (date(2026, 4, 30), 5, date(2026, 5, 11)),
        (date(2026, 4, 30), 10, date(2026, 5, 18)),
    ],
)
def test_periods_of_2026_end_where_the_calendar_says(start, count, end) -> None:
    assert add_working_days(start, count, NONE).day == end


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ],
)
def test_make_up_days_are_working_days(day) -> None:
    assert is_working(day, NONE)


def test_beyond_the_published_calendar_a_deadline_is_provisional() -> None:
    assert not add_working_days(date(2026, 12, 20), 3, NONE).provisional
    assert add_working_days(date(2026, 12, 30), 5, NONE).provisional
    assert not is_working(date(2027, 1, 1), NONE)


def test_the_administrators_table_counts(app: Flask) -> None:
    before = deadline(date(2027, 2, 1), 3)
    with transaction():
        add(CalendarDay(day=date(2027, 2, 2), is_working=False))

    assert before.day == date(2027, 2, 4)
    assert deadline(date(2027, 2, 1), 3).day == date(2027, 2, 5)


@given(st.dates(date(2005, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_a_period_ends_on_a_working_day_and_counts_back(start, count) -> None:
    end = add_working_days(start, count, NONE).day

    assert is_working(end, NONE)
    assert working_days_between(start, end, NONE) == count
    assert end > start + timedelta(days=count - 1)
