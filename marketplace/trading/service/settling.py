"""Settling: the one step after which a trade counts."""

from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, Permission, require
from marketplace.core.clock import iso, now
from marketplace.core.database import add, everything, hold
from marketplace.core.errors import Conflict
from marketplace.core.ids import new_id
from marketplace.datasets import queries as datasets
from marketplace.ledger import log
from marketplace.trading import money
from marketplace.trading.models import Order, Settlement
from marketplace.trading.queries import contract_by_id, settlement_of
from marketplace.trading.states import ORDER_LIFE

FORMAT = 1  # of the settlement record: a later one adds commitments to amounts


def settle(actor: Actor, order_id: UUID) -> Settlement:
    """Release the provider's share, log the trade and write its settlement, once.

    Told again: the first settlement. Conflict `dispute_window_open` before the window is over.
    """
    require(actor, Permission.SYSTEM)
    order = hold(everything(Order), order_id)
    earlier = settlement_of(order.id)
    if earlier is not None:
        return earlier
    if order.dispute_until is not None and now() < order.dispute_until:
        raise Conflict("dispute_window_open")
    amount, commission, _vat = money.kept(order)
    if amount == 0 and order.price_fen:
        raise Conflict("nothing_left_to_settle")
    ORDER_LIFE.take(actor, order, "settle", amount_fen=amount)
    order.settled_at = now()
    entry = money.post_settled(order)
    dataset = datasets.dataset_by_id(order.dataset_id)
    settlement = Settlement(
        id=new_id(),
        order_id=order.id,
        contract_id=order.contract_id,
        product_id=order.product_id,
        dataset_id=order.dataset_id,
        provider_id=order.provider_id,
        buyer_id=order.buyer_id,
        sector=dataset.sector,
        data_kind=dataset.data_kind,
        custody=order.custody,
        amount_fen=amount,
        commission_fen=commission,
        settled_at=order.settled_at,
        simulated=order.simulated,
        entry_id=entry.id if entry else None,
    )
    logged = log.append(
        "settlement",
        settlement,
        _record(order, settlement),
        parties=(order.provider_id, order.buyer_id),
        actor=actor,
    )
    settlement.log_entry_id = logged.id
    return add(settlement)


def _record(order: Order, settlement: Settlement) -> dict[str, Any]:
    """What the log commits to; record and salt go to the two parties and the auditor."""
    return {
        "format": FORMAT,
        "settlement": str(settlement.id),
        "order": str(order.id),
        "contract_digest": contract_by_id(order.contract_id).digest,
        "entry": str(settlement.entry_id) if settlement.entry_id else None,
        "amount_fen": str(settlement.amount_fen),
        "commission_fen": str(settlement.commission_fen),
        "currency": "CNY",
        "sector": settlement.sector,
        "data_kind": settlement.data_kind,
        "custody": settlement.custody,
        "simulated": settlement.simulated,
        "settled_at": iso(settlement.settled_at),
    }
