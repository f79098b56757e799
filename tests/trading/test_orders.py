"""An order from placing to settlement."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.core.access import Role
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from marketplace.core.ids import new_id
from marketplace.core.queue import Worker
from marketplace.ledger import book, log
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Entry
from marketplace.trading import jobs, queries, service
from marketplace.trading.models import Order, Settlement
from tests.conftest import sql
from tests.factories import accounts, trading

pytestmark = pytest.mark.usefixtures("app")
PRICE = 1_060_000
FEE = 31_800  # 3 %
SYSTEM = trading.SYSTEM


def fresh(order: Order) -> Order:
    db.session.rollback()
    return find(everything(Order), order.id)


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0


def move_back(order: Order, **days: int) -> None:
    """Make the order's instants earlier, as if time had gone by."""
    with transaction():
        row = find(everything(Order), order.id)
        for name, count in days.items():
            setattr(row, name, getattr(row, name) - timedelta(days=count))


def test_an_order_freezes_price_tax_fee_custody_and_invoice() -> None:
    order = trading.placed_order()

    assert (order.price_fen, order.vat_fen) == (PRICE, 60_000)
    assert (order.commission_bp, order.commission_fen, order.commission_vat_fen) == (300, FEE, 1800)
    assert order.custody == "licensed"
    assert order.status == "awaiting_payment"
    assert order.pay_by is not None
    assert order.invoice["amount_fen"] == PRICE
    assert order.invoice["buyer_credit_code"]


def test_a_life_from_payment_to_settlement_moves_the_money_to_the_fen() -> None:
    order = trading.placed_order()
    with transaction():
        service.secure(SYSTEM, order.id, channel="transfer", payment_id=new_id())
    assert book.balance(Code.ESCROW, order_id=order.id) == PRICE
    with transaction():
        service.mark_delivered(SYSTEM, order.id)
    with transaction():
        service.first_use(SYSTEM, order.id)
    assert book.balance(Code.ESCROW, order_id=order.id) == 0
    assert book.balance(Code.PROVIDER_HELD, order.provider_id) == PRICE - FEE
    with transaction():
        settlement = service.settle(SYSTEM, order.id)

    assert book.balance(Code.PROVIDER_AVAILABLE, order.provider_id) == PRICE - FEE
    assert book.balance(Code.COMMISSION_REVENUE) == FEE - 1800
    assert (settlement.amount_fen, settlement.commission_fen) == (PRICE, FEE)
    assert settlement.simulated
    assert (settlement.sector, settlement.data_kind) == ("transport", "enterprise")
    entry = log.entry_of(settlement.id, "settlement")
    assert entry is not None
    assert entry.id == settlement.log_entry_id
    assert not entry.public
    journal = book.entry_for("orders", order.id, "released")
    assert journal is not None
    assert journal.id == settlement.entry_id


def test_with_windows_of_no_days_the_worker_finishes_the_life(worker: Worker) -> None:
    order_id = trading.delivered_order().id

    worker.drain()

    assert queries.order_by_id(order_id).status == "settled"
    assert queries.order_by_id(order_id).accepted_how == "silence"


def test_windows_keep_the_money_until_they_are_over(worker: Worker) -> None:
    order = trading.delivered_order(inspection_days=3, dispute_days=7)
    jobs.auto_accept(order.id)
    assert fresh(order).status == "delivered"
    move_back(order, inspect_by=3)
    jobs.auto_accept(order.id)
    assert fresh(order).status == "accepted"

    with pytest.raises(Conflict, match="dispute_window_open"):
        jobs.settle(order.id)
    move_back(order, dispute_until=7)
    jobs.settle(order.id)

    assert fresh(order).status == "settled"


def test_a_price_of_nothing_is_secured_while_placing_and_posts_nothing() -> None:
    order = trading.placed_order(price_fen=0)

    assert order.status == "secured"
    assert entries() == 0
    with transaction():
        service.mark_delivered(SYSTEM, order.id)
    with transaction():
        service.accept(SYSTEM, order.id, how="use")
    with transaction():
        settlement = service.settle(SYSTEM, order.id)
    assert settlement.amount_fen == 0
    assert settlement.entry_id is None


def test_direct_custody_holds_nothing_and_bills_the_commission() -> None:
    order = trading.settled_order(custody="direct")

    assert book.balance(Code.ESCROW) == 0
    assert book.balance(Code.DIRECT_EVIDENCE) == PRICE
    assert book.balance(Code.COMMISSION_RECEIVABLE, order.provider_id) == FEE
    settlement = queries.settlement_of(order.id)
    assert settlement is not None
    bill = book.entry_for("orders", order.id, "commission_billed")
    assert bill is not None
    assert settlement.entry_id == bill.id


@pytest.mark.parametrize(
    ("price", "custody", "method"),
    [(PRICE, "direct", "card"), (PRICE, "licensed", "free"), (0, "licensed", "card")],
)
def test_a_way_to_pay_that_does_not_exist_is_refused(price: int, custody: str, method: str) -> None:
    with pytest.raises(Invalid) as refused:
        trading.placed_order(price_fen=price, custody=custody, method=method)

    assert refused.value.fields == {"method": ["method_not_possible"]}


def test_the_same_key_gives_the_same_order_and_another_input_is_refused() -> None:
    between = trading.trade()
    contract = trading.signed_contract(between)
    with transaction():
        first = service.place(between.buyer, contract.id, method="transfer", key="k1")
    with transaction():
        again = service.place(between.buyer, contract.id, method="transfer", key="k1")
    assert first.id == again.id

    with pytest.raises(Conflict, match="idempotency_key_reused"), transaction():
        service.place(between.buyer, contract.id, method="card", key="k1")
    with pytest.raises(Conflict, match="order_exists"), transaction():
        service.place(between.buyer, contract.id, method="transfer", key="k2")


def test_only_the_buyers_purchasers_place_and_only_while_the_contract_performs() -> None:
    between = trading.trade()
    issued = trading.issued_contract(between)
    with pytest.raises(Conflict, match="contract_not_performing"), transaction():
        service.place(between.buyer, issued.id, method="transfer")

    contract = trading.signed_contract(
        trading.trade(provider=between.provider, buyer=between.buyer)
    )
    refusals: list[tuple[Any, type[Refusal]]] = [
        (between.provider, Forbidden),
        (accounts.member(between.provider.organisation_id, Role.BUYER), Forbidden),
        (accounts.actor(Role.BUYER), NotFound),
        (accounts.member(accounts.organisation(verified=False), Role.BUYER), Forbidden),
        (accounts.staff(Role.OPERATOR), Forbidden),
    ]
    for actor, refusal in refusals:
        with pytest.raises(refusal), transaction():
            service.place(actor, contract.id, method="transfer")


def test_an_unpaid_order_expires_and_late_money_revives_it_once() -> None:
    order = trading.placed_order(method="card")
    jobs.expire(order.id)
    assert fresh(order).status == "awaiting_payment"
    move_back(order, pay_by=1)
    jobs.expire(order.id)
    jobs.expire(order.id)
    assert fresh(order).status == "expired"

    with transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=new_id())
    assert fresh(order).status == "secured"


def test_late_money_for_an_ended_contract_buys_nothing() -> None:
    between = trading.trade()
    contract = trading.signed_contract(between)
    with transaction():
        order = service.place(between.buyer, contract.id, method="card")
    move_back(order, pay_by=1)
    jobs.expire(order.id)
    with transaction():
        service.end(between.buyer, contract.id, "not_needed")

    with pytest.raises(Conflict, match="order_not_payable"), transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=new_id())


def test_a_second_payment_and_a_wrong_amount_secure_nothing() -> None:
    order, payment = trading.placed_order(), new_id()
    with pytest.raises(Conflict, match="amount_differs"), transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=payment, amount_fen=PRICE - 1)
    with transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=payment, amount_fen=PRICE)
    with transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=payment, amount_fen=PRICE)

    with pytest.raises(Conflict, match="order_secured_already"), transaction():
        service.secure(SYSTEM, order.id, channel="card", payment_id=new_id())
    assert entries() == 1


def test_cancelling_a_paid_order_owes_the_whole_price_back() -> None:
    order = trading.secured_order()
    buyer = accounts.member(order.buyer_id, Role.BUYER)

    with transaction():
        service.cancel(buyer, order.id, reason="不再需要")

    assert fresh(order).status == "cancelled"
    assert book.balance(Code.ESCROW, order_id=order.id) == 0
    assert book.balance(Code.REFUND_PAYABLE, order_id=order.id) == PRICE


def test_a_provider_who_does_not_deliver_loses_the_order() -> None:
    order = trading.secured_order()
    jobs.give_back(order.id)
    assert fresh(order).status == "secured"
    move_back(order, deliver_by=4)
    jobs.give_back(order.id)
    jobs.give_back(order.id)

    assert fresh(order).status == "cancelled"
    assert fresh(order).cancel_reason == "not_delivered"


def test_a_provider_cannot_say_delivered_for_data_on_the_platform() -> None:
    order = trading.secured_order()
    provider = accounts.member(order.provider_id, Role.PROVIDER)

    with pytest.raises(Conflict, match="delivered_by_platform"), transaction():
        service.mark_delivered(provider, order.id)
    with transaction():
        service.decline(provider, order.id, reason="文件损坏")
    assert fresh(order).status == "cancelled"


def test_ending_a_contract_cancels_what_was_not_delivered() -> None:
    order = trading.secured_order()
    buyer = accounts.member(order.buyer_id, Role.BUYER)

    with transaction():
        service.end(buyer, order.contract_id, "late_delivery", "三天未交付")

    assert fresh(order).status == "cancelled"
    assert not queries.is_contract_alive(order.contract_id)
    assert book.balance(Code.REFUND_PAYABLE, order_id=order.id) == PRICE


def test_a_settlement_and_a_signature_are_never_changed() -> None:
    trading.settled_order()

    for statement in (
        "UPDATE settlements SET amount_fen = 1",
        "DELETE FROM settlements",
        "DELETE FROM signatures",
        "UPDATE rounds SET price_fen = 1",
    ):
        db.session.rollback()
        with pytest.raises(Exception, match="append-only"):
            sql(statement)


def test_six_workers_secure_and_settle_one_order_once(app: Flask) -> None:
    order, payment = trading.placed_order(), new_id()
    order_id = order.id
    db.session.remove()

    def secure(_n: int) -> str:
        with app.app_context():
            try:
                with transaction():
                    service.secure(SYSTEM, order_id, channel="card", payment_id=payment)
                    service.mark_delivered(SYSTEM, order_id)
                    service.accept(SYSTEM, order_id, how="use")
                with transaction():
                    settled = str(service.settle(SYSTEM, order_id).id)
            except Refusal as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return settled

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(secure, range(6)))

    assert len(answers) == 1
    assert db.session.scalar(select(func.count()).select_from(Settlement)) == 1
    assert entries() == 3
    assert book.balance(Code.PROVIDER_AVAILABLE, fresh(order).provider_id) == PRICE - FEE
