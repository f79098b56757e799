"""Reads of receipts: buyer and provider their own, the auditor all."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, exists, false, or_, select

from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find
from marketplace.delivery.models import Download
from marketplace.ledger.models import LogEntry
from marketplace.receipts.models import Receipt

RECENT = timedelta(hours=1)


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


def without_receipt(most: int) -> Sequence[Download]:
    """Downloads of the last hour that have no receipt yet, oldest first, held for the caller.

    Older ones are left to their own jobs: ids begin with their time, so that this stays one short
    range of the primary key however many downloads there have been.
    """
    since = UUID(int=int((now() - RECENT).timestamp() * 1000) << 80)
    query = (
        everything(Download)
        .where(Download.id > since, ~exists().where(Receipt.download_id == Download.id))
        .order_by(Download.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return db.session.scalars(query).all()


def of_order(actor: Actor, order_id: UUID) -> Select[Receipt]:
    """An order's receipts, for a page or a list."""
    return visible(actor, Receipt).where(Receipt.order_id == order_id)


def record_of(one: Receipt) -> LogEntry:
    """The logged record of a receipt whose reader has been asked for leave."""
    return find(everything(LogEntry), one.log_entry_id)
