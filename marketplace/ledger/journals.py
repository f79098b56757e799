"""What is posted for what happened (payments.md 4.4): pure functions from amounts to lines.

All amounts are fen including VAT. Each function returns lines that balance; lines of zero are
left out, and a journal of nothing is an empty list. Commission's VAT part is handed in, as it
was frozen on the order; a refund's parts come from `refund_split`.
"""

from dataclasses import dataclass
from uuid import UUID

from marketplace.core.money import split_vat
from marketplace.ledger.chart import Code


@dataclass(frozen=True)
class Line:
    """One debit or credit, in fen."""

    account_code: str
    organisation_id: UUID | None = None
    order_id: UUID | None = None
    debit_fen: int = 0
    credit_fen: int = 0


CASH_OF_CHANNEL = {
    "card": Code.PSP_PENDING,
    "psp_available": Code.PSP_AVAILABLE,
    "transfer": Code.BANK,
}
Lines = list[Line]


def captured(order_id: UUID, amount: int, channel: str = "card") -> Lines:
    """1: the buyer's money is with the payment institution (or, by transfer, in the bank)."""
    return _pair(CASH_OF_CHANNEL[channel], Code.ESCROW, amount, order_id=order_id)


def psp_fee(amount: int, order_id: UUID | None = None) -> Lines:
    """1b: the payment institution kept its fee."""
    return _pair(Code.CHANNEL_FEE, Code.PSP_PENDING, amount, order_id=order_id)


def psp_available(amount: int) -> Lines:
    """2: what was pending may be used."""
    return _pair(Code.PSP_AVAILABLE, Code.PSP_PENDING, amount)


def psp_paid_out(amount: int) -> Lines:
    """3: the payment institution sent it to our bank."""
    return _pair(Code.PSP_IN_TRANSIT, Code.PSP_AVAILABLE, amount)


def psp_banked(amount: int) -> Lines:
    """4: it arrived."""
    return _pair(Code.BANK, Code.PSP_IN_TRANSIT, amount)


def bank_received(amount: int) -> Lines:
    """5: a transfer arrived; nobody has said yet what it is for."""
    return _pair(Code.BANK, Code.UNCLAIMED, amount)


def matched(order_id: UUID, amount: int, over: int = 0) -> Lines:
    """6: a transfer belongs to an order; what is `over` its total is owed back."""
    return _kept(
        Line(Code.UNCLAIMED, None, order_id, debit_fen=amount + over),
        Line(Code.ESCROW, None, order_id, credit_fen=amount),
        Line(Code.REFUND_PAYABLE, None, order_id, credit_fen=over),
    )


def unclaimed_returned(amount: int) -> Lines:
    """A transfer that belongs to nothing went back to its payer."""
    return _pair(Code.UNCLAIMED, Code.BANK, amount)


def accepted(order_id: UUID, provider_id: UUID, amount: int, commission: int, vat: int) -> Lines:
    """7: accepted, the platform being agent; `vat` is the part of the commission that is VAT."""
    return _kept(
        Line(Code.ESCROW, None, order_id, debit_fen=amount),
        Line(Code.PROVIDER_HELD, provider_id, order_id, credit_fen=amount - commission),
        Line(Code.COMMISSION_REVENUE, None, order_id, credit_fen=commission - vat),
        Line(Code.OUTPUT_VAT, None, order_id, credit_fen=vat),
    )


def released(order_id: UUID, provider_id: UUID, amount: int) -> Lines:
    """8: the window for disputes is over; the provider's share may be paid out."""
    return _pair(
        Code.PROVIDER_HELD, Code.PROVIDER_AVAILABLE, amount, provider_id, order_id=order_id
    )


def payout_paid(provider_id: UUID, amount: int, channel: str = "transfer") -> Lines:
    """9: paid to the provider's account."""
    return _kept(
        Line(Code.PROVIDER_AVAILABLE, provider_id, debit_fen=amount),
        Line(CASH_OF_CHANNEL[channel], provider_id, credit_fen=amount),
    )


def payout_returned(provider_id: UUID, amount: int, channel: str = "transfer") -> Lines:
    """9 reversed: the bank sent the payout back, also after it was paid."""
    return mirrored(payout_paid(provider_id, amount, channel))


def refunded_before_acceptance(order_id: UUID, amount: int) -> Lines:
    """10: owed back to the buyer out of what is held for the order."""
    return _pair(Code.ESCROW, Code.REFUND_PAYABLE, amount, order_id=order_id)


def refund_settled(order_id: UUID, amount: int, channel: str = "transfer") -> Lines:
    """11: the refund left. `channel`: `card` (from what is pending), `psp_available`, `transfer`."""
    return _pair(Code.REFUND_PAYABLE, CASH_OF_CHANNEL[channel], amount, order_id=order_id)


def refund_failed(order_id: UUID, amount: int, channel: str = "transfer") -> Lines:
    """11 reversed: the money came back and is owed still."""
    return mirrored(refund_settled(order_id, amount, channel))


def refunded_after_acceptance(
    order_id: UUID,
    provider_id: UUID,
    amount: int,
    commission: int,
    vat: int,
    *,
    stage: str = "held",
) -> Lines:
    """12, 13: owed back after acceptance; `commission` and `vat` are this refund's parts.

    `stage`: `held` (window open), `available` (released, unpaid), `paid` (out: a claim on the provider).
    """
    source = {
        "held": Code.PROVIDER_HELD,
        "available": Code.PROVIDER_AVAILABLE,
        "paid": Code.RECOURSE,
    }[stage]
    return _kept(
        Line(source, provider_id, order_id, debit_fen=amount - commission),
        Line(Code.COMMISSION_REVENUE, None, order_id, debit_fen=commission - vat),
        Line(Code.OUTPUT_VAT, None, order_id, debit_fen=vat),
        Line(Code.REFUND_PAYABLE, None, order_id, credit_fen=amount),
    )


def clawed_back(provider_id: UUID, amount: int) -> Lines:
    """14: the claim on the provider is met from his next settlement."""
    return _kept(
        Line(Code.PROVIDER_AVAILABLE, provider_id, debit_fen=amount),
        Line(Code.RECOURSE, provider_id, credit_fen=amount),
    )


def direct_paid(order_id: UUID, provider_id: UUID, amount: int) -> Lines:
    """Direct custody: the provider confirmed the buyer's payment; evidence only, no money of ours."""
    return _pair(Code.DIRECT_EVIDENCE, Code.DIRECT_CONTRA, amount, provider_id, order_id=order_id)


def commission_billed(order_id: UUID, provider_id: UUID, commission: int, vat: int) -> Lines:
    """Direct custody: the provider owes the commission."""
    return _kept(
        Line(Code.COMMISSION_RECEIVABLE, provider_id, order_id, debit_fen=commission),
        Line(Code.COMMISSION_REVENUE, None, order_id, credit_fen=commission - vat),
        Line(Code.OUTPUT_VAT, None, order_id, credit_fen=vat),
    )


def commission_paid(order_id: UUID, provider_id: UUID, commission: int) -> Lines:
    """Direct custody: the provider paid the commission."""
    return _kept(
        Line(Code.BANK, None, order_id, debit_fen=commission),
        Line(Code.COMMISSION_RECEIVABLE, provider_id, order_id, credit_fen=commission),
    )


def commission_credited(order_id: UUID, provider_id: UUID, commission: int, vat: int) -> Lines:
    """Direct custody: the commission of a refunded part is no longer owed."""
    return mirrored(commission_billed(order_id, provider_id, commission, vat))


def mirrored(lines: Lines) -> Lines:
    """The same accounts with the sides exchanged: a reversal."""
    return [
        Line(one.account_code, one.organisation_id, one.order_id, one.credit_fen, one.debit_fen)
        for one in lines
    ]


def refund_split(
    price: int, commission: int, vat_rate_bp: int, refunded_before: int, refund: int
) -> tuple[int, int]:
    """(commission, its VAT) to give back with this refund, so that all refunds sum exactly (4.2)."""
    after, before = (
        _reversed_commission(price, commission, total)
        for total in (refunded_before + refund, refunded_before)
    )
    vat = split_vat(after, vat_rate_bp)[1] - split_vat(before, vat_rate_bp)[1]
    return after - before, vat


def _reversed_commission(price: int, commission: int, refunded: int) -> int:
    # round(C × cumulative / price), half up, in whole numbers
    return (2 * commission * refunded + price) // (2 * price) if price else 0


def _pair(
    debit: str,
    credit: str,
    amount: int,
    holder: UUID | None = None,
    *,
    order_id: UUID | None = None,
) -> Lines:
    return _kept(
        Line(debit, holder, order_id, debit_fen=amount),
        Line(credit, holder, order_id, credit_fen=amount),
    )


def _kept(*lines: Line) -> Lines:
    return [line for line in lines if line.debit_fen or line.credit_fen]
