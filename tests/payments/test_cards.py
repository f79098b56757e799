"""Card payments against a real localstripe, through a proxy that misbehaves on request."""

import json
import threading
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.access import Role, system
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, NotFound
from marketplace.core.queue import Worker
from marketplace.ledger import book
from marketplace.ledger.models import Entry
from marketplace.payments import jobs, service, webhooks
from marketplace.payments.models import GatewayCall, GatewayNotice, Payment, Refund
from marketplace.trading import service as trading
from marketplace.trading.models import Order
from tests.factories import accounts, payments
from tests.payments.conftest import SECRET
from tests.simulators.proxy import Proxy

GOOD, BAD = service.TestCard.GOOD, service.TestCard.DECLINED


def start(sides: payments.Sides, card: str = GOOD) -> Any:
    with transaction():
        return service.start_card(sides.buyer, sides.order.id, card).id


def again(payment_id: Any) -> Payment:
    db.session.rollback()
    return find(everything(Payment), payment_id)


def charges(proxy: Proxy) -> list[Any]:
    answer = requests.get(
        f"http://127.0.0.1:{proxy.target[1]}/v1/charges", auth=("sk_test_x", ""), timeout=5
    )
    return [one for one in answer.json()["data"] if one["captured"] and one["paid"]]


def test_a_good_card_secures_the_order(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")

    payment_id = start(sides)
    jobs.drive(payment_id)

    payment = again(payment_id)
    assert payment.status == "captured"
    assert payment.is_simulated
    order = find(everything(Order), sides.order.id)
    assert order.status == "secured"
    assert book.balance("2241.01", order_id=order.id) == order.price_fen
    assert len(charges(cards)) == 1


def test_a_refused_card_leaves_the_order_open_for_another(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")

    first = start(sides, BAD)
    jobs.drive(first)
    second = start(sides)
    jobs.drive(second)

    assert again(first).status == "declined"
    assert again(first).failure_code == "card_declined"
    assert again(second).status == "captured"
    assert again(second).attempt_no == 2


def test_a_double_click_is_one_attempt(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")

    assert start(sides) == start(sides)
    with pytest.raises(Conflict, match="payment_in_progress"):
        start(sides, BAD)


@pytest.mark.parametrize("words", ["payment_intents HTTP", "/confirm", "/capture"])
@pytest.mark.parametrize("kind", ["cut", "lost"])
def test_an_answer_that_never_came_charges_once(cards: Proxy, kind: str, words: str) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    cards.fault(kind, f"POST /v1/{words}" if "HTTP" in words else words)

    jobs.drive(payment_id)
    if again(payment_id).status != "captured":
        jobs.sync(payment_id)

    assert again(payment_id).status == "captured"
    assert len(charges(cards)) == 1
    assert len(everything_of(Entry, "payments")) == 1


def test_a_request_that_arrived_twice_charges_once(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    cards.fault("twice", "/capture")

    jobs.drive(payment_id)

    assert again(payment_id).status == "captured"
    assert len(charges(cards)) == 1


def test_a_server_that_stays_silent_leaves_the_attempt_unknown(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    cards.fault("cut", "/confirm")
    cards.fault("lost", "GET /v1/payment_intents/pi_")

    jobs.drive(payment_id)
    assert again(payment_id).status == "unknown"
    with pytest.raises(Conflict):
        start(sides, BAD)
    jobs.sync(payment_id)

    assert again(payment_id).status == "captured"


def test_a_crash_before_sending_looks_first(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    with transaction():  # the worker died after it wrote the call down
        service.next_move(system("payments"), payment_id)

    jobs.drive(payment_id)

    assert again(payment_id).status == "captured"
    lines = [one for one in cards.seen if "payment_intents" in one]
    assert lines[0].startswith("GET")
    call = db.session.scalars(select(GatewayCall).where(GatewayCall.operation == "create")).one()
    assert call.sends == 2
    assert call.key.endswith(f":{payment_id}:create:1")


def test_an_amount_that_differs_is_parked(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    jobs.drive(payment_id)  # captured truly; a second attempt claims another sum
    other = payments.awaiting(method="card")
    other_id = start(other)
    with transaction():
        service.next_move(system("payments"), other_id)
        payment = find(everything(Payment), other_id)
        found = find(everything(Payment), payment_id).gateway_id
        move = service.Move(service.Ask.LOOK, other_id, str(found))
        answer = service.cards.Answer(
            service.cards.Outcome.OK,
            200,
            {"id": "pi_other", "status": "succeeded", "amount": 5, "currency": "cny"},
        )
        service.learn(system("payments"), move, answer)
        assert payment.status == "parked"
    assert find(everything(Order), other.order.id).status == "awaiting_payment"


def test_success_on_a_dead_attempt_goes_back(cards: Proxy, worker: Worker) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    jobs.drive(payment_id)
    second = payments.awaiting(method="card")
    late = start(second)
    with transaction():
        trading.cancel(second.buyer, second.order.id)
        payment = find(everything(Payment), late)
        service.cancel(second.buyer, late)
        payment.gateway_id = "pi_late"
    with transaction():
        move = service.Move(service.Ask.LOOK, late, "pi_late")
        body = {
            "id": again_id(payment_id),
            "status": "succeeded",
            "amount": second.order.price_fen,
            "currency": "cny",
        }
        first = find(everything(Payment), payment_id)
        first.gateway_id = None
        db.session.flush()
        service.learn(
            system("payments"), move, service.cards.Answer(service.cards.Outcome.OK, 200, body)
        )
    worker.drain()

    db.session.rollback()
    assert find(everything(Payment), late).is_duplicate
    refund = db.session.scalars(select(Refund).where(Refund.payment_id == late)).one()
    assert refund.status == "succeeded"
    assert book.balance("2241.01", order_id=second.order.id) == 0
    assert book.balance("2241.05", order_id=second.order.id) == 0


def again_id(payment_id: Any) -> str:
    return str(find(everything(Payment), payment_id).gateway_id)


def test_a_cancelled_order_is_refunded_by_card(cards: Proxy, worker: Worker) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    jobs.drive(payment_id)
    cards.fault("cut", "/v1/refunds HTTP")
    with transaction():
        trading.cancel(sides.buyer, sides.order.id)
    jobs.return_order(sides.order.id)
    refund_id = db.session.scalars(select(Refund.id)).one()

    jobs.send_refund(refund_id)
    assert find(everything(Refund), refund_id).status == "unknown"
    db.session.rollback()
    jobs.send_refund(refund_id)

    assert again(payment_id).status == "refunded"
    posts = [one for one in cards.seen if one.startswith("POST /v1/refunds")]
    assert len(posts) == 1
    assert book.balance("2241.05", order_id=sides.order.id) == 0


def everything_of(model: Any, source: str) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.source_type == source)))


def event(payment: Payment, order_id: Any, number: int = 1) -> bytes:
    stamp = int(now().timestamp())
    subject = {
        "id": payment.gateway_id or "pi_unknown",
        "metadata": {"attempt_id": str(payment.id)},
    }
    told = {
        "id": f"evt_{number}",
        "type": "payment_intent.succeeded",
        "created": stamp,
        "data": {"object": subject},
    }
    return json.dumps(told).encode()


def signed(raw: bytes) -> dict[str, str]:
    return {"Stripe-Signature": webhooks.sign(raw, SECRET, int(now().timestamp()))}


def test_a_payment_told_twice_is_one_payment(
    cards: Proxy, client: FlaskClient, worker: Worker
) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    raw = event(again(payment_id), sides.order.id)

    answers = [client.post("/hooks/stripe", data=raw, headers=signed(raw)) for _ in range(3)]
    worker.drain()

    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len(db.session.scalars(select(GatewayNotice)).all()) == 1
    assert again(payment_id).status == "captured"
    assert len(everything_of(Entry, "payments")) == 1


def test_a_notice_without_a_good_signature_is_not_kept(cards: Proxy, client: FlaskClient) -> None:
    answer = client.post("/hooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=0"})

    assert answer.status_code == 400
    assert not db.session.scalars(select(GatewayNotice)).all()


def test_six_workers_and_one_payment(app: Flask, cards: Proxy) -> None:
    sides = payments.awaiting(method="card")
    payment_id = start(sides)
    raws = [event(again(payment_id), sides.order.id, number) for number in range(6)]
    ids = []
    for raw in raws:
        with transaction():
            notice = service.receive(raw, "webhook")
            assert notice is not None
            ids.append(notice.id)
    failures: list[Exception] = []

    def work(notice_id: Any) -> None:
        with app.app_context():
            for _ in range(6):
                try:
                    jobs.notice(notice_id)
                except Exception as wrong:  # noqa: BLE001 - the queue would try again
                    db.session.remove()
                    failures.append(wrong)
                else:
                    return
            raise AssertionError(failures)

    db.session.remove()
    threads = [threading.Thread(target=work, args=(one,)) for one in ids]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    jobs.sync(payment_id)

    assert again(payment_id).status == "captured"
    assert len(everything_of(Entry, "payments")) == 1
    assert find(everything(Order), sides.order.id).status == "secured"
    assert not db.session.scalars(select(Refund)).all()
    assert len(charges(cards)) == 1


def test_events_are_caught_up_on_while_a_payment_is_open(cards: Proxy, worker: Worker) -> None:
    done = payments.awaiting(method="card")
    jobs.drive(start(done))
    open_one = payments.awaiting(method="card")
    start(open_one)

    jobs.catch_up()
    jobs.catch_up()

    notices = db.session.scalars(select(GatewayNotice)).all()
    assert [one.type for one in notices] == ["payment_intent.succeeded"]
    assert notices[0].source == "catch_up"


def test_only_the_buyers_people_pay(cards: Proxy) -> None:
    sides = payments.awaiting(method="card")

    clerk, strange = accounts.staff(Role.FINANCE_CLERK), accounts.actor(Role.BUYER)
    with pytest.raises(Forbidden), transaction():
        service.start_card(clerk, sides.order.id, GOOD)
    with pytest.raises(NotFound), transaction():
        service.start_card(strange, sides.order.id, GOOD)
    with pytest.raises(Forbidden), transaction():
        service.start_card(sides.provider, sides.order.id, GOOD)


def test_no_card_field_is_taken(cards: Proxy, client: FlaskClient) -> None:
    sides = payments.awaiting(method="card")
    accounts.sign_in(client, sides.buyer)

    page = client.post(
        f"/payments/orders/{sides.order.id}/card",
        data={"test_card": GOOD, "card_number": "4242424242424242"},
    )
    program = client.post(
        f"/api/v1/orders/{sides.order.id}/payments",
        json={"test_card": GOOD, "number": "4242424242424242"},
        headers=accounts.bearer(sides.buyer),
    )

    assert page.status_code == 422
    assert program.status_code == 422
    assert not db.session.scalars(select(Payment)).all()
