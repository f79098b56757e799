"""What follows: driving payments and refunds at the gateway, matching bank lines, catching up.

Each question to the gateway is written down in one transaction, asked with none open, and its
answer taken in by another. Everything here may run twice.
"""

import json
import logging
from datetime import timedelta
from uuid import UUID

from marketplace.core import queue
from marketplace.core.access import system
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.holdings import holdings
from marketplace.payments import gateway as gateways
from marketplace.payments import queries, service
from marketplace.payments.gateway import Answer, Gateway, Outcome
from marketplace.payments.models import Payment, Refund
from marketplace.payments.service import Ask, Move

log = logging.getLogger(__name__)
ME = system("payments")
MOST_MOVES = 10
OVERLAP = timedelta(hours=48)


def drive(payment_id: UUID) -> None:
    """Take a card payment as far as the gateway lets it go now."""
    gateway = _gateway()
    if gateway is None:
        return
    looked = False
    for _ in range(MOST_MOVES):
        with transaction():
            move = service.next_move(ME, payment_id, looked=looked)
        if move is None or not _make(gateway, move):
            return
        looked = move.ask is not Ask.SEND


def let_go(payment_id: UUID) -> None:
    """Tell the gateway that the buyer gave up; a success that came first goes back."""
    gateway = _gateway()
    if gateway is None:
        return
    with transaction():
        move = service.let_go_move(ME, payment_id)
    if move is not None:
        _make(gateway, move)
        sync(payment_id)


def sync(payment_id: UUID) -> None:
    """Look at the gateway's object, whatever we believe, and go on from there."""
    gateway = _gateway()
    if gateway is None:
        return
    with transaction():
        move = service.search_move(ME, payment_id)
    if move is None or _make(gateway, move):
        drive(payment_id)


def notice(notice_id: UUID) -> None:
    """A notice only says where to look."""
    with transaction():
        state, payment = service.subject_of(notice_id)
        payment_id = payment.id if payment else None
    if state != "received":
        return
    if payment_id is not None:
        sync(payment_id)
    with transaction():
        service.close(notice_id, "done" if payment_id else "ignored")


def match(receipt_id: UUID) -> None:
    """Find the order that a bank line pays."""
    with transaction():
        service.match(ME, receipt_id)


def send_refund(refund_id: UUID) -> None:
    """Send an approved card refund, or find out what became of it."""
    gateway = _gateway()
    if gateway is None:
        return
    with transaction():
        refund, ask = service.refunds.next_move(ME, refund_id)
        if not ask:
            return
        request = service.refunds.gateway_request(refund)
        intent_id, known = dict(request.body).get("payment_intent", ""), refund.gateway_id
        call_id = service.write_call(refund, "refund", request) if ask == "send" else None
    if ask == "look" and known:
        answer = gateway.refund(known)
    elif ask == "find":
        found = gateway.find_refund(intent_id, str(refund_id))
        if found is None:
            with transaction():
                refund = find(everything(Refund), refund_id)
                call_id = service.write_call(refund, "refund", request)
            answer = gateway.send(request)
        else:
            answer = Answer(Outcome.OK, 200, found)
    else:
        answer = gateway.send(request)
    with transaction():
        if call_id is not None:
            service.note_answer(call_id, answer)
        service.refunds.learn(ME, refund_id, answer)


def return_order(order_id: UUID) -> None:
    """An order was cancelled, or a dispute decided: what the buyer is owed goes back."""
    with transaction():
        service.return_order(ME, order_id)


def bill_commission(order_id: UUID) -> None:
    """Direct custody: bill the provider."""
    with transaction():
        service.bill_commission(ME, order_id)


def release_open_payment(order_id: UUID) -> None:
    """The order is no longer to be paid: an attempt under way is looked at and let go."""
    with transaction():
        payment = queries.live_payment(order_id)
        if payment is not None and payment.method == "card":
            queue.enqueue("payments.drive", payment.id)


def janitor() -> None:
    """Look at what the gateway left open."""
    with transaction():
        due, refunds = queries.due_payments(), queries.due_refunds()
        for payment_id in due:
            queue.enqueue("payments.sync", payment_id)
            find(everything(Payment), payment_id).next_check_at = now() + timedelta(minutes=1)
        for refund_id in refunds:
            queue.enqueue("payments.refund", refund_id)
            find(everything(Refund), refund_id).next_check_at = now() + timedelta(minutes=1)


def catch_up() -> None:
    """While a card payment is open, and at start: the events that no webhook brought."""
    gateway = _gateway()
    if gateway is None:
        return
    with transaction():
        newest = queries.newest_notice()
        is_open = queries.is_card_open()
        since = (newest.occurred_at if newest else now()) - OVERLAP
    if not is_open:
        return
    for event in gateway.events(int(since.timestamp())):
        raw = json.dumps(event, ensure_ascii=False).encode()
        with transaction():
            service.receive(raw, "catch_up")


def reconcile() -> None:
    """Compare the gateway's balance with the book, line by line; differences are a person's work."""
    gateway = _gateway()
    if gateway is None:
        return
    rows = list(gateway.balance_transactions())
    with transaction():
        for row in rows:
            _compare(str(row.get("id", "")), str(row.get("source", "")), int(row.get("amount", 0)))


def _compare(reference: str, source: str, amount: int) -> None:
    if source.startswith("re_"):
        query = everything(Refund).where(Refund.gateway_id == source)
        known = db.session.scalars(query).one_or_none()
        if known is None or known.amount_fen != -amount:
            service.note_mismatch(reference, "refund", amount)


def _make(gateway: Gateway, move: Move) -> bool:
    """Ask one question with no transaction open and take the answer in; whether to go on."""
    if move.ask is Ask.FIND:
        found = gateway.find_intent(move.reference)
        if found is None:
            return _send_again(gateway, move)
        answer = Answer(Outcome.OK, 200, found)
    elif move.ask is Ask.LOOK:
        is_checkout = move.reference.startswith("cs_")
        answer = (gateway.checkout if is_checkout else gateway.intent)(move.reference)
    else:
        assert move.request is not None
        answer = gateway.send(move.request)
    with transaction():
        goes_on = service.learn(ME, move, answer)
    if answer.outcome in {Outcome.BUG, Outcome.CONFIG}:
        log.error("the gateway refused a request", extra={"code": answer.code})
    return goes_on


def _send_again(gateway: Gateway, move: Move) -> bool:
    with transaction():
        goes_on = service.nothing_found(ME, move)
        again = service.resend_move(ME, move.payment_id) if goes_on else None
    return again is not None and _make(gateway, again)


def _gateway() -> Gateway | None:
    return gateways.gateway_of(holdings().settings)
