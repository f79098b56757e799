"""Reads of valuation."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from marketplace.core.access import Actor, Permission, sees
from marketplace.core.clock import now
from marketplace.core.database import db
from marketplace.core.instance import instance
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.valuation import methods, quality
from marketplace.valuation.models import CostStatement, PriceCap, PriceObservation


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


def caps() -> Sequence[tuple[PriceCap, Dataset]]:
    """The public list of caps in force, newest first, each with its dataset."""
    newer = aliased(PriceCap)
    replaced = (
        select(newer.id)
        .where(newer.dataset_id == PriceCap.dataset_id, newer.id > PriceCap.id)
        .exists()
    )
    query = (
        select(PriceCap, Dataset)
        .join(Dataset, Dataset.id == PriceCap.dataset_id)
        .where(~replaced)
        .order_by(PriceCap.id.desc())
        .limit(500)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def comparable_prices(sector: str, data_kind: str) -> Sequence[int]:
    """Paid prices of closed trades of the same sector and kind in the window, at most the newest 1,000.

    Simulated trades count in a demo instance only, where everything is labelled demo.
    """
    query = select(PriceObservation.price_fen).where(
        PriceObservation.sector == sector,
        PriceObservation.data_kind == data_kind,
        PriceObservation.price_fen > 0,
        PriceObservation.observed_at > now() - timedelta(days=methods.WINDOW_DAYS),
    )
    if not instance().is_demo:
        query = query.where(~PriceObservation.simulated)
    return db.session.scalars(query.order_by(PriceObservation.observed_at.desc()).limit(1000)).all()


def market_band(dataset: Dataset) -> methods.Band | None:
    """What like data closed at: public, since it is a quartile of at least three trades."""
    return methods.by_comparables(comparable_prices(dataset.sector, dataset.data_kind))


def reference(dataset_id: UUID) -> methods.Reference | None:
    """The price reference of a dataset, by trades and by cost; None before either is known.

    It shows the provider's costs: for its own people and staff. The caller has asked leave.
    """
    dataset = datasets.dataset_by_id(dataset_id)
    statement = latest_statement(dataset_id)
    cost = None
    if statement is not None:
        cost = methods.by_cost(
            statement.total_fen,
            buyers=statement.buyers_expected,
            margin_bp=statement.margin_bp,
            score=score_of(dataset_id),
        )
    return methods.together(cost, market_band(dataset))


def score_of(dataset_id: UUID) -> Decimal | None:
    """The overall quality score, 0 to 100, of the newest version that is ready."""
    version = datasets.latest_version(dataset_id)
    return quality.summary(version.quality).score if version else None
