"""One's own notices."""

from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.core.access import Actor, sees, visible
from marketplace.core.database import db, find
from marketplace.notices.models import Notice
from marketplace.notices.occasions import OCCASIONS

_LETTERS = tuple(name for name, row in OCCASIONS.items() if row.is_letter)


@sees(Notice)
def _notices(actor: Actor) -> Select[Notice]:
    """Only the person who was told; letters that carry a link are not shown at all."""
    return select(Notice).where(
        Notice.person_id == actor.person_id,
        Notice.person_id.is_not(None),
        Notice.event.not_in(_LETTERS),
    )


def mine(actor: Actor) -> Select[Notice]:
    """What the actor was told."""
    return visible(actor, Notice)


def notice(actor: Actor, notice_id: UUID) -> Notice:
    """One notice of one's own."""
    return find(visible(actor, Notice), notice_id)


def unread(actor: Actor) -> int:
    """How many notices nobody has opened."""
    if actor.person_id is None:
        return 0
    rows = visible(actor, Notice).where(Notice.read_at.is_(None)).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0
