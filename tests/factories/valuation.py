"""Costs, caps and observed trades."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, Role, system
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.ids import new_id
from marketplace.datasets.models import Dataset
from marketplace.valuation import service
from marketplace.valuation.models import CostStatement, PriceCap, PriceObservation
from tests.factories import accounts

SYSTEM = system("test")


def costs(
    provider: Actor, dataset_id: UUID, total_fen: int = 10_000_000, **given: Any
) -> CostStatement:
    """A statement of one line."""
    lines = [{"kind": "collect", "amount_fen": total_fen, "note": ""}]
    with transaction():
        return service.state_costs(provider, dataset_id, lines=lines, **given)


def cap(dataset_id: UUID, cap_fen: int = 1_000_000) -> PriceCap:
    """The cap on a public-data product."""
    operator = accounts.staff(Role.OPERATOR)
    with transaction():
        return service.set_cap(
            operator, dataset_id, cap_fen=cap_fen, document_no="济发改〔2026〕1号"
        )


def observed(
    dataset: Dataset, *prices_fen: int, at: datetime | None = None
) -> list[PriceObservation]:
    """Closed trades as comparables."""
    with transaction():
        return [
            service.observe(
                SYSTEM,
                new_id(),
                dataset=dataset,
                model="one_off",
                price_fen=price,
                observed_at=at or now(),
                simulated=True,
            )
            for price in prices_fen
        ]
