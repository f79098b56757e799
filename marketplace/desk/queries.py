"""What an operator sees of the machinery: jobs, lag, the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from marketplace.core.access import Actor, Permission, require
from marketplace.core.clock import now
from marketplace.core.database import db
from marketplace.core.models import CalendarDay, Job
from marketplace.ledger.models import Checkpoint

LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Readiness:
    """Whether the parts an instance needs answer. Seconds are ages; None when nothing waits."""

    database: bool
    oldest_job_seconds: float | None
    parked_jobs: int

    @property
    def is_ready(self) -> bool:
        return self.database


def readiness() -> Readiness:
    """Asked by `/readyz` and the operations page; reads two numbers and a row."""
    db.session.execute(text("SELECT 1"))
    oldest: datetime | None = db.session.scalar(
        select(func.min(Job.run_at)).where(Job.state == "waiting", Job.run_at <= now())
    )
    age = (now() - oldest).total_seconds() if oldest else None
    return Readiness(True, age, count_of("parked"))


def count_of(state: str) -> int:
    """How many jobs are in a state."""
    return db.session.scalar(select(func.count()).where(Job.state == state)) or 0


def job_counts() -> dict[str, int]:
    """Jobs by state."""
    rows = db.session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {str(row[0]): int(row[1]) for row in rows}


def log_size() -> int:
    """Records that a checkpoint covers."""
    return db.session.scalar(select(func.max(Checkpoint.size))) or 0


def parked_jobs(actor: Actor) -> Sequence[Job]:
    """Work that failed too often and waits for a person, newest first; at most 100."""
    require(actor, Permission.OPERATIONS_READ)
    query = select(Job).where(Job.state == "parked").order_by(Job.run_at.desc()).limit(100)
    return db.session.scalars(query).all()


def calendar(actor: Actor) -> Sequence[CalendarDay]:
    """The administrator's entries in the calendar of working days."""
    require(actor, Permission.OPERATIONS_READ)
    return db.session.scalars(select(CalendarDay).order_by(CalendarDay.day.desc()).limit(400)).all()
