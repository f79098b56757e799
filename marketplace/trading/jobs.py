"""What time brings about. Each job looks first whether its work is still to be done."""

from uuid import UUID

from marketplace.core.access import system
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict
from marketplace.trading import queries, service
from marketplace.trading.states import OrderStatus

SCHEDULER = system("scheduler")


def escalate(request_id: UUID) -> None:
    """A day before an answer is due."""
    with transaction():
        service.escalate(SCHEDULER, request_id)


def expire_request(request_id: UUID) -> None:
    """Nobody agreed."""
    with transaction():
        service.expire_request(SCHEDULER, request_id)


def lapse(contract_id: UUID) -> None:
    """The licence term is over."""
    with transaction():
        service.lapse(SCHEDULER, contract_id)


def expire(order_id: UUID) -> None:
    """The time to pay is over."""
    with transaction():
        service.expire(SCHEDULER, order_id)


def give_back(order_id: UUID) -> None:
    """The time to deliver is over."""
    with transaction():
        service.give_back(SCHEDULER, order_id)


def auto_accept(order_id: UUID) -> None:
    """The inspection period is over and nobody objected."""
    with transaction():
        order = queries.order_by_id(order_id)
        is_due = order.inspect_by is not None and now() >= order.inspect_by
        if order.status == OrderStatus.DELIVERED and is_due:
            service.accept(SCHEDULER, order_id, how="silence")


def settle(order_id: UUID) -> None:
    """The dispute window is over. A dispute or a refund of all meanwhile leaves nothing to do."""
    with transaction():
        order = queries.order_by_id(order_id)
        if order.status not in {OrderStatus.ACCEPTED, OrderStatus.PART_REFUNDED}:
            return
        if order.price_fen and order.refunded_fen == order.price_fen:
            return
        if order.dispute_until is not None and now() < order.dispute_until:
            raise Conflict("dispute_window_open")  # tried again later
        service.settle(SCHEDULER, order_id)
