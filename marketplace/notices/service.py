"""Telling: which notices an event asks for, and what became of each; reading them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, system
from marketplace.core.clock import now
from marketplace.core.database import db, hold
from marketplace.core.errors import NotSignedIn
from marketplace.core.models import Event
from marketplace.notices.models import Notice
from marketplace.notices.occasions import OCCASIONS, Reader, subject_of, title_of
from marketplace.notices.states import NOTICE_LIFE, NoticeStatus

_TOO_OLD = timedelta(days=30)


def tell(actor: Actor, subject_id: UUID) -> list[UUID]:
    """Make the notices that the events of a subject still ask for, and enqueue their mails."""
    require(actor, Permission.SYSTEM)
    query = (
        select(Event)
        .where(
            Event.subject_id == subject_id,
            Event.name.in_(OCCASIONS),
            Event.created_at > now() - _TOO_OLD,
        )
        .order_by(Event.created_at, Event.id)
    )
    made: list[UUID] = []
    for event in db.session.scalars(query).all():
        made += _tell_of(event)
    return made


def _tell_of(event: Event) -> list[UUID]:
    subject = subject_of(event.subject_type, event.subject_id)
    if subject is None:
        return []
    occasion = OCCASIONS[event.name]
    told = set(db.session.scalars(select(Notice.email).where(Notice.event_id == event.id)))
    readers: dict[str, Reader] = {}
    for finder in occasion.readers:
        readers |= {one.email: one for one in finder(subject)}
    made = [
        Notice(
            person_id=reader.person_id,
            email=email,
            language=reader.language,
            event=event.name,
            event_id=event.id,
            subject_type=event.subject_type,
            subject_id=event.subject_id,
            title=title_of(subject),
            status=NoticeStatus.WAITING,
        )
        for email, reader in readers.items()
        if email not in told and not _is_doer(event, reader, occasion.is_letter)
    ]
    db.session.add_all(made)
    db.session.flush()
    for notice in made:
        queue.enqueue("notices.send", notice.id)
    return [notice.id for notice in made]


def _is_doer(event: Event, reader: Reader, is_letter: bool) -> bool:
    """Nobody is told of what he did himself, save in matters of his own account."""
    own = event.subject_type in {"people", "organisations"} or is_letter
    return not own and reader.person_id is not None and reader.person_id == event.person_id


def sent(actor: Actor, notice_id: UUID) -> None:
    """A mail server has taken the mail."""
    notice = hold(select(Notice), notice_id)
    if notice.status == NoticeStatus.WAITING:
        NOTICE_LIFE.take(actor, notice, "deliver")
        notice.sent_at = now()


def failed(actor: Actor, notice_id: UUID, error: str) -> None:
    """No mail server will take it; the person still finds it in the application."""
    notice = hold(select(Notice), notice_id)
    if notice.status == NoticeStatus.WAITING:
        NOTICE_LIFE.take(actor, notice, "give_up", error=error[:80])
        notice.error = error[:300]


def read(actor: Actor, notice_ids: Sequence[UUID] | None = None) -> None:
    """Mark one's own notices (all of them, without ids) as read."""
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    marking = update(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
    if notice_ids is not None:
        marking = marking.where(Notice.id.in_(notice_ids))
    db.session.execute(marking.values(read_at=now()))


SENDER = system("notices")
