"""The journals of an order, each posted in the transaction of the step it belongs to.

Direct custody: the platform holds nothing; the payment is evidence off the balance sheet and the
commission is billed. Otherwise the price stands in escrow until acceptance. Amounts in fen.
"""

from marketplace.core.errors import Conflict
from marketplace.ledger import book, journals
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Entry
from marketplace.trading.models import Order
from marketplace.trading.states import Custody

SOURCE = "orders"


def kept(order: Order) -> tuple[int, int, int]:
    """What was not refunded: (amount, commission on it, VAT in that commission)."""
    back, vat_back = journals.refund_split(
        order.price_fen, order.commission_fen, order.commission_vat_bp, 0, order.refunded_fen
    )
    return (
        order.price_fen - order.refunded_fen,
        order.commission_fen - back,
        order.commission_vat_fen - vat_back,
    )


def post_secured(order: Order) -> None:
    """The price is held (or, in direct custody, said to be paid)."""
    if order.price_fen == 0:
        return
    if order.custody == Custody.DIRECT:
        lines = journals.direct_paid(order.id, order.provider_id, order.price_fen)
        book.post(SOURCE, order.id, "direct_paid", lines)
        return
    held = book.balance(Code.ESCROW, order_id=order.id)
    if held == 0:
        made = journals.matched if order.channel == "transfer" else journals.captured
        book.post(SOURCE, order.id, "captured", made(order.id, order.price_fen))
    elif held != order.price_fen:
        raise Conflict("amount_differs", amount_fen=held)


def post_accepted(order: Order) -> None:
    """The price belongs to the provider, less the commission; released when the window is over."""
    amount, commission, vat = kept(order)
    if order.custody == Custody.DIRECT:
        lines = journals.commission_billed(order.id, order.provider_id, commission, vat)
        book.post(SOURCE, order.id, "commission_billed", lines)
        return
    lines = journals.accepted(order.id, order.provider_id, amount, commission, vat)
    book.post(SOURCE, order.id, "accepted", lines)


def post_cancelled(order: Order) -> None:
    """All goes back to the buyer: out of escrow, or the evidence of a direct payment is reversed."""
    if order.custody == Custody.DIRECT:
        entry = book.entry_for(SOURCE, order.id, "direct_paid")
        if entry is not None:
            book.reverse(entry)
        return
    lines = journals.refunded_before_acceptance(order.id, order.price_fen)
    book.post(SOURCE, order.id, "cancelled", lines)


def post_resolved(order: Order, refund_fen: int, *, was_accepted: bool) -> None:
    """A dispute's refund: out of escrow before acceptance, else out of both shares."""
    if not was_accepted:
        if order.custody != Custody.DIRECT:
            lines = journals.refunded_before_acceptance(order.id, refund_fen)
            book.post(SOURCE, order.id, "dispute_refunded", lines)
        order.refunded_fen += refund_fen
        if order.refunded_fen < order.price_fen or order.price_fen == 0:
            post_accepted(order)
        return
    commission, vat = journals.refund_split(
        order.price_fen,
        order.commission_fen,
        order.commission_vat_bp,
        order.refunded_fen,
        refund_fen,
    )
    if order.custody == Custody.DIRECT:
        lines = journals.commission_credited(order.id, order.provider_id, commission, vat)
    else:
        lines = journals.refunded_after_acceptance(
            order.id, order.provider_id, refund_fen, commission, vat
        )
    book.post(SOURCE, order.id, "dispute_refunded", lines)
    order.refunded_fen += refund_fen


def post_settled(order: Order) -> Entry | None:
    """The provider's share may be paid out. In direct custody the bill's entry stands for it."""
    if order.custody == Custody.DIRECT:
        return book.entry_for(SOURCE, order.id, "commission_billed")
    amount, commission, _vat = kept(order)
    lines = journals.released(order.id, order.provider_id, amount - commission)
    return book.post(SOURCE, order.id, "released", lines)
