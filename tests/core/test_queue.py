"""The queue keeps what was enqueued, and nothing that was rolled back."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core import queue
from marketplace.core.database import db, transaction
from marketplace.core.ids import new_id
from marketplace.core.models import Job


def test_work_enqueued_in_a_failed_transaction_is_never_done(app: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        queue.enqueue("test.work", new_id())
        raise RuntimeError

    assert queue.Worker({}).drain() == 0


def test_work_is_done_once_when_it_succeeds(app: Flask) -> None:
    seen: list[UUID] = []
    subject = new_id()
    with transaction():
        queue.enqueue("test.work", subject)

    worker = queue.Worker({"test.work": seen.append})

    assert worker.drain() == 1
    assert worker.drain() == 0
    assert seen == [subject]


def test_work_that_fails_is_noted_and_waits(app: Flask) -> None:
    def broken(_subject: UUID) -> None:
        raise ValueError("no")

    with transaction():
        queue.enqueue("test.work", new_id())

    queue.Worker({"test.work": broken}).drain()

    job = db.session.scalars(select(Job)).one()
    assert (job.state, job.attempts, job.error) == ("waiting", 1, "ValueError: no")
