"""Disputes and what they do to the money."""

from datetime import timedelta

import pytest

from marketplace.core.access import Role
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.queue import Worker
from marketplace.ledger import book
from marketplace.ledger.chart import Code
from marketplace.trading import jobs, queries, service
from marketplace.trading.models import Order
from tests.factories import accounts, trading

pytestmark = pytest.mark.usefixtures("app")
PRICE, FEE = 1_060_000, 31_800


def fresh(order: Order) -> Order:
    db.session.rollback()
    return find(everything(Order), order.id)


def disputed(accepted: bool = False, **given: object) -> Order:
    order = trading.delivered_order(inspection_days=5, dispute_days=5, **given)
    if accepted:
        with transaction():
            service.accept(trading.SYSTEM, order.id, how="use")
    buyer = accounts.member(order.buyer_id, Role.BUYER)
    with transaction():
        return service.dispute(buyer, order.id, "行数不符")


def test_a_dispute_freezes_the_release(worker: Worker) -> None:
    order = disputed(accepted=True)
    with transaction():
        find(everything(Order), order.id).dispute_until -= timedelta(days=9)  # type: ignore[operator]

    jobs.settle(order.id)
    jobs.auto_accept(order.id)

    assert fresh(order).status == "disputed"
    assert book.balance(Code.PROVIDER_AVAILABLE, order.provider_id) == 0


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("refund", [0, 300_001, PRICE])
def test_a_decision_splits_the_money_to_the_fen(
    accepted: bool, refund: int, worker: Worker
) -> None:
    order = disputed(accepted=accepted)
    operator, order_id = accounts.staff(Role.OPERATOR), order.id

    with transaction():
        service.resolve(operator, order_id, refund, "查明属实")
    worker.drain()

    after = queries.order_by_id(order_id)
    fee_back = round(FEE * refund / PRICE)
    assert after.status == ("refunded" if refund == PRICE else "settled")
    assert book.balance(Code.REFUND_PAYABLE, order_id=after.id) == refund
    assert book.balance(Code.ESCROW, order_id=after.id) == 0
    assert book.balance(Code.PROVIDER_HELD, after.provider_id) == 0
    share = (PRICE - refund) - (FEE - fee_back)
    assert book.balance(Code.PROVIDER_AVAILABLE, after.provider_id) == share
    settlement = queries.settlement_of(after.id)
    if refund == PRICE:
        assert settlement is None
        assert share == 0
    else:
        assert settlement is not None
        assert (settlement.amount_fen, settlement.commission_fen) == (
            PRICE - refund,
            FEE - fee_back,
        )


@pytest.mark.parametrize("accepted", [False, True])
def test_a_dispute_in_direct_custody_corrects_the_bill_only(accepted: bool, worker: Worker) -> None:
    order = disputed(accepted=accepted, custody="direct")

    operator, order_id, provider_id = accounts.staff(Role.OPERATOR), order.id, order.provider_id

    with transaction():
        service.resolve(operator, order_id, PRICE // 2, "各半")
    worker.drain()

    assert book.balance(Code.COMMISSION_RECEIVABLE, provider_id) == FEE // 2
    assert book.balance(Code.REFUND_PAYABLE) == 0
    assert queries.order_by_id(order_id).status == "settled"


def test_a_dispute_comes_in_time_and_once() -> None:
    order = trading.accepted_order(dispute_days=0)
    buyer = accounts.member(order.buyer_id, Role.BUYER)

    with pytest.raises(Conflict, match="dispute_window_closed"), transaction():
        service.dispute(buyer, order.id, "太迟")


def test_only_the_buyer_disputes_and_only_an_operator_decides() -> None:
    order = disputed()
    provider = accounts.member(order.provider_id, Role.PROVIDER)
    buyer = accounts.member(order.buyer_id, Role.BUYER)

    with pytest.raises(Forbidden), transaction():
        service.dispute(provider, order.id, "x")
    stranger, clerk = accounts.actor(Role.BUYER), accounts.staff(Role.FINANCE_CLERK)
    operator = accounts.staff(Role.OPERATOR)
    with pytest.raises(NotFound), transaction():
        service.dispute(stranger, order.id, "x")
    for actor in (provider, buyer, clerk):
        with pytest.raises(Forbidden), transaction():
            service.resolve(actor, order.id, 0, "x")
    with pytest.raises(Invalid), transaction():
        service.resolve(operator, order.id, PRICE + 1, "x")
