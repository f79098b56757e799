"""Bank transfers: the order's code, the statement a clerk imports, and which line pays what.

Matching order (payments.md 4.1): code and amount; code alone (over, under); the payer's name with
a unique amount, as a suggestion only; then a person. Money is in the book from the moment it is
imported: unclaimed until matched.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.queries import organisation
from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.lives import born
from marketplace.ledger import book, journals
from marketplace.payments import transfer_code
from marketplace.payments.models import (
    BankReceipt,
    Payment,
    Refund,
    StatementImport,
    TransferCode,
)
from marketplace.payments.queries import code_of, codes, receipts_of
from marketplace.payments.service import cards, refunds, secured
from marketplace.payments.statement import StatementLine, plain
from marketplace.payments.states import (
    BANK_RECEIPT_LIFE,
    PaymentStatus,
    ReceiptStatus,
    RefundStatus,
)
from marketplace.trading.models import Order
from marketplace.trading.states import Custody, OrderStatus

VALID_DAYS = 7
R = ReceiptStatus


def give_code(actor: Actor, order_id: UUID) -> TransferCode:
    """The code of an order that waits for money; asked again, the same."""
    require(actor, Permission.PAYMENT_MAKE)
    require_verified(actor)
    order = hold(visible(actor, Order), order_id)
    if not (actor.is_system or actor.belongs_to(order.buyer_id)):
        raise Forbidden("wrong_organisation")
    known = code_of(order.id)
    if known is not None:
        return known
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise Conflict("order_not_payable", status=order.status)
    if order.custody == Custody.DIRECT:
        raise Conflict("transfer_goes_to_provider")
    expires = order.pay_by or now() + timedelta(days=VALID_DAYS)
    return add(TransferCode(order_id=order.id, code=transfer_code.make(), expires_at=expires))


def import_statement(
    actor: Actor, file_name: str, sha256: str, lines: Sequence[StatementLine]
) -> StatementImport:
    """Enter the incoming lines that are not known yet. The same file again enters nothing."""
    require(actor, Permission.BANK_IMPORT)
    known = _known(lines)
    fresh = [one for one in _once(lines) if (one.bank_account, one.serial_no) not in known]
    done = add(
        StatementImport(
            file_name=file_name[:160],
            sha256=sha256,
            lines=len(lines),
            known=len(lines) - len(fresh),
            imported_by=actor.name[:120],
        )
    )
    for line in fresh:
        _enter(actor, done, line)
    return done


def match(actor: Actor, receipt_id: UUID) -> BankReceipt:
    """Find out what a new line pays. What is not clear waits for a person."""
    receipt = find(visible(actor, BankReceipt), receipt_id)
    named = codes(transfer_code.find(receipt.remark))
    order = hold(everything(Order), named[0].order_id) if len(named) == 1 else None
    receipt = hold(visible(actor, BankReceipt), receipt_id)
    if receipt.status != R.IMPORTED:
        return receipt
    if order is None:
        receipt.suggestion_id = _suggestion(receipt)
        BANK_RECEIPT_LIFE.take(actor, receipt, "leave")
        return receipt
    receipt.order_id = order.id
    if order.status not in {OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED}:
        BANK_RECEIPT_LIFE.take(actor, receipt, "double")
        refunds.return_receipt(actor, receipt.id, "duplicate")
        return receipt
    if plain(receipt.payer_name) != plain(organisation(order.buyer_id).name):
        BANK_RECEIPT_LIFE.take(actor, receipt, "hold_back")
        return receipt
    _apply(actor, order, receipt)
    return receipt


def assign(actor: Actor, receipt_id: UUID, order_id: UUID, note: str) -> BankReceipt:
    """A person says what a line pays: the code was missing, or somebody paid for the buyer."""
    require(actor, Permission.BANK_IMPORT)
    order = hold(visible(actor, Order), order_id)
    receipt = hold(visible(actor, BankReceipt), receipt_id)
    if receipt.status not in {R.NOMATCH, R.FOREIGN_PAYER}:
        raise Conflict("wrong_state", status=receipt.status, action="assign")
    if order.status not in {OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED}:
        raise Conflict("order_not_payable", status=order.status)
    if order.custody == Custody.DIRECT:
        raise Conflict("transfer_goes_to_provider")
    receipt.order_id, receipt.note = order.id, note
    _apply(actor, order, receipt)
    return receipt


def confirm_received(
    actor: Actor,
    order_id: UUID,
    *,
    amount_fen: int,
    bank_serial: str,
    paid_on: date,
    evidence_id: UUID | None = None,
) -> Payment:
    """Direct custody: the provider says that the buyer's money is on its own account.

    The platform keeps the evidence and touches no money. Invalid `amount_differs`,
    Conflict `order_not_payable`, `not_direct`.
    """
    require(actor, Permission.PAYMENT_CONFIRM)
    require_verified(actor)
    order = hold(visible(actor, Order), order_id)
    if not actor.belongs_to(order.provider_id):
        raise Forbidden("wrong_organisation")
    if order.custody != Custody.DIRECT:
        raise Conflict("not_direct")
    if order.status not in {OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED}:
        raise Conflict("order_not_payable", status=order.status)
    if amount_fen != order.price_fen:
        raise Invalid("amount_differs", {"amount_fen": ["amount_differs"]})
    payment = cards.new_attempt(
        order,
        "transfer",
        status=PaymentStatus.CAPTURED,
        bank_serial=bank_serial,
        paid_on=paid_on,
        evidence_id=evidence_id,
        captured_at=now(),
    )
    born(payment, actor, "payment.confirmed", amount_fen=amount_fen, bank_serial=bank_serial)
    secured.secure(actor, order, payment)
    return payment


def _known(lines: Sequence[StatementLine]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    serials = sorted({line.serial_no for line in lines})
    for at in range(0, len(serials), 500):
        query = select(BankReceipt.bank_account, BankReceipt.serial_no).where(
            BankReceipt.serial_no.in_(serials[at : at + 500])
        )
        found |= {(account, serial) for account, serial in db.session.execute(query)}
    return found


def _once(lines: Sequence[StatementLine]) -> list[StatementLine]:
    return list({(line.bank_account, line.serial_no): line for line in lines}.values())


def _enter(actor: Actor, done: StatementImport, line: StatementLine) -> None:
    receipt = BankReceipt(
        import_id=done.id,
        bank_account=line.bank_account,
        serial_no=line.serial_no,
        booked_on=line.booked_on,
        amount_fen=line.amount_fen,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        remark=line.remark,
        status=R.IMPORTED,
    )
    born(receipt, actor, "bank_receipt.imported", amount_fen=line.amount_fen)
    book.post("bank_receipts", receipt.id, "received", journals.bank_received(line.amount_fen))


def _suggestion(receipt: BankReceipt) -> UUID | None:
    """The only order that waits for exactly this sum from a buyer of this name."""
    query = (
        select(Order.id, Order.buyer_id)
        .where(
            Order.status == OrderStatus.AWAITING_PAYMENT,
            Order.custody != Custody.DIRECT,
            Order.price_fen == receipt.amount_fen,
        )
        .limit(50)
    )
    fitting = [
        order_id
        for order_id, buyer_id in db.session.execute(query)
        if plain(organisation(buyer_id).name) == plain(receipt.payer_name)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _apply(actor: Actor, order: Order, receipt: BankReceipt) -> None:
    """With what came before under the same code: too little waits, enough secures, too much goes back."""
    earlier = list(receipts_of(order.id, R.UNDER))
    parts = [*[one for one in earlier if one.id != receipt.id], receipt]
    total = sum(one.amount_fen for one in parts)
    if total < order.price_fen:
        missing = order.price_fen - total
        BANK_RECEIPT_LIFE.take(actor, receipt, "short", missing_fen=missing)
        return
    over = total - order.price_fen
    payment = cards.new_attempt(
        order,
        "transfer",
        status=PaymentStatus.CAPTURED,
        bank_serial=receipt.serial_no,
        paid_on=receipt.booked_on,
        captured_at=now(),
    )
    born(payment, actor, "payment.captured", amount_fen=order.price_fen, over_fen=over)
    for one in parts:
        one.payment_id, one.applied_fen = payment.id, one.amount_fen
        BANK_RECEIPT_LIFE.take(actor, one, "apply")
    lines = journals.matched(order.id, order.price_fen, over)
    book.post("payments", payment.id, "matched", lines)
    if over:
        _return_excess(actor, order, receipt, over)
    secured.secure_or_return(actor, order, payment)


def _return_excess(actor: Actor, order: Order, receipt: BankReceipt, over: int) -> None:
    refund = Refund(
        order_id=order.id,
        receipt_id=receipt.id,
        channel="transfer",
        amount_fen=over,
        reason="overpaid",
        stage=refunds.OWED,
        prepared_by=actor.person_id,
        status=RefundStatus.REQUESTED,
    )
    born(refund, actor, "refund.requested", amount_fen=over)
