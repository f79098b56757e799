"""Rows that belong to no step: events, jobs, idempotency, numbers, holidays, rate limits, the instance."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model


class Instance(Model):
    """One row: what is fixed when the database is made and stamped into every signed record."""

    __tablename__ = "instance"
    __table_args__ = (
        CheckConstraint("mode in ('demo', 'production')", name="mode"),
        CheckConstraint("singleton = 1", name="singleton"),
    )
    singleton: Mapped[int] = mapped_column(default=1, unique=True)
    mode: Mapped[str] = mapped_column(String(10))
    public_url: Mapped[str] = mapped_column(String(200))
    log_origin: Mapped[str] = mapped_column(String(200))


class Event(Model):
    """What happened, written in the transaction in which it happened; never changed."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject", "subject_type", "subject_id", "created_at"),)
    name: Mapped[str] = mapped_column(String(60), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    actor_name: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class Job(Model):
    """One piece of work that follows, enqueued in the transaction that caused it."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "state", "run_at"),
        CheckConstraint("state in ('waiting', 'running', 'done', 'parked')", name="state"),
    )
    name: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[UUID | None]
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]


class IdempotencyKey(Model):
    """The answer to a request that may be told twice: the resource's id, never a secret."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("organisation_id", "route", "key"),)
    organisation_id: Mapped[UUID]
    route: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(255))
    input_sha256: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[UUID]


class NumberSeries(Model):
    """The last number given out in a series, such as a registrar's certificates of one month."""

    __tablename__ = "number_series"
    series: Mapped[str] = mapped_column(String(80), unique=True)
    last: Mapped[int] = mapped_column(default=0)


class CalendarDay(Model):
    """A day that is not what its weekday says: a holiday or a make-up working day."""

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(unique=True)
    is_working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(80), default="")


class Attempt(Model):
    """One counted try (sign-in, reset, search burst), for limits that hold across processes."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_bucket", "bucket", "created_at"),)
    bucket: Mapped[str] = mapped_column(String(160))
