"""Limits that hold across processes: tries are rows in our own table."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from marketplace.core.clock import now
from marketplace.core.database import db
from marketplace.core.errors import TooMany
from marketplace.core.models import Attempt


def check(bucket: str, most: int, window: timedelta) -> None:
    """TooMany when `bucket` counted `most` tries in the window. Does not count this one."""
    since = now() - window
    query = select(func.count()).where(Attempt.bucket == bucket, Attempt.created_at > since)
    if (db.session.scalar(query) or 0) >= most:
        raise TooMany("too_many_attempts", retry_after=int(window.total_seconds()))


def count(bucket: str) -> None:
    """Count one try, in the caller's transaction."""
    db.session.add(Attempt(bucket=bucket))
    db.session.flush()


def forget(bucket: str) -> None:
    """Start a bucket again, as after a successful sign-in."""
    db.session.execute(delete(Attempt).where(Attempt.bucket == bucket))


def sweep(older_than: timedelta = timedelta(days=7)) -> None:
    """Forget tries older than any window, in the caller's transaction."""
    db.session.execute(delete(Attempt).where(Attempt.created_at < now() - older_than))
