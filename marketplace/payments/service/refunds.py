"""Refunds: asked for by a party or a clerk, approved by a checker, sent by a job or by bank.

The book is reversed when a refund is approved (cumulatively, payments.md 4.2) and settled when the
money has left. A refund that fails is owed still.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.access import Actor, Permission, require, system, visible
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.ledger import book, journals
from marketplace.ledger.chart import Code
from marketplace.payments import gateway as gateways
from marketplace.payments.gateway import Answer, Outcome, Request
from marketplace.payments.models import BankReceipt, Invoice, Payment, Refund
from marketplace.payments.patience import PATIENCE
from marketplace.payments.queries import counted_refunds
from marketplace.payments.states import (
    BANK_RECEIPT_LIFE,
    INVOICE_LIFE,
    PAYMENT_LIFE,
    REFUND_LIFE,
    InvoiceStatus,
    PaymentStatus,
    RefundStatus,
)
from marketplace.trading.models import Order
from marketplace.trading.states import Custody, OrderStatus

AFTER_ACCEPTANCE = (OrderStatus.ACCEPTED, OrderStatus.SETTLED, OrderStatus.PART_REFUNDED)
OWED = "owed"  # the order's own step has posted what is owed to the buyer


def request_refund(actor: Actor, order_id: UUID, amount_fen: int, reason: str) -> Refund:
    """Ask for a part or all of an accepted order's price back.

    Before acceptance an order is cancelled or disputed instead, which decides about the money.
    Conflict `not_refundable`, `refund_exceeds_payment`.
    """
    require(actor, Permission.REFUND_REQUEST)
    order = hold(visible(actor, Order), order_id)
    is_party = actor.belongs_to(order.buyer_id) or actor.belongs_to(order.provider_id)
    if not (is_party or actor.may(Permission.BANK_IMPORT)):
        raise Forbidden("wrong_organisation")
    payment = _paid(order.id)
    is_refundable = order.status in AFTER_ACCEPTANCE and order.custody != Custody.DIRECT
    if payment is None or not is_refundable:
        raise Conflict("not_refundable", status=order.status)
    return open_refund(actor, order, payment, amount_fen, reason)


def open_refund(
    actor: Actor, order: Order, payment: Payment, amount_fen: int, reason: str, stage: str = ""
) -> Refund:
    """A refund to be approved. The order is held, so two cannot exceed the payment together."""
    if counted_refunds(payment.id) + amount_fen > payment.amount_fen:
        raise Conflict("refund_exceeds_payment", amount_fen=payment.amount_fen)
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        sequence=_next_sequence(payment.id),
        channel="card" if payment.method == "card" else "transfer",
        amount_fen=amount_fen,
        reason=reason,
        stage=stage,
        prepared_by=actor.person_id,
        status=RefundStatus.REQUESTED,
    )
    born(refund, actor, "refund.requested", amount_fen=amount_fen)
    return refund


def return_at_once(actor: Actor, payment: Payment) -> Refund:
    """Money that nobody owes (paid twice, paid too late) goes back without being asked for."""
    order = find(everything(Order), payment.order_id)
    refund = open_refund(actor, order, payment, payment.amount_fen, "duplicate")
    _approve(actor, order, refund)
    return refund


def return_order(actor: Actor, order_id: UUID) -> Refund | None:
    """A secured order was cancelled or a dispute decided: what is owed to the buyer goes back.

    Trading has posted what is owed. A cancelled order's refund is approved at once; a dispute's
    waits for the checker.
    """
    order = hold(everything(Order), order_id)
    payment = _paid(order.id)
    if payment is None or order.custody == Custody.DIRECT:
        return None
    owed = order.refunded_fen if order.refunded_fen else payment.amount_fen
    amount = owed - counted_refunds(payment.id)
    if amount <= 0:
        return None
    refund = open_refund(actor, order, payment, amount, str(order.status), stage=OWED)
    if order.status == OrderStatus.CANCELLED:
        _approve(actor, order, refund)
    return refund


def return_receipt(actor: Actor, receipt_id: UUID, reason: str) -> Refund:
    """Send unclaimed money back to the account it came from."""
    require(actor, Permission.BANK_IMPORT)
    receipt = hold(visible(actor, BankReceipt), receipt_id)
    BANK_RECEIPT_LIFE.take(actor, receipt, "return")
    refund = Refund(
        order_id=receipt.order_id,
        receipt_id=receipt.id,
        channel="suspense",
        amount_fen=receipt.amount_fen - receipt.applied_fen,
        reason=reason,
        prepared_by=actor.person_id,
        status=RefundStatus.REQUESTED,
    )
    born(refund, actor, "refund.requested", amount_fen=refund.amount_fen)
    return refund


def approve_refund(actor: Actor, refund_id: UUID) -> Refund:
    """Let money go back; never by who asked for it."""
    order, refund = _hold_with_order(actor, refund_id)
    _approve(actor, order, refund)
    return refund


def refuse_refund(actor: Actor, refund_id: UUID) -> Refund:
    """Say no; unclaimed money stays unclaimed."""
    _order, refund = _hold_with_order(actor, refund_id)
    REFUND_LIFE.take(actor, refund, "refuse")
    if refund.receipt_id and refund.channel == "suspense":
        receipt = hold(everything(BankReceipt), refund.receipt_id)
        BANK_RECEIPT_LIFE.take(system("payments"), receipt, "keep")
    return refund


def record_transfer(actor: Actor, refund_id: UUID, bank_serial: str) -> Refund:
    """The clerk sent an approved refund by bank: its serial number closes it."""
    order, refund = _hold_with_order(actor, refund_id)
    if refund.channel == "card":
        raise Conflict("refund_goes_by_card")
    REFUND_LIFE.take(actor, refund, "transfer", bank_serial=bank_serial)
    refund.bank_serial = bank_serial
    if refund.channel == "suspense":
        book.post("refunds", refund.id, "settled", journals.unclaimed_returned(refund.amount_fen))
        receipt = hold(everything(BankReceipt), refund.receipt_id)  # type: ignore[arg-type]
        BANK_RECEIPT_LIFE.take(system("payments"), receipt, "returned")
    else:
        assert order is not None
        _settled(order, refund)
    return refund


def next_move(actor: Actor, refund_id: UUID) -> tuple[Refund, str]:
    """What a job does with an approved card refund: `send`, `find`, `look`, or nothing."""
    _order, refund = _hold_with_order(actor, refund_id)
    if refund.channel != "card":
        return refund, ""
    if refund.status == RefundStatus.APPROVED:
        REFUND_LIFE.take(actor, refund, "submit")
        return refund, "send"
    if refund.status in {RefundStatus.SUBMITTING, RefundStatus.UNKNOWN, RefundStatus.PENDING}:
        return refund, "look" if refund.gateway_id else "find"
    return refund, ""


def gateway_request(refund: Refund) -> Request:
    """The request that asks the gateway for this refund; the same each time."""
    payment = find(everything(Payment), refund.payment_id)  # type: ignore[arg-type]
    key = f"{instance().mode}:refunds:{refund.id}:create:1"
    return gateways.create_refund(
        key, payment.gateway_id or "", refund.amount_fen, refund_id=str(refund.id)
    )


def learn(actor: Actor, refund_id: UUID, answer: Answer) -> None:
    """Take the gateway's answer about a refund in."""
    order, refund = _hold_with_order(actor, refund_id)
    if refund.status not in {
        RefundStatus.SUBMITTING,
        RefundStatus.PENDING,
        RefundStatus.UNKNOWN,
    }:
        return
    refund.checks += 1
    refund.next_check_at = now() + PATIENCE[min(refund.checks, len(PATIENCE)) - 1]
    if answer.outcome is Outcome.OK:
        assert order is not None
        _adopt(actor, order, refund, answer.body)
    elif answer.outcome is Outcome.UNKNOWN:
        if refund.status != RefundStatus.UNKNOWN:
            REFUND_LIFE.take(actor, refund, "lose")
    elif answer.outcome not in gateways.AGAIN and answer.outcome is not Outcome.CONFIG:
        _failed(actor, refund, answer.code or str(answer.outcome))


def _adopt(actor: Actor, order: Order, refund: Refund, body: Mapping[str, Any]) -> None:
    refund.gateway_id = str(body.get("id", ""))
    status = str(body.get("status", ""))
    if body.get("amount") != refund.amount_fen:
        _failed(actor, refund, "amount_differs")
    elif status == "succeeded":
        REFUND_LIFE.take(actor, refund, "succeed")
        refund.next_check_at, refund.failure_code = None, ""
        _settled(order, refund)
    elif status in {"failed", "canceled"}:
        _failed(actor, refund, str(body.get("failure_reason") or status)[:80])
    elif refund.status != RefundStatus.PENDING:
        REFUND_LIFE.take(actor, refund, "wait")


def _failed(actor: Actor, refund: Refund, code: str) -> None:
    REFUND_LIFE.take(actor, refund, "fail", code=code)
    refund.failure_code, refund.next_check_at = code, None


def _settled(order: Order, refund: Refund) -> None:
    channel = "card" if refund.channel == "card" else "transfer"
    lines = journals.refund_settled(order.id, refund.amount_fen, channel)
    book.post("refunds", refund.id, "settled", lines)
    if refund.payment_id is None:
        return
    payment = hold(everything(Payment), refund.payment_id)
    payment.refunded_fen += refund.amount_fen
    action = "refund_all" if payment.refunded_fen == payment.amount_fen else "refund_part"
    PAYMENT_LIFE.take(system("payments"), payment, action, amount_fen=refund.amount_fen)


def _approve(actor: Actor, order: Order | None, refund: Refund) -> None:
    REFUND_LIFE.take(actor, refund, "approve")
    refund.approved_by = actor.person_id
    if order is None or refund.payment_id is None:
        return
    if refund.stage == OWED:
        _need_red_invoice(order)
        return
    payment = hold(everything(Payment), refund.payment_id)
    book.post("refunds", refund.id, "approved", _reversal(order, payment, refund))
    if not payment.is_duplicate and order.status in AFTER_ACCEPTANCE:
        order.refunded_fen += refund.amount_fen
    _need_red_invoice(order)


def _reversal(order: Order, payment: Payment, refund: Refund) -> journals.Lines:
    """Out of what is held for the order; after acceptance out of the provider's and our shares."""
    if payment.is_duplicate or order.status not in AFTER_ACCEPTANCE:
        refund.stage = "escrow"
        return journals.refunded_before_acceptance(order.id, refund.amount_fen)
    commission, vat = journals.refund_split(
        order.price_fen,
        order.commission_fen,
        order.commission_vat_bp,
        order.refunded_fen,
        refund.amount_fen,
    )
    refund.commission_fen, refund.vat_fen = commission, vat
    share = refund.amount_fen - commission
    refund.stage = "held"
    if order.status == OrderStatus.SETTLED:
        has = book.balance(Code.PROVIDER_AVAILABLE, order.provider_id)
        refund.stage = "available" if has >= share else "paid"
    return journals.refunded_after_acceptance(
        order.id, order.provider_id, refund.amount_fen, commission, vat, stage=refund.stage
    )


def _need_red_invoice(order: Order) -> None:
    """A refund of an invoiced amount opens the provider's red-letter task."""
    query = select(Invoice).where(
        Invoice.order_id == order.id, Invoice.status == InvoiceStatus.ISSUED
    )
    invoice = db.session.scalars(query).one_or_none()
    if invoice is not None:
        INVOICE_LIFE.take(system("payments"), invoice, "need_red")


def _paid(order_id: UUID) -> Payment | None:
    paid = (PaymentStatus.CAPTURED, PaymentStatus.PART_REFUNDED)
    query = select(Payment).where(
        Payment.order_id == order_id, Payment.status.in_(paid), Payment.is_duplicate.is_(False)
    )
    return db.session.scalars(query.order_by(Payment.attempt_no).limit(1)).one_or_none()


def _next_sequence(payment_id: UUID) -> int:
    query = select(func.coalesce(func.max(Refund.sequence), 0)).where(
        Refund.payment_id == payment_id
    )
    return (db.session.scalar(query) or 0) + 1


def _hold_with_order(actor: Actor, refund_id: UUID) -> tuple[Order | None, Refund]:
    seen = find(visible(actor, Refund), refund_id)
    order = hold(everything(Order), seen.order_id) if seen.order_id else None
    return order, hold(visible(actor, Refund), refund_id)
