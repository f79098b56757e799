"""The clocks of a registration (guide ch. 3), in working days (工作日): pure.

A period starts the day after the event. The case clock stands still during supplement, public
notice and objection, and is extended at most once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.core.working_days import (
    Deadline,
    add_working_days,
    is_working,
    working_days_between,
)
from marketplace.rights.states import ClaimStatus

ACCEPTANCE = 3
CASE = 10
MOST_EXTENSION = 10
NOTICE = 5
OBJECTION = 10
OBJECTION_ANSWER = 5
MOST_SUPPLEMENT = 30  # our own bound on the deadline a handler may set
VALID_YEARS = 5
PUBLIC_VALID_YEARS = 3
AUTHORISATION_YEARS = 5

Changed = Mapping[date, bool]
S = ClaimStatus


@dataclass(frozen=True)
class CaseClock:
    """Working days left when the clock last started, and since when it runs; None: it stands."""

    left: int
    running_since: date | None

    def started(self, day: date) -> "CaseClock":
        """Running from the day after `day`; a clock that runs goes on."""
        return self if self.running_since else CaseClock(self.left, day)

    def stopped(self, day: date, changed: Changed) -> "CaseClock":
        """Standing still, with what is left at the end of `day`."""
        return CaseClock(self.remaining(day, changed), None)

    def extended(self, days: int) -> "CaseClock":
        return CaseClock(self.left + days, self.running_since)

    def remaining(self, day: date, changed: Changed) -> int:
        """Working days left after `day`; below zero once overdue."""
        if self.running_since is None:
            return self.left
        return self.left - working_days_between(self.running_since, day, changed)

    def due(self, changed: Changed) -> Deadline | None:
        """The last day, while it runs."""
        if self.running_since is None:
            return None
        return add_working_days(self.running_since, max(self.left, 0), changed)


@dataclass(frozen=True)
class Outlook:
    """What happens next with a case, by whom, and by which day (None: no clock runs)."""

    what: str
    day: date | None = None
    is_provisional: bool = False


def first_working_day_after(day: date, changed: Changed) -> Deadline:
    """The day on which silence becomes acceptance."""
    return add_working_days(day, 1, changed)


def is_deemed_accepted(due: date, day: date, changed: Changed) -> bool:
    """Whether an unanswered case counts as accepted: from the first working day after the limit."""
    return day >= first_working_day_after(due, changed).day and is_working(day, changed)


def years_after(day: date, years: int) -> date:
    """The last day of a term of whole years that begins on `day`."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


def outlook(claim: Any, changed: Changed) -> Outlook:
    """What happens next and when, from a claim's own columns."""
    clocked = {
        S.SUBMITTED: ("acceptance", claim.acceptance_due),
        S.SUPPLEMENT: ("supplement", claim.supplement_due),
        S.REVIEWING: ("decision", claim.case_due),
        S.NOTICE: ("notice_ends", claim.notice_until),
    }
    status = S(claim.status)
    if status in clocked:
        what, day = clocked[status]
        return Outlook(what, day, day is not None and day.year > 2026)
    return Outlook(str(status))
