"""Reads of the log: who sees which record, the latest heads, what waits."""

from collections.abc import Sequence

from sqlalchemy import Select, false, or_, select

from marketplace.core.access import Actor, Permission, sees
from marketplace.core.database import db
from marketplace.ledger.models import Checkpoint, LogEntry, LogParty
from marketplace.ledger.proof import latest
from marketplace.ledger.sealer import lag_seconds

__all__ = ["checkpoints", "lag_seconds", "latest", "records"]


@sees(LogEntry)
def records(actor: Actor) -> Select[LogEntry]:
    """Those in clear, those one is a party to; the auditor all."""
    rows = select(LogEntry)
    if actor.is_system or actor.may(Permission.RECORD_READ_ALL):
        return rows
    mine = (
        select(LogParty.id)
        .where(LogParty.log_entry_id == LogEntry.id)
        .where(LogParty.organisation_id == actor.organisation_id)
        .exists()
        if actor.organisation_id
        else false()
    )
    return rows.where(or_(LogEntry.public, mine))


def checkpoints(most: int = 10) -> Sequence[Checkpoint]:
    """The newest tree heads."""
    return db.session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(most)).all()
