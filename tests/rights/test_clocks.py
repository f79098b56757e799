"""Clocks in working days, with the vectors of the calendar of 2026."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.working_days import is_working
from marketplace.rights.clocks import CaseClock, is_deemed_accepted, years_after

NONE: dict[date, bool] = {}


def test_the_case_clock_stands_still_while_it_is_stopped() -> None:
    clock = CaseClock(10, None).started(date(2026, 11, 16))
    assert clock.due(NONE).day == date(2026, 11, 30)

    stopped = clock.stopped(date(2026, 11, 18), NONE)
    assert stopped == CaseClock(8, None)
    assert stopped.due(NONE) is None

    assert stopped.started(date(2026, 12, 1)).due(NONE).day == date(2026, 12, 11)


def test_an_extension_adds_working_days() -> None:
    clock = CaseClock(10, date(2026, 9, 28))
    assert clock.due(NONE).day == date(2026, 10, 16)
    assert clock.extended(10).due(NONE).day == date(2026, 10, 30)


def test_silence_is_acceptance_from_the_first_working_day_after_the_limit() -> None:
    due = date(2026, 9, 30)
    assert not is_deemed_accepted(due, due, NONE)
    assert not is_deemed_accepted(due, date(2026, 10, 5), NONE)
    assert is_deemed_accepted(due, date(2026, 10, 8), NONE)


def test_a_term_of_years_ends_the_day_before() -> None:
    assert years_after(date(2026, 11, 23), 5) == date(2031, 11, 22)
    assert years_after(date(2028, 2, 29), 5) == date(2033, 2, 28)


@given(
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6),
)
def test_stopping_and_starting_never_gains_or_loses_a_working_day(start, pauses) -> None:
    clock, day, used = CaseClock(10, None), start, 0
    for running, standing in pauses:
        clock = clock.started(day)
        used += sum(is_working(day + timedelta(days=n), NONE) for n in range(1, running + 1))
        day += timedelta(days=running)
        clock = clock.stopped(day, NONE)
        day += timedelta(days=standing)
    assert clock.left == 10 - used
