"""The queue: a leased table in the same database.

Enqueued in the caller's transaction, run at least once, kept through kill -9: a worker leases a
job and renews the lease while it runs; a lease that lapses is taken by the next worker.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict
from marketplace.core.models import Job

LEASE = timedelta(seconds=20)
HEARTBEAT_SECONDS = 5.0
MOST_ATTEMPTS = 8
Handler = Callable[[UUID], None] | Callable[[], None]
log = logging.getLogger(__name__)


def enqueue(
    name: str,
    subject_id: UUID | None = None,
    *,
    after: timedelta | None = None,
    unique: str | None = None,
) -> None:
    """Put work into the caller's transaction. `unique`: at most one such job ever."""
    if unique and db.session.scalar(select(Job.id).where(Job.unique_key == unique)):
        return
    db.session.add(
        Job(
            name=name,
            subject_id=subject_id,
            unique_key=unique,
            run_at=now() + (after or timedelta()),
        )
    )


def schedule(periodic: Mapping[str, int]) -> None:
    """Enqueue the periodic work that is due, once per interval whatever the number of workers.

    `periodic` maps a job's name to its interval in seconds. Called at the edge.
    """
    turns = {f"{name}@{int(now().timestamp()) // every}": name for name, every in periodic.items()}
    known = set(db.session.scalars(select(Job.unique_key).where(Job.unique_key.in_(turns))))
    for key in turns.keys() - known:
        with contextlib.suppress(Conflict), transaction():
            enqueue(turns[key], unique=key)


def sweep(older_than: timedelta = timedelta(days=7)) -> None:
    """Forget jobs done long ago. Events keep what happened."""
    with transaction() as session:
        session.execute(
            delete(Job).where(Job.state == "done", Job.finished_at < now() - older_than)
        )


def lease(worker: str) -> tuple[UUID, str, UUID | None] | None:
    """Take the job that is due longest, or one whose worker died. Called at the edge."""
    moment = now()
    _park_the_deadly(moment)
    due = or_(
        (Job.state == "waiting") & (Job.run_at <= moment),
        (Job.state == "running") & (Job.lease_until < moment),
    )
    with transaction() as session:
        query = (
            select(Job).where(due).order_by(Job.run_at).limit(1).with_for_update(skip_locked=True)
        )
        job = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
        if job is None:
            return None
        job.state = "running"
        job.worker = worker
        job.attempts += 1
        job.lease_until = moment + LEASE
        return job.id, job.name, job.subject_id


def _park_the_deadly(moment: datetime) -> None:
    """A job that killed its worker at every try is parked like one that failed at every try."""
    deadly = (Job.state == "running") & (Job.lease_until < moment) & (Job.attempts >= MOST_ATTEMPTS)
    if db.session.scalar(select(Job.id).where(deadly).limit(1)) is None:
        return
    with transaction() as session:
        session.execute(
            update(Job).where(deadly).values(state="parked", lease_until=None, error="worker died")
        )


def finish(job_id: UUID, worker: str) -> None:
    """Mark a job done, if it is still this worker's."""
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.worker == worker)
            .values(state="done", finished_at=now(), lease_until=None, error=None)
        )


def fail(job_id: UUID, worker: str, error: str) -> None:
    """Try again later with growing delay; after `MOST_ATTEMPTS` park it where a person sees it."""
    with transaction() as session:
        query = select(Job).where(Job.id == job_id).with_for_update(key_share=True)
        job = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
        if job is None or job.worker != worker:
            return
        job.error = error[:2000]
        job.lease_until = None
        job.state = "parked" if job.attempts >= MOST_ATTEMPTS else "waiting"
        job.run_at = now() + timedelta(seconds=min(3600, 2**job.attempts))


def take_up_again(job: Job) -> None:
    """Put a parked job back, with all its tries before it, in the caller's transaction."""
    if job.state != "parked":
        raise Conflict("wrong_state", state=job.state)
    job.state, job.attempts, job.run_at = "waiting", 0, now()


class Worker:
    """Runs jobs one at a time until told to stop. `handlers` maps a job's name to its function."""

    def __init__(
        self, handlers: Mapping[str, Callable[..., None]], database: SQLAlchemy = db
    ) -> None:
        self.handlers = handlers
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        self.stopping = threading.Event()
        self._database = database

    def run_one(self) -> bool:
        """Run one job that is due; False when there was none."""
        taken = lease(self.name)
        if taken is None:
            return False
        job_id, name, subject_id = taken
        beat = _Heartbeat(self._database.engine, job_id, self.name)
        beat.start()
        try:
            handler = self.handlers[name]
            handler(subject_id) if subject_id else handler()
        except Exception as error:
            log.exception("job failed", extra={"job": name, "subject": str(subject_id)})
            self._database.session.remove()
            fail(job_id, self.name, f"{type(error).__name__}: {error}")
        else:
            finish(job_id, self.name)
        finally:
            beat.stop()
            self._database.session.remove()
        return True

    def drain(self, most: int = 1000) -> int:
        """Run what is due until nothing is; how many were run. For tests and the command line."""
        count = 0
        while count < most and self.run_one():
            count += 1
        return count

    def run(self, idle_seconds: float = 0.2) -> None:
        """Run until `stopping` is set."""
        while not self.stopping.is_set():
            if not self.run_one():
                self.stopping.wait(idle_seconds)


class _Heartbeat(threading.Thread):
    """Renews the lease of a running job on a connection of its own."""

    def __init__(self, engine: Any, job_id: UUID, worker: str) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._job_id = job_id
        self._worker = worker
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            try:
                self._renew()
            except SQLAlchemyError:  # busy or away: the next beat comes before the lease lapses
                log.warning("lease not renewed", extra={"job_id": str(self._job_id)})

    def _renew(self) -> None:
        mine = (Job.id == self._job_id, Job.worker == self._worker, Job.state == "running")
        with self._engine.begin() as connection:
            connection.execute(update(Job).where(*mine).values(lease_until=now() + LEASE))

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=1)
