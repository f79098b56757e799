"""What happened, and the work that follows from it, in the same transaction.

The audit trail, the time line on every page, the source of notices, and the outbox.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import queue
from marketplace.core.access import Actor
from marketplace.core.database import Model, db
from marketplace.core.models import Event

_SUBSCRIBERS: dict[str, tuple[str, ...]] = {}


def subscribe(reactions: Mapping[str, Sequence[str]]) -> None:
    """Set the whole list of what follows from what; `create_app` hands in `reactions.REACTIONS`."""
    _SUBSCRIBERS.clear()
    _SUBSCRIBERS.update({name: tuple(jobs) for name, jobs in reactions.items()})


def record(name: str, subject: Model, actor: Actor, **facts: Any) -> Event:
    """Write down what happened to `subject`, and enqueue one job per subscriber with its id.

    Facts are JSON values; never a secret, never personal data.
    """
    happening = Event(
        name=name,
        subject_type=subject.__tablename__,
        subject_id=subject.id,
        actor_name=actor.name,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        facts=facts,
    )
    db.session.add(happening)
    for job in _SUBSCRIBERS.get(name, ()):
        queue.enqueue(job, subject.id)
    return happening


def history(subject_type: str, subject_id: UUID, limit: int = 200) -> Sequence[Event]:
    """The time line of one thing, oldest first. The caller has asked whether it may be seen."""
    query = (
        select(Event)
        .where(Event.subject_type == subject_type, Event.subject_id == subject_id)
        .order_by(Event.created_at, Event.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()
