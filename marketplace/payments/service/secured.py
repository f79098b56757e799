"""The one place where money that arrived becomes a secured order, in one transaction.

Called with the order held. Told twice, in any order, by six workers: one payment, one entry.
"""

from marketplace.core.access import Actor, system
from marketplace.core.clock import now
from marketplace.core.errors import Conflict
from marketplace.ledger import book, journals
from marketplace.payments.models import Payment
from marketplace.payments.service import refunds
from marketplace.payments.states import PAYMENT_LIFE
from marketplace.trading import service as trading
from marketplace.trading.models import Order
from marketplace.trading.states import Custody


def take_card(actor: Actor, order: Order, payment: Payment) -> None:
    """The gateway has the money: post it, secure the order, or give it back when nobody owes it."""
    PAYMENT_LIFE.take(actor, payment, "capture", amount_fen=payment.amount_fen)
    payment.captured_at, payment.next_check_at = now(), None
    book.post(
        "payments",
        payment.id,
        "captured",
        journals.captured(order.id, payment.amount_fen, "card"),
    )
    secure_or_return(actor, order, payment)


def secure_or_return(actor: Actor, order: Order, payment: Payment) -> None:
    """Secure the order; what arrives for one that is paid, cancelled or gone goes back."""
    try:
        secure(actor, order, payment)
    except Conflict:
        payment.is_duplicate = True
        refunds.return_at_once(system("payments"), payment)


def secure(actor: Actor, order: Order, payment: Payment) -> None:
    """Tell trading what secured the order; it refuses (Conflict) when the order can no longer be."""
    trading.secure(
        system("payments") if not actor.is_system else actor,
        order.id,
        payment_id=payment.id,
        channel="direct" if order.custody == Custody.DIRECT else payment.method,
        amount_fen=payment.amount_fen,
        simulated=payment.is_simulated,
    )
