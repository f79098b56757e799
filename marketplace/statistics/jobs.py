"""What follows for statistics: comparables out of settled trades, and the statement of each day."""

from datetime import timedelta
from uuid import UUID

from marketplace.catalogue import queries as catalogue
from marketplace.core.access import system
from marketplace.core.clock import today
from marketplace.core.database import transaction
from marketplace.datasets import queries as datasets
from marketplace.statistics import service
from marketplace.trading import queries as trading
from marketplace.valuation import service as valuation

SYSTEM = system("statistics")


def observe(order_id: UUID) -> None:
    """Push a settled trade down to the comparables, without who bought."""
    with transaction():
        settlement = trading.settlement_of(order_id)
        if settlement is None:
            return
        order = trading.order_by_id(order_id)
        valuation.observe(
            SYSTEM,
            order_id,
            dataset=datasets.dataset_by_id(settlement.dataset_id),
            model=catalogue.offer(order.offer_id).model,
            price_fen=settlement.amount_fen,
            observed_at=settlement.settled_at,
            simulated=settlement.simulated,
        )


def state_yesterday() -> None:
    """Sign the figures of the day that just ended, once."""
    with transaction():
        service.state(SYSTEM, today() - timedelta(days=1))
