"""Commands of operators and administrators on the machinery."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require
from marketplace.core.database import add, db, everything, hold
from marketplace.core.events import record
from marketplace.core.models import CalendarDay, Job


def retry_job(actor: Actor, job_id: UUID) -> Job:
    """Take a parked job up again."""
    require(actor, Permission.OPERATIONS_READ)
    job = hold(everything(Job), job_id)
    queue.take_up_again(job)
    record("job.retried", job, actor, job=job.name)
    return job


def set_day(actor: Actor, day: date, is_working: bool, note: str) -> CalendarDay:
    """Say that a day is a working day or not, whatever its weekday: every clock follows."""
    require(actor, Permission.CALENDAR_EDIT)
    row = db.session.scalars(select(CalendarDay).where(CalendarDay.day == day)).one_or_none()
    if row is None:
        row = add(CalendarDay(day=day, is_working=is_working, note=note))
    row.is_working, row.note = is_working, note
    record("calendar.changed", row, actor, day=day.isoformat(), is_working=is_working)
    return row


def clear_day(actor: Actor, day_id: UUID) -> None:
    """Take an entry out: the day is again what the kept calendar says."""
    require(actor, Permission.CALENDAR_EDIT)
    row = hold(everything(CalendarDay), day_id)
    record("calendar.cleared", row, actor, day=row.day.isoformat())
    db.session.delete(row)
