"""Reads of valuation."""

from uuid import UUID

from sqlalchemy import Select, select

from marketplace.core.access import Actor, Permission, sees
from marketplace.core.database import db
from marketplace.valuation.models import CostStatement, PriceCap


@sees(CostStatement)
def visible_statements(actor: Actor) -> Select[CostStatement]:
    """One's own; all for staff who read every dataset."""
    rows = select(CostStatement)
    if actor.may(Permission.DATASET_READ_ALL):
        return rows
    return rows.where(CostStatement.provider_id == actor.organisation_id)


@sees(PriceCap)
def visible_caps(_actor: Actor) -> Select[PriceCap]:
    """Everybody: the list of caps is public (S4)."""
    return select(PriceCap)


def latest_statement(dataset_id: UUID) -> CostStatement | None:
    """The cost statement that counts."""
    query = select(CostStatement).where(CostStatement.dataset_id == dataset_id)
    return db.session.scalars(query.order_by(CostStatement.id.desc()).limit(1)).one_or_none()


def cap(dataset_id: UUID) -> PriceCap | None:
    """The price cap that counts."""
    query = select(PriceCap).where(PriceCap.dataset_id == dataset_id)
    return db.session.scalars(query.order_by(PriceCap.id.desc()).limit(1)).one_or_none()
