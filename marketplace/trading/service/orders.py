"""An order from placing to acceptance. Everything that money depends on is frozen when placed.

`secure`, `mark_delivered`, `accept`, `cancel` and `expire` told twice do the work once: the second
call finds the order where the first left it. Each posts its journal in its own transaction.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, require_verified, system, visible
from marketplace.core.clock import day_of, now, start_of, today
from marketplace.core.database import db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.idempotency import already, remember
from marketplace.core.ids import crockford
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.core.money import split_vat
from marketplace.core.working_days import deadline
from marketplace.datasets import queries as datasets
from marketplace.trading import custody, fees, money
from marketplace.trading.models import Contract, Order
from marketplace.trading.queries import is_contract_alive, order_of_contract
from marketplace.trading.states import (
    DEAD_ORDERS,
    ORDER_LIFE,
    PAID_ORDERS,
    Custody,
    Method,
    OrderStatus,
)

ONLINE = timedelta(minutes=30)
TRANSFER = timedelta(days=7)
GRACE_DAYS = 2  # working days
AFTER_DELIVERY = frozenset(PAID_ORDERS) - {OrderStatus.SECURED}
AFTER_ACCEPTANCE = AFTER_DELIVERY - {OrderStatus.DELIVERED}


def place(
    actor: Actor,
    contract_id: UUID,
    *,
    method: str,
    invoice_kind: str | None = None,
    invoice_email: str = "",
    key: str | None = None,
) -> Order:
    """Order what a contract in performance licenses. A price of 0 is secured at once.

    Conflict `contract_not_performing`, `order_exists`, `custody_not_licensed`;
    Invalid for a way to pay that this price or custody does not have.
    """
    require(actor, Permission.ORDER_PLACE)
    require_verified(actor)
    given = {"contract": str(contract_id), "method": method, "kind": invoice_kind,
             "email": invoice_email}  # fmt: skip
    earlier = already(actor, "trading.place", key, given)
    if earlier:
        return find(visible(actor, Order), earlier)
    contract = hold(visible(actor, Contract), contract_id)
    _check_contract(actor, contract)
    _check_method(contract, method)
    order = _frozen(actor, contract, method)
    order.invoice = _invoice(contract, order, invoice_kind, invoice_email)
    born(order, actor, "order.drafted")
    ORDER_LIFE.take(actor, order, "place", price_fen=order.price_fen, custody=order.custody)
    if order.price_fen == 0:
        secure(system("trading"), order.id, channel="free")
    else:
        order.pay_by = _pay_by(method)
        queue.enqueue("trading.expire", order.id, after=order.pay_by - now())
    remember(actor, "trading.place", key, given, order.id)
    return order


def secure(
    actor: Actor,
    order_id: UUID,
    *,
    channel: str,
    payment_id: UUID | None = None,
    amount_fen: int | None = None,
    simulated: bool | None = None,
) -> Order:
    """The money is there: `channel` card, transfer, direct or free. Only for parts of the system.

    Posts the money's journal unless the payment already did. Told again with the same payment:
    nothing. Conflict `order_secured_already` for another payment, `amount_differs`,
    `order_not_payable` for late money that nothing can be sold for any more.
    """
    require(actor, Permission.SYSTEM)
    order = hold(everything(Order), order_id)
    if order.status in PAID_ORDERS:
        if order.payment_id == payment_id:
            return order
        raise Conflict("order_secured_already")
    if amount_fen is not None and amount_fen != order.price_fen:
        raise Conflict("amount_differs", amount_fen=amount_fen)
    _check_payable(order)
    ORDER_LIFE.take(actor, order, "secure", channel=channel)
    order.channel, order.payment_id = channel, payment_id
    order.secured_at = now()
    order.simulated = instance().is_demo if simulated is None else simulated
    order.deliver_by = now() + timedelta(days=max(1, _terms(order)["delivery_days"]))
    money.post_secured(order)
    queue.enqueue("trading.give_back", order.id, after=order.deliver_by - now())
    return order


def mark_delivered(actor: Actor, order_id: UUID) -> Order:
    """The data can be fetched. A provider says so only for data that stays with it."""
    order = hold(visible(actor, Order), order_id)
    if order.status in AFTER_DELIVERY and actor.is_system:
        return order
    if not actor.is_system and datasets.version(order.version_id).is_on_platform:
        require(actor, Permission.ORDER_DELIVER)
        raise Conflict("delivered_by_platform")
    ORDER_LIFE.take(actor, order, "deliver")
    terms = _terms(order)
    order.delivered_at = now()
    order.inspect_by = now() + timedelta(days=terms["inspection_days"])
    if terms["silence_accepts"]:
        queue.enqueue("trading.auto_accept", order.id, after=order.inspect_by - now())
    return order


def accept(actor: Actor, order_id: UUID, *, how: str = "buyer") -> Order:
    """Accepted by the buyer, by silence or by first use; the dispute window opens."""
    order = hold(visible(actor, Order), order_id)
    if order.status in AFTER_ACCEPTANCE and actor.is_system:
        return order
    ORDER_LIFE.take(actor, order, "accept", how=how)
    order.accepted_at, order.accepted_how = now(), how
    order.dispute_until = now() + timedelta(days=_terms(order)["dispute_days"])
    money.post_accepted(order)
    queue.enqueue("trading.settle", order.id, after=order.dispute_until - now())
    return order


def first_use(actor: Actor, order_id: UUID) -> Order:
    """The whole data was fetched: acceptance, where the contract says so (`use_accepts`)."""
    order = hold(everything(Order), order_id)
    if order.status == OrderStatus.DELIVERED and _terms(order)["use_accepts"]:
        return accept(actor, order_id, how="use")
    return order


def cancel(actor: Actor, order_id: UUID, *, reason: str = "") -> Order:
    """The buyer (or the system) gives the order up before delivery; money held goes back."""
    return _cancel(actor, order_id, "cancel", reason)


def decline(actor: Actor, order_id: UUID, *, reason: str = "") -> Order:
    """The provider cannot deliver; money held goes back."""
    return _cancel(actor, order_id, "decline", reason)


def expire(actor: Actor, order_id: UUID) -> Order:
    """Nobody paid in time."""
    order = hold(everything(Order), order_id)
    is_late = order.pay_by is not None and now() >= order.pay_by
    if order.status == OrderStatus.AWAITING_PAYMENT and is_late:
        ORDER_LIFE.take(actor, order, "expire")
    return order


def give_back(actor: Actor, order_id: UUID) -> Order:
    """Paid, and not delivered in time: cancelled with a full refund."""
    order = hold(everything(Order), order_id)
    is_late = order.deliver_by is not None and now() >= order.deliver_by
    if order.status == OrderStatus.SECURED and is_late:
        return _cancel(actor, order_id, "cancel", "not_delivered")
    return order


def _cancel(actor: Actor, order_id: UUID, action: str, reason: str) -> Order:
    order = hold(visible(actor, Order), order_id)
    if order.status == OrderStatus.CANCELLED and actor.is_system:
        return order
    was_paid = order.status == OrderStatus.SECURED
    refund = order.price_fen if was_paid else 0
    ORDER_LIFE.take(actor, order, action, reason=reason, refund_fen=refund)
    order.cancel_reason = reason
    if was_paid:
        order.refunded_fen = order.price_fen
        money.post_cancelled(order)
    return order


def _check_contract(actor: Actor, contract: Contract) -> None:
    if not actor.belongs_to(contract.buyer_id):
        raise Forbidden("wrong_organisation")
    if not contract.is_performing:
        raise Conflict("contract_not_performing", status=contract.status)
    earlier = order_of_contract(contract.id)
    if earlier is not None and earlier.status not in DEAD_ORDERS:
        raise Conflict("order_exists", order_id=str(earlier.id))
    if datasets.dataset_of(contract.version_id).is_stopped:
        raise Conflict("dataset_stopped")
    custody.check(contract.terms["custody"])


def _check_method(contract: Contract, method: str) -> None:
    is_free = contract.amount_fen == 0
    cardless = method == Method.CARD and contract.terms["custody"] == Custody.DIRECT
    if cardless or is_free != (method == Method.FREE):
        raise Invalid("invalid", {"method": ["method_not_possible"]})


def _frozen(actor: Actor, contract: Contract, method: str) -> Order:
    price, rate = contract.amount_fen, contract.terms["tax_rate_bp"]
    fee = fees.fee(price, today())
    return Order(
        number=f"DD-{now():%Y%m}-{crockford(8)}",
        contract_id=contract.id,
        offer_id=contract.offer_id,
        product_id=contract.product_id,
        version_id=contract.version_id,
        dataset_id=datasets.dataset_of(contract.version_id).id,
        provider_id=contract.provider_id,
        buyer_id=contract.buyer_id,
        placed_by=actor.person_id,
        price_fen=price,
        tax_rate_bp=rate,
        vat_fen=split_vat(price, rate)[1],
        commission_bp=fee.rate_bp,
        commission_fen=fee.amount_fen,
        commission_vat_bp=fee.vat_bp,
        commission_vat_fen=fee.vat_fen,
        custody=contract.terms["custody"],
        method=method,
        status=OrderStatus.DRAFT,
    )


def _invoice(contract: Contract, order: Order, kind: str | None, email: str) -> dict[str, Any]:
    """What the provider's invoice has to say; frozen with the order."""
    buyer = accounts.organisation(contract.buyer_id)
    return {
        "kind": kind or contract.terms["invoice_kind"],
        "buyer_name": buyer.name,
        "buyer_credit_code": buyer.credit_code,
        "email": email,
        "item": contract.terms["data_name"],
        "amount_fen": order.price_fen,
        "tax_rate_bp": order.tax_rate_bp,
        "vat_fen": order.vat_fen,
    }


def _check_payable(order: Order) -> None:
    """Late money buys only what can still be sold."""
    if order.status != OrderStatus.EXPIRED:
        return
    newest = order_of_contract(order.contract_id)
    is_replaced = newest is not None and newest.id != order.id and newest.status not in DEAD_ORDERS
    if is_replaced or not is_contract_alive(order.contract_id):
        raise Conflict("order_not_payable", status=order.status)


def _pay_by(method: str) -> datetime:
    """30 minutes online; by transfer 7 days and the end of 2 working days' grace."""
    if method == Method.CARD:
        return now() + ONLINE
    grace = deadline(day_of(now() + TRANSFER), GRACE_DAYS)
    return start_of(grace.day + timedelta(days=1))


def _terms(order: Order) -> dict[str, Any]:
    contract = db.session.get_one(Contract, order.contract_id)
    return contract.terms
