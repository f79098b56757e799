"""Reads of receipts: buyer and provider their own, the auditor all."""

from uuid import UUID

from sqlalchemy import Select, false, or_, select

from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.database import db, everything, find
from marketplace.ledger.models import LogEntry
from marketplace.receipts.models import Receipt


@sees(Receipt)
def visible_receipts(actor: Actor) -> Select[Receipt]:
    rows = select(Receipt)
    if actor.is_system or actor.may(Permission.RECORD_READ_ALL):
        return rows
    own = actor.organisation_id
    if own is None:
        return rows.where(false())
    return rows.where(or_(Receipt.buyer_id == own, Receipt.provider_id == own))


def receipt(actor: Actor, receipt_id: UUID) -> Receipt:
    """A receipt that the actor may see."""
    return find(visible(actor, Receipt), receipt_id)


def of_download(download_id: UUID) -> Receipt | None:
    """The receipt of a download."""
    return db.session.scalars(select(Receipt).filter_by(download_id=download_id)).one_or_none()


def of_order(actor: Actor, order_id: UUID) -> Select[Receipt]:
    """An order's receipts, for a page or a list."""
    return visible(actor, Receipt).where(Receipt.order_id == order_id)


def record_of(one: Receipt) -> LogEntry:
    """The logged record of a receipt whose reader has been asked for leave."""
    return find(everything(LogEntry), one.log_entry_id)
