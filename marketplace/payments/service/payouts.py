"""Money out to providers, and the bills for commission where money never came in."""

from uuid import UUID

from marketplace.accounts.models import Organisation
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.database import everything, find, hold
from marketplace.core.errors import Conflict
from marketplace.core.lives import born
from marketplace.ledger import book, journals
from marketplace.payments.models import CommissionBill, Payout
from marketplace.payments.queries import available_fen, bill_of
from marketplace.payments.states import BILL_LIFE, PAYOUT_LIFE, BillStatus, PayoutStatus
from marketplace.trading import money
from marketplace.trading.models import Order
from marketplace.trading.states import Custody, OrderStatus

BILLABLE = (OrderStatus.ACCEPTED, OrderStatus.SETTLED, OrderStatus.PART_REFUNDED)


def prepare_payout(actor: Actor, provider_id: UUID, amount_fen: int) -> Payout:
    """Prepare to pay a provider out of what is available to it, to its account on file.

    Conflict `payout_exceeds_balance`, `no_bank_account`, `account_not_own`.
    """
    require(actor, Permission.PAYOUT_PREPARE)
    provider = hold(everything(Organisation), provider_id)
    account = dict(provider.bank_account or {})
    if not account.get("number"):
        raise Conflict("no_bank_account")
    if account.get("name") not in {None, "", provider.name}:
        raise Conflict("account_not_own")
    available = available_fen(provider.id)
    if amount_fen > available:
        raise Conflict("payout_exceeds_balance", available_fen=available)
    payout = Payout(
        provider_id=provider.id,
        amount_fen=amount_fen,
        bank_account=account,
        prepared_by=actor.person_id,
        status=PayoutStatus.DRAFT,
    )
    born(payout, actor, "payout.prepared", amount_fen=amount_fen)
    return payout


def approve_payout(actor: Actor, payout_id: UUID) -> Payout:
    """A second person lets it go."""
    payout = hold(visible(actor, Payout), payout_id)
    PAYOUT_LIFE.take(actor, payout, "approve")
    payout.approved_by = actor.person_id
    return payout


def refuse_payout(actor: Actor, payout_id: UUID) -> Payout:
    """The second person says no."""
    payout = hold(visible(actor, Payout), payout_id)
    PAYOUT_LIFE.take(actor, payout, "refuse")
    return payout


def pay_out(actor: Actor, payout_id: UUID, bank_serial: str) -> Payout:
    """The bank sent it: its serial number is the evidence."""
    payout = _hold_with_provider(actor, payout_id)
    PAYOUT_LIFE.take(actor, payout, "pay", bank_serial=bank_serial)
    payout.bank_serial = bank_serial
    lines = journals.payout_paid(payout.provider_id, payout.amount_fen)
    book.post("payouts", payout.id, "paid", lines)
    return payout


def bounce_payout(actor: Actor, payout_id: UUID, reason: str) -> Payout:
    """The bank sent it back, also after it was paid: the money is the provider's again."""
    payout = _hold_with_provider(actor, payout_id)
    was_paid = payout.status == PayoutStatus.PAID
    PAYOUT_LIFE.take(actor, payout, "bounce", reason=reason)
    payout.return_reason = reason
    if was_paid:
        lines = journals.payout_returned(payout.provider_id, payout.amount_fen)
        book.post("payouts", payout.id, "returned", lines)
    return payout


def bill_commission(actor: Actor, order_id: UUID) -> CommissionBill | None:
    """Direct custody: the provider owes the commission of an accepted order. Done twice is done once."""
    order = hold(everything(Order), order_id)
    known = bill_of(order.id)
    if known is not None or order.custody != Custody.DIRECT or order.status not in BILLABLE:
        return known
    _amount, commission, vat = money.kept(order)  # posted by trading when the order was accepted
    if commission == 0:
        return None
    bill = CommissionBill(
        order_id=order.id,
        provider_id=order.provider_id,
        amount_fen=commission,
        vat_fen=vat,
        status=BillStatus.OPEN,
    )
    born(bill, actor, "commission_bill.opened", amount_fen=commission)
    return bill


def pay_bill(actor: Actor, bill_id: UUID, bank_serial: str) -> CommissionBill:
    """The provider paid its commission to the platform's bank account."""
    bill = hold(visible(actor, CommissionBill), bill_id)
    BILL_LIFE.take(actor, bill, "pay", bank_serial=bank_serial)
    bill.bank_serial = bank_serial
    lines = journals.commission_paid(bill.order_id, bill.provider_id, bill.amount_fen)
    book.post("commission_bills", bill.id, "paid", lines)
    return bill


def _hold_with_provider(actor: Actor, payout_id: UUID) -> Payout:
    seen = find(visible(actor, Payout), payout_id)
    hold(everything(Organisation), seen.provider_id)
    return hold(visible(actor, Payout), payout_id)
