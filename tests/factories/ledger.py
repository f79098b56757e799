"""What the books hold before a test: signed records, sealed or not, and posted entries."""

from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, system
from marketplace.core.database import db, transaction
from marketplace.core.ids import new_id
from marketplace.core.models import CalendarDay
from marketplace.ledger import book, journals, log, sealer
from marketplace.ledger.models import Entry, LogEntry

CLERK: Actor = system("test")


def subject() -> CalendarDay:
    """A thing to log something about; it need not be in the database."""
    return CalendarDay(id=new_id())


def record(
    kind: str = "contract",
    *,
    parties: tuple[UUID, ...] = (),
    public: bool = False,
    about: Any = None,
    **facts: Any,
) -> LogEntry:
    """One record, logged and committed, not yet sealed."""
    with transaction():
        return log.append(
            kind,
            about or subject(),
            facts or {"n": "1"},
            parties=parties,
            actor=CLERK,
            public=public,
        )


def sealed(kind: str = "contract", **kwargs: Any) -> LogEntry:
    """One record under a checkpoint."""
    entry = record(kind, **kwargs)
    sealer.Sealer().seal()
    db.session.refresh(entry)
    return entry


def capture(amount: int = 1_060_000, order_id: UUID | None = None) -> tuple[UUID, Entry]:
    """A card payment held for an order."""
    order_id = order_id or new_id()
    with transaction():
        entry = book.post("payments", new_id(), "captured", journals.captured(order_id, amount))
    assert entry is not None
    return order_id, entry
