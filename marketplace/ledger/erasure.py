"""Erases the bodies and salts of private records whose retention is over; the commitments stay.

An edge: periodic work with its own transactions, also called by `flask ledger erase`.
"""

from sqlalchemy import select, update

from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.ledger.models import LogEntry

BATCH = 500


def erase_expired() -> int:
    """How many records were erased. The database refuses any that is not due."""
    total = 0
    while True:
        with transaction() as session:
            due = (
                select(LogEntry.seq)
                .where(LogEntry.retain_until <= now(), LogEntry.jws.is_not(None))
                .where(LogEntry.public.is_(False))
                .limit(BATCH)
            )
            places = list(session.scalars(due))
            if places:
                session.execute(
                    update(LogEntry)
                    .where(LogEntry.seq.in_(places))
                    .values(jws=None, salt=None)
                    .execution_options(synchronize_session=False)
                )
        total += len(places)
        if len(places) < BATCH:
            return total
