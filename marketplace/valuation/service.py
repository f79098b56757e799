"""Commands of valuation. The caller holds the transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.clock import today
from marketplace.core.database import add, db, everything, find
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import record
from marketplace.datasets.models import Dataset
from marketplace.valuation import methods
from marketplace.valuation.checks import ask_why, check_price
from marketplace.valuation.models import CostStatement, PriceCap, PriceObservation

__all__ = ["ask_why", "check_price", "observe", "set_cap", "state_costs"]
REVIEW_YEARS = 3  # S4: caps are looked at again after three years at most


def state_costs(
    actor: Actor,
    dataset_id: UUID,
    *,
    lines: Sequence[Mapping[str, Any]],
    buyers_expected: int = 1,
    margin_bp: int = 0,
    note: str = "",
) -> CostStatement:
    """Say what a dataset cost, line by line; replaces the statement before, which is kept."""
    require(actor, Permission.COST_DECLARE)
    dataset = find(visible(actor, Dataset), dataset_id)
    if not actor.belongs_to(dataset.provider_id):
        raise Forbidden("wrong_organisation")
    kept = [dict(line) for line in lines if line["amount_fen"] > 0]
    if not kept:
        raise Invalid("cost_lines_missing", {"lines": ["cost_lines_missing"]})
    statement = add(
        CostStatement(
            dataset_id=dataset.id,
            provider_id=dataset.provider_id,
            lines=kept,
            total_fen=sum(line["amount_fen"] for line in kept),
            buyers_expected=buyers_expected,
            margin_bp=margin_bp,
            note=note,
        )
    )
    record("cost.stated", dataset, actor, statement=str(statement.id))
    return statement


def set_cap(
    actor: Actor, dataset_id: UUID, *, cap_fen: int, document_no: str, **inputs: int
) -> PriceCap:
    """Enter the cap that the authorising body fixed for products of public data.

    `inputs` are those of `methods.most_revenue`; empty when the body gave only the cap.
    """
    require(actor, Permission.PRICE_CAP_SET)
    dataset = find(visible(actor, Dataset), dataset_id)
    if dataset.data_kind != "public":
        raise Conflict("cap_for_public_data_only")
    cap = add(
        PriceCap(
            dataset_id=dataset.id,
            cap_fen=cap_fen,
            basis=_basis(inputs),
            document_no=document_no,
            review_by=_years_on(today(), REVIEW_YEARS),
        )
    )
    record("price_cap.set", dataset, actor, cap_fen=cap_fen, document_no=document_no)
    return cap


def observe(
    actor: Actor,
    order_id: UUID,
    *,
    dataset: Dataset,
    model: str,
    price_fen: int,
    observed_at: datetime,
    simulated: bool,
) -> PriceObservation:
    """Keep a closed trade as a comparable: told by the steps above; twice is once."""
    require(actor, Permission.SYSTEM)
    query = select(PriceObservation).where(PriceObservation.order_id == order_id)
    before = db.session.scalars(query).one_or_none()
    if before is not None:
        return before
    known = find(everything(Dataset), dataset.id)
    return add(
        PriceObservation(
            order_id=order_id,
            dataset_id=known.id,
            sector=known.sector,
            data_kind=known.data_kind,
            model=model,
            price_fen=price_fen,
            observed_at=observed_at,
            simulated=simulated,
        )
    )


def _basis(inputs: Mapping[str, int]) -> dict[str, Any]:
    if not inputs:
        return {}
    try:
        worked = methods.most_revenue(**inputs)
    except ValueError as wrong:
        raise Invalid(str(wrong), {"premium_bp": [str(wrong)]}) from wrong
    return {**inputs, "most_revenue_fen": worked.revenue_fen}


def _years_on(day: date, years: int) -> date:
    last = day.month == 2 and day.day == 29
    return day.replace(year=day.year + years, day=28 if last else day.day)
