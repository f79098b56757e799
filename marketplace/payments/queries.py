"""Reads of money: the two parties of an order, and those who keep or check the books."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select

from marketplace.accounts.models import Organisation
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find
from marketplace.ledger import book
from marketplace.ledger.chart import Code
from marketplace.payments.models import (
    BankReceipt,
    CommissionBill,
    GatewayNotice,
    Invoice,
    Mismatch,
    Payment,
    Payout,
    Refund,
    StatementImport,
    TransferCode,
)
from marketplace.payments.states import (
    COUNTED_REFUNDS,
    LIVE,
    OPEN_PAYOUTS,
    OPEN_RECEIPTS,
    BillStatus,
    PaymentStatus,
    RefundStatus,
)
from marketplace.trading.models import Order


def _keeps_books(actor: Actor) -> bool:
    return actor.is_system or actor.may(Permission.BOOK_READ)


def _reads_all(actor: Actor) -> bool:
    return _keeps_books(actor) or actor.may(Permission.ORDER_READ_ALL)


def _of_both(actor: Actor, model: Any) -> Any:
    if _reads_all(actor):
        return select(model)
    own = actor.organisation_id
    if own is None:
        return select(model).where(false())
    return select(model).where(or_(model.buyer_id == own, model.provider_id == own))


@sees(Payment)
def _payments(actor: Actor) -> Select[Payment]:
    rows: Select[Payment] = _of_both(actor, Payment)
    return rows


@sees(Invoice)
def _invoices(actor: Actor) -> Select[Invoice]:
    rows: Select[Invoice] = _of_both(actor, Invoice)
    return rows


@sees(BankReceipt)
def _receipts(actor: Actor) -> Select[BankReceipt]:
    """Bank statements are for those who keep the books."""
    rows = select(BankReceipt)
    return rows if _keeps_books(actor) else rows.where(false())


@sees(Refund)
def _refunds(actor: Actor) -> Select[Refund]:
    rows = select(Refund)
    if _reads_all(actor):
        return rows
    own = actor.organisation_id
    mine = select(Order.id).where(or_(Order.buyer_id == own, Order.provider_id == own))
    return rows.where(Refund.order_id.in_(mine))


@sees(Payout)
def _payouts(actor: Actor) -> Select[Payout]:
    rows = select(Payout)
    return rows if _keeps_books(actor) else rows.where(Payout.provider_id == actor.organisation_id)


@sees(CommissionBill)
def _bills(actor: Actor) -> Select[CommissionBill]:
    rows = select(CommissionBill)
    own = CommissionBill.provider_id == actor.organisation_id
    return rows if _keeps_books(actor) else rows.where(own)


def payment(actor: Actor, payment_id: UUID) -> Payment:
    """A payment that the actor may see."""
    return find(visible(actor, Payment), payment_id)


def payments_of(order_id: UUID) -> Sequence[Payment]:
    """All attempts of an order that was already seen, the newest first."""
    query = select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt_no.desc())
    return db.session.scalars(query).all()


def live_payment(order_id: UUID) -> Payment | None:
    """The attempt that is under way."""
    query = select(Payment).where(Payment.order_id == order_id, Payment.status.in_(LIVE))
    return db.session.scalars(query).one_or_none()


def paid_payment(order_id: UUID) -> Payment | None:
    """The payment that secured an order."""
    paid = (PaymentStatus.CAPTURED, PaymentStatus.PART_REFUNDED, PaymentStatus.REFUNDED)
    query = select(Payment).where(
        Payment.order_id == order_id, Payment.status.in_(paid), Payment.is_duplicate.is_(False)
    )
    return db.session.scalars(query.order_by(Payment.attempt_no).limit(1)).one_or_none()


def payment_by_gateway_id(object_id: str) -> Payment | None:
    """The payment of an intent or a checkout session. For jobs."""
    query = select(Payment).where(
        or_(Payment.gateway_id == object_id, Payment.checkout_id == object_id)
    )
    return db.session.scalars(query).one_or_none()


def due_payments(limit: int = 100) -> Sequence[UUID]:
    """Payments that the janitor has to look at."""
    query = (
        select(Payment.id)
        .where(Payment.status.in_(LIVE), Payment.next_check_at <= now())
        .order_by(Payment.next_check_at)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def due_refunds(limit: int = 100) -> Sequence[UUID]:
    """Refunds that the janitor has to look at."""
    open_ones = (RefundStatus.SUBMITTING, RefundStatus.PENDING, RefundStatus.UNKNOWN)
    query = (
        select(Refund.id)
        .where(Refund.status.in_(open_ones), Refund.next_check_at <= now())
        .order_by(Refund.next_check_at)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def is_card_open() -> bool:
    """Whether a card payment is under way: then events are caught up on."""
    query = select(Payment.id).where(Payment.method == "card", Payment.status.in_(LIVE)).limit(1)
    return db.session.scalar(query) is not None


def newest_notice() -> GatewayNotice | None:
    """The event that happened last, of those we know."""
    query = select(GatewayNotice).order_by(GatewayNotice.occurred_at.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def code_of(order_id: UUID) -> TransferCode | None:
    """The order's code for a bank transfer."""
    return db.session.scalars(
        select(TransferCode).where(TransferCode.order_id == order_id)
    ).one_or_none()


def codes(texts: Sequence[str]) -> Sequence[TransferCode]:
    """Of these codes, those that we gave out."""
    return db.session.scalars(select(TransferCode).where(TransferCode.code.in_(texts))).all()


def receipt(actor: Actor, receipt_id: UUID) -> BankReceipt:
    """A line of a bank statement."""
    return find(visible(actor, BankReceipt), receipt_id)


def receipts_of(order_id: UUID, status: str | None = None) -> Sequence[BankReceipt]:
    """The bank receipts that name an order, the first first."""
    query = select(BankReceipt).where(BankReceipt.order_id == order_id)
    if status:
        query = query.where(BankReceipt.status == status)
    return db.session.scalars(query.order_by(BankReceipt.id)).all()


def open_receipts(actor: Actor) -> Select[BankReceipt]:
    """What a person has to decide."""
    return visible(actor, BankReceipt).where(BankReceipt.status.in_(OPEN_RECEIPTS))


def newest_import() -> StatementImport | None:
    """When a statement was imported last."""
    query = select(StatementImport).order_by(StatementImport.id.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def refund(actor: Actor, refund_id: UUID) -> Refund:
    """A refund that the actor may see."""
    return find(visible(actor, Refund), refund_id)


def refunds_of(order_id: UUID) -> Sequence[Refund]:
    """The refunds of an order that was already seen."""
    query = select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return db.session.scalars(query).all()


def counted_refunds(payment_id: UUID) -> int:
    """Fen that were or may still be given back of a payment."""
    query = select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id == payment_id, Refund.status.in_(COUNTED_REFUNDS)
    )
    return int(db.session.scalar(query) or 0)


def payout(actor: Actor, payout_id: UUID) -> Payout:
    """A payout that the actor may see."""
    return find(visible(actor, Payout), payout_id)


def available_fen(provider_id: UUID) -> int:
    """What may be paid out to a provider now: its balance less the payouts under way."""
    query = select(func.coalesce(func.sum(Payout.amount_fen), 0)).where(
        Payout.provider_id == provider_id, Payout.status.in_(OPEN_PAYOUTS)
    )
    promised = int(db.session.scalar(query) or 0)
    return book.balance(Code.PROVIDER_AVAILABLE, provider_id) - promised


def held_fen(provider_id: UUID) -> int:
    """What the provider earned and may not yet take: the window for disputes is open."""
    return book.balance(Code.PROVIDER_HELD, provider_id)


def providers_to_pay() -> list[tuple[Organisation, int]]:
    """The providers with money to pay out, and how much. For the clerk's desk."""
    query = (
        select(Organisation)
        .where(Organisation.id.in_(select(Order.provider_id).distinct()))
        .order_by(Organisation.name)
    )
    rows = [(one, available_fen(one.id)) for one in db.session.scalars(query)]
    return [(one, fen) for one, fen in rows if fen > 0]


def invoice_of(order_id: UUID) -> Invoice | None:
    """The invoice of an order that was already seen."""
    return db.session.scalars(select(Invoice).where(Invoice.order_id == order_id)).one_or_none()


def bill_of(order_id: UUID) -> CommissionBill | None:
    """The commission bill of an order that was already seen."""
    return db.session.scalars(
        select(CommissionBill).where(CommissionBill.order_id == order_id)
    ).one_or_none()


def open_bills(actor: Actor) -> Select[CommissionBill]:
    """Bills not yet paid."""
    return visible(actor, CommissionBill).where(CommissionBill.status == BillStatus.OPEN)


def parked(actor: Actor) -> Sequence[Payment]:
    """Payments that a person has to look into."""
    query = visible(actor, Payment).where(Payment.status == PaymentStatus.PARKED)
    return db.session.scalars(query.order_by(Payment.id.desc()).limit(50)).all()


def mismatches() -> Sequence[Mismatch]:
    """What gateway and book do not agree on. For those who keep the books."""
    query = everything(Mismatch).where(Mismatch.resolved_at.is_(None))
    return db.session.scalars(query.order_by(Mismatch.id.desc()).limit(50)).all()
