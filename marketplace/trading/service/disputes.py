"""Disputes: raised by the buyer inside a window, decided by an operator of neither side."""

from uuid import UUID

from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.clock import now
from marketplace.core.database import hold
from marketplace.core.errors import Conflict, Invalid
from marketplace.trading import money
from marketplace.trading.models import Order
from marketplace.trading.states import ORDER_LIFE, OrderStatus


def dispute(actor: Actor, order_id: UUID, reason: str) -> Order:
    """Say what is wrong; nothing is released until it is decided. Conflict `dispute_window_closed`."""
    require(actor, Permission.ORDER_ACCEPT)
    order = hold(visible(actor, Order), order_id)
    before = order.status
    ORDER_LIFE.take(actor, order, "dispute")
    window = order.inspect_by if before == OrderStatus.DELIVERED else order.dispute_until
    if window is not None and now() >= window:
        raise Conflict("dispute_window_closed")
    order.disputed_at, order.disputed_from, order.dispute_reason = now(), before, reason
    return order


def resolve(actor: Actor, order_id: UUID, refund_fen: int, note: str) -> Order:
    """Decide a dispute: nothing, a part or all of what was paid goes back to the buyer.

    The window does not open again: what remains is settled next. Amount in fen.
    """
    require(actor, Permission.ORDER_ARBITRATE)
    order = hold(visible(actor, Order), order_id)
    left = order.price_fen - order.refunded_fen
    if not 0 <= refund_fen <= left:
        raise Invalid("invalid", {"refund_fen": ["field_out_of_range"]})
    action = "dismiss"
    if refund_fen:
        action = "refund_all" if refund_fen == left else "refund_part"
    ORDER_LIFE.take(actor, order, action, refund_fen=refund_fen)
    was_accepted = order.disputed_from == OrderStatus.ACCEPTED
    money.post_resolved(order, refund_fen, was_accepted=was_accepted)
    order.resolution, order.dispute_until = note, now()
    if not was_accepted:
        order.accepted_at, order.accepted_how = now(), "decision"
    if action != "refund_all":
        queue.enqueue("trading.settle", order.id)
    return order
