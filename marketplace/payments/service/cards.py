"""Card payments: a buyer starts one; a job drives it, one written-down call at a time.

`next_move` says what to ask the gateway (no transaction is open while it is asked), `learn` takes
the answer in. An outcome we do not know is UNKNOWN, and only looking moves a payment from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.payments import gateway as gateways
from marketplace.payments.gateway import Answer, Outcome, Request
from marketplace.payments.models import GatewayCall, Payment
from marketplace.payments.patience import MINUTE, PATIENCE
from marketplace.payments.queries import live_payment
from marketplace.payments.service import secured
from marketplace.payments.states import DEAD, PAYMENT_LIFE, PaymentStatus
from marketplace.trading.models import Order
from marketplace.trading.states import Custody, OrderStatus

S = PaymentStatus
HALF_HOUR = 30 * MINUTE
MOST_REFUSALS = 8  # more than the workers that can race for one payment


class TestCard(StrEnum):
    """The named cards of a demo: names that a test gateway knows, never numbers."""

    GOOD = "pm_card_visa"
    DECLINED = "pm_card_chargeCustomerFail"


class Ask(StrEnum):
    """What a job does next with the gateway."""

    SEND = "send"
    FIND = "find"
    LOOK = "look"


@dataclass(frozen=True)
class Move:
    """One question to the gateway; `call_id` is the call that was written down."""

    ask: Ask
    payment_id: UUID
    reference: str = ""
    call_id: UUID | None = None
    request: Request | None = None


def is_offered(order: Order) -> bool:
    """Whether this order can be paid by card here."""
    settings = holdings().settings
    return gateways.gateway_of(settings) is not None and order.custody != Custody.DIRECT


def start_card(actor: Actor, order_id: UUID, test_card: str | None = None) -> Payment:
    """Begin to pay an order by card. A second click finds the attempt that is under way.

    Conflict `order_not_payable`, `card_not_offered`, `payment_in_progress`.
    """
    require(actor, Permission.PAYMENT_MAKE)
    require_verified(actor)
    order = hold(visible(actor, Order), order_id)
    if not actor.belongs_to(order.buyer_id):
        raise Forbidden("wrong_organisation")
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise Conflict("order_not_payable", status=order.status)
    if not is_offered(order):
        raise Conflict("card_not_offered")
    if instance().is_demo != (test_card is not None):
        raise Invalid("test_card_required", {"test_card": ["test_card_required"]})
    alive = live_payment(order.id)
    if alive is not None:
        if alive.method == "card" and alive.test_card == test_card:
            return alive
        raise Conflict("payment_in_progress", payment_id=str(alive.id))
    payment = new_attempt(order, "card", status=S.CREATED, test_card=test_card)
    payment.next_check_at = now() + MINUTE
    born(payment, actor, "payment.created", method="card")
    return payment


def new_attempt(order: Order, method: str, **given: Any) -> Payment:
    """The next attempt of an order that is held, not yet added."""
    query = select(func.coalesce(func.max(Payment.attempt_no), 0)).where(
        Payment.order_id == order.id
    )
    gateway = gateways.gateway_of(holdings().settings)
    is_live = not instance().is_demo and (method != "card" or bool(gateway and gateway.is_live))
    return Payment(
        order_id=order.id,
        buyer_id=order.buyer_id,
        provider_id=order.provider_id,
        attempt_no=(db.session.scalar(query) or 0) + 1,
        method=method,
        custody=order.custody,
        amount_fen=order.price_fen,
        is_simulated=not is_live,
        **given,
    )


def cancel(actor: Actor, payment_id: UUID) -> Payment:
    """Give an attempt up before anything was sent, or while the gateway's page is open."""
    payment = _hold_with_order(actor, payment_id)[1]
    require_verified(actor)
    PAYMENT_LIFE.take(actor, payment, "cancel")
    payment.next_check_at = None
    if payment.gateway_id or payment.checkout_id:
        queue.enqueue("payments.let_go", payment.id)
    return payment


def ask_sync(actor: Actor, payment_id: UUID) -> Payment:
    """Look again soon. A return from the gateway's page triggers this and marks nothing paid."""
    payment = find(visible(actor, Payment), payment_id)
    if payment.is_live:
        queue.enqueue("payments.drive", payment.id)
    return payment


def next_move(actor: Actor, payment_id: UUID, *, looked: bool = False) -> Move | None:
    """What to ask the gateway now, written down; None when there is nothing to do.

    A request whose answer we never saw is not sent again before we `looked`.
    """
    order, payment = _hold_with_order(actor, payment_id)
    if not payment.is_live or payment.method != "card":
        return None
    if payment.status == S.CREATED:
        if order.status != OrderStatus.AWAITING_PAYMENT:
            PAYMENT_LIFE.take(actor, payment, "void")
            return None
        PAYMENT_LIFE.take(actor, payment, "send")
        return _write(payment, "create", _creation(order, payment))
    if payment.status == S.UNKNOWN or not payment.gateway_status:
        return _search(payment)
    if not looked and _has_open_call(payment):
        return _search(payment)
    if payment.gateway_status == "requires_confirmation":
        request = gateways.confirm_intent(_key(payment, "confirm"), payment.gateway_id or "")
        return _write(payment, "confirm", request)
    if payment.status == S.AUTHORIZED:
        payable = order.status in {OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED}
        return _settle_hold(payment, "capture" if payable else "cancel")
    return _search(payment) if _is_due(payment) else None


def search_move(actor: Actor, payment_id: UUID) -> Move | None:
    """Look at what the gateway has, whatever we believe: for notices and dead attempts."""
    payment = _hold_with_order(actor, payment_id)[1]
    is_begun = payment.method == "card" and payment.status != S.CREATED
    return _search(payment) if is_begun else None


def let_go_move(actor: Actor, payment_id: UUID) -> Move | None:
    """Tell the gateway that a cancelled attempt is over."""
    payment = _hold_with_order(actor, payment_id)[1]
    if payment.status not in DEAD:
        return None
    if payment.gateway_id:
        return _settle_hold(payment, "cancel")
    if payment.checkout_id:
        key = _key(payment, "expire")
        return _write(payment, "expire", gateways.expire_checkout(key, payment.checkout_id))
    return None


def learn(actor: Actor, move: Move, answer: Answer) -> bool:
    """Take an answer in; whether the job should go on."""
    order, payment = _hold_with_order(actor, move.payment_id)
    if move.call_id is not None:
        note_answer(move.call_id, answer)
    payment.next_check_at = _next_check(payment)
    if answer.outcome is Outcome.OK:
        payment.failure_code, payment.checks = "", 0
        _adopt(actor, order, payment, answer.body)
        return True
    if answer.outcome is Outcome.DECLINED:
        if payment.is_live:
            PAYMENT_LIFE.take(actor, payment, "decline", code=answer.code)
            payment.failure_code, payment.next_check_at = answer.code or "card_declined", None
        return False
    return _in_trouble(actor, payment, move, answer)


def nothing_found(actor: Actor, move: Move) -> bool:
    """The gateway knows nothing of this attempt: the first request never arrived; send it again."""
    order, payment = _hold_with_order(actor, move.payment_id)
    if payment.status == S.UNKNOWN:
        PAYMENT_LIFE.take(actor, payment, "resume")
    if not payment.is_live or order.status != OrderStatus.AWAITING_PAYMENT:
        if payment.is_live:
            PAYMENT_LIFE.take(actor, payment, "void")
        return False
    return True


def resend_move(actor: Actor, payment_id: UUID) -> Move | None:
    """The first request once more, under its key."""
    order, payment = _hold_with_order(actor, payment_id)
    if payment.status != S.PROCESSING or payment.gateway_id or payment.checkout_id:
        return None
    return _write(payment, "create", _creation(order, payment))


def note_answer(call_id: UUID, answer: Answer) -> None:
    """Write down how a call ended."""
    call = hold(everything(GatewayCall), call_id)
    call.state = "unknown" if answer.outcome is Outcome.UNKNOWN else "answered"
    call.outcome, call.http_status = str(answer.outcome), answer.status
    call.error_code, call.request_id = answer.code, answer.request_id
    call.answered_at = now()


def write_call(subject: Payment | Any, operation: str, request: Request) -> UUID:
    """Write a request down before it is sent; sent again, the same row counts it."""
    query = (
        select(GatewayCall).where(GatewayCall.key == request.key).with_for_update(key_share=True)
    )
    call = db.session.scalars(query).one_or_none()
    if call is None:
        call = add(
            GatewayCall(
                subject_type=subject.__tablename__,
                subject_id=subject.id,
                operation=operation,
                key=request.key,
                path=request.path,
                body=request.body,
            )
        )
    assert call.body == request.body, "one key never carries two requests"
    call.state, call.sends = "sent", call.sends + 1
    return call.id


def _hold_with_order(actor: Actor, payment_id: UUID) -> tuple[Order, Payment]:
    """The order first, then its payment: one order of locks everywhere."""
    seen = find(visible(actor, Payment), payment_id)
    order = hold(everything(Order), seen.order_id)
    return order, hold(visible(actor, Payment), payment_id)


def _has_open_call(payment: Payment) -> bool:
    query = select(GatewayCall.id).where(
        GatewayCall.subject_id == payment.id, GatewayCall.state != "answered"
    )
    return db.session.scalar(query.limit(1)) is not None


def _creation(order: Order, payment: Payment) -> Request:
    key = _key(payment, "create")
    names = {"attempt_id": str(payment.id), "order_id": str(order.id)}
    if payment.test_card:
        return gateways.create_intent(
            key, payment.amount_fen, payment_method=payment.test_card, **names
        )
    back = f"{instance().public_url}/payments/{payment.id}?back=1"
    return gateways.create_checkout(
        key, payment.amount_fen, title=f"Order {order.number}", back=back, **names
    )


def _key(payment: Payment, operation: str) -> str:
    return f"{instance().mode}:payments:{payment.id}:{operation}:{payment.attempt_no}"


def _write(payment: Payment, operation: str, request: Request) -> Move:
    return Move(
        Ask.SEND, payment.id, call_id=write_call(payment, operation, request), request=request
    )


def _settle_hold(payment: Payment, operation: str) -> Move:
    build = gateways.capture_intent if operation == "capture" else gateways.cancel_intent
    return _write(payment, operation, build(_key(payment, operation), payment.gateway_id or ""))


def _search(payment: Payment) -> Move:
    if payment.gateway_id:
        return Move(Ask.LOOK, payment.id, payment.gateway_id)
    if payment.checkout_id:
        return Move(Ask.LOOK, payment.id, payment.checkout_id)
    return Move(Ask.FIND, payment.id, str(payment.id))


def _adopt(actor: Actor, order: Order, payment: Payment, body: Mapping[str, Any]) -> None:
    """Take over what an intent or a checkout session says."""
    if body.get("object") == "checkout.session":
        _adopt_checkout(actor, payment, body)
        return
    payment.gateway_id = str(body.get("id", ""))
    payment.gateway_status = str(body.get("status", ""))[:40]
    converge(actor, order, payment, body)


def _adopt_checkout(actor: Actor, payment: Payment, body: Mapping[str, Any]) -> None:
    payment.checkout_id = str(body.get("id", ""))
    intent = body.get("payment_intent")
    if intent:
        payment.gateway_id = str(intent["id"] if isinstance(intent, Mapping) else intent)
    if body.get("status") == "expired" and payment.is_live:
        PAYMENT_LIFE.take(actor, payment, "expire")
        return
    url = str(body.get("url") or "")
    if url.startswith("https://"):
        payment.checkout_url = url
    if payment.status in {S.PROCESSING, S.UNKNOWN}:
        PAYMENT_LIFE.take(actor, payment, "ask_buyer")
    payment.gateway_status = payment.gateway_status or "requires_payment_method"


def converge(actor: Actor, order: Order, payment: Payment, intent: Mapping[str, Any]) -> None:
    """Move a payment to where the gateway says it is: forward only, what is stale changes nothing."""
    status = payment.gateway_status
    if status in {"requires_capture", "succeeded"} and not _amount_fits(payment, intent):
        if payment.is_live or payment.status in DEAD:
            PAYMENT_LIFE.take(actor, payment, "park", reason="amount_differs")
            payment.failure_code, payment.next_check_at = "amount_differs", None
        return
    if status == "succeeded":
        if payment.is_live or payment.status in DEAD:
            secured.take_card(actor, order, payment)
        return
    if not payment.is_live:
        return
    _converge_open(actor, payment, status, intent)


def _converge_open(actor: Actor, payment: Payment, status: str, intent: Mapping[str, Any]) -> None:
    failed = bool(intent.get("last_payment_error"))
    if status == "canceled":
        PAYMENT_LIFE.take(actor, payment, "void")
        payment.next_check_at = None
    elif status == "requires_capture" and payment.status != S.AUTHORIZED:
        PAYMENT_LIFE.take(actor, payment, "authorize")
    elif status == "requires_action" and payment.status != S.REQUIRES_ACTION:
        PAYMENT_LIFE.take(actor, payment, "ask_buyer")
    elif status == "requires_payment_method" and failed and not payment.checkout_id:
        error = intent.get("last_payment_error") or {}
        payment.failure_code = str(error.get("decline_code") or error.get("code") or "")[:80]
        PAYMENT_LIFE.take(actor, payment, "decline", code=payment.failure_code)
        payment.next_check_at = None
    elif payment.status == S.UNKNOWN:
        PAYMENT_LIFE.take(actor, payment, "resume")


def _amount_fits(payment: Payment, intent: Mapping[str, Any]) -> bool:
    amount = intent.get("amount_received") if payment.gateway_status == "succeeded" else None
    amount = amount if amount is not None else intent.get("amount")
    return amount == payment.amount_fen and str(intent.get("currency", "")).upper() == "CNY"


def _in_trouble(actor: Actor, payment: Payment, move: Move, answer: Answer) -> bool:
    payment.failure_code = answer.code or f"gateway_{answer.outcome}"
    if answer.outcome is Outcome.UNKNOWN:
        if payment.status in {S.PROCESSING, S.REQUIRES_ACTION, S.AUTHORIZED}:
            PAYMENT_LIFE.take(actor, payment, "lose")
        payment.checks += 1
        if payment.checks >= len(PATIENCE):
            _park(actor, payment, "gateway_silent")
        return move.ask is Ask.SEND  # look at once; a second silence waits for the janitor
    if answer.outcome in {Outcome.STATE, Outcome.BUG}:
        if move.ask is Ask.SEND and payment.gateway_id and payment.is_live:
            if payment.status != S.UNKNOWN:
                PAYMENT_LIFE.take(actor, payment, "lose")
            payment.checks += 1
            if payment.checks < MOST_REFUSALS:
                return True  # perhaps another worker was faster: look
        _park(actor, payment, payment.failure_code)
    return False  # busy, throttled, configuration: later, by the janitor


def _park(actor: Actor, payment: Payment, reason: str) -> None:
    payment.next_check_at = None
    if payment.is_live:
        PAYMENT_LIFE.take(actor, payment, "park", reason=reason)


def _is_due(payment: Payment) -> bool:
    return payment.next_check_at is not None and payment.next_check_at <= now()


def _next_check(payment: Payment) -> datetime:
    if payment.status == S.REQUIRES_ACTION:
        return now() + HALF_HOUR
    return now() + PATIENCE[min(payment.checks, len(PATIENCE) - 1)]
