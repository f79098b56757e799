"""Asking and negotiating."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace.catalogue.models import Offer
from marketplace.core.access import Role
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.events import history
from marketplace.trading import jobs, service
from marketplace.trading.models import Request
from tests.factories import accounts, trading

pytestmark = pytest.mark.usefixtures("app")
TERMS: dict[str, Any] = {
    "price_fen": 900_000,
    "term_days": 180,
    "purposes": ["research"],
    "recipients": "",
    "note": "",
}


def fresh(request: Request) -> Request:
    db.session.rollback()
    return find(everything(Request), request.id)


def test_a_negotiation_keeps_every_round_and_ends_in_the_last() -> None:
    between = trading.trade()
    request = trading.asked_request(between)
    with transaction():
        service.make_offer(between.provider, request.id, **TERMS | {"price_fen": 1_000_000})
    with transaction():
        service.counter(between.buyer, request.id, **TERMS)
    with transaction():
        service.agree(between.provider, request.id, 3)

    rounds = fresh(request).rounds
    assert [(one.number, one.party, one.price_fen) for one in rounds] == [
        (1, "buyer", 1_060_000),
        (2, "provider", 1_000_000),
        (3, "buyer", 900_000),
    ]
    assert fresh(request).status == "agreed"


def test_a_round_that_was_superseded_cannot_be_agreed_to() -> None:
    between = trading.trade()
    request = trading.asked_request(between)
    with transaction():
        service.make_offer(between.provider, request.id, **TERMS)

    with pytest.raises(Conflict, match="round_superseded"), transaction():
        service.accept_offer(between.buyer, request.id, 1)
    with transaction():
        service.accept_offer(between.buyer, request.id, 2)

    assert fresh(request).status == "agreed"


@pytest.mark.parametrize(
    ("purposes", "code"),
    [
        (["resale"], "purpose_forbidden"),
        (["research", "resale"], "purpose_forbidden"),
        (["marketing"], "purpose_not_offered"),
        ([], "purpose_not_offered"),
    ],
)
def test_a_purpose_that_the_offer_does_not_allow_is_refused(purposes: list[str], code: str) -> None:
    between = trading.trade()

    with pytest.raises(Invalid) as refused, transaction():
        service.ask(between.buyer, between.offer_id, purposes=purposes, purpose_text="用途")

    assert refused.value.fields == {"purposes": [code]}


def test_nobody_asks_himself_or_twice_or_for_what_is_closed() -> None:
    between = trading.trade()
    own = accounts.member(between.provider.organisation_id, Role.BUYER)
    with pytest.raises(Conflict, match="own_product"), transaction():
        service.ask(own, between.offer_id, purposes=["research"], purpose_text="用途")
    trading.asked_request(between)
    with pytest.raises(Conflict, match="request_open_already"), transaction():
        service.ask(between.buyer, between.offer_id, purposes=["research"], purpose_text="用途")

    with transaction():
        find(everything(Offer), between.offer_id).is_open = False
    other = accounts.actor(Role.BUYER)
    with pytest.raises((Conflict, NotFound)), transaction():
        service.ask(
            other,
            between.offer_id,
            purposes=["research"],
            purpose_text="用途",
        )


def test_asking_twice_under_one_key_is_asking_once() -> None:
    between = trading.trade()
    made = []
    for _ in range(2):
        with transaction():
            made.append(
                service.ask(
                    between.buyer,
                    between.offer_id,
                    purposes=["research"],
                    purpose_text="用途",
                    key="k",
                ).id
            )

    assert made[0] == made[1]


def test_a_free_offer_has_no_price_to_negotiate() -> None:
    between = trading.trade(price_fen=0)
    request = trading.asked_request(between)

    with pytest.raises(Invalid) as refused, transaction():
        service.make_offer(between.provider, request.id, **TERMS)

    assert refused.value.fields == {"price_fen": ["free_offer_has_no_price"]}


def test_a_refusal_reaches_the_buyer_with_its_reason() -> None:
    between = trading.trade()
    request = trading.asked_request(between)

    with transaction():
        service.refuse(between.provider, request.id, "purpose", "用途过宽")

    assert (fresh(request).refusal_reason, fresh(request).refusal_note) == ("purpose", "用途过宽")


def test_silence_is_told_to_an_operator_once_and_ends_the_request_in_time() -> None:
    request = trading.asked_request()
    jobs.escalate(request.id)
    assert fresh(request).escalated_at is None
    with transaction():
        row = find(everything(Request), request.id)
        row.due_at = now() + timedelta(hours=23)
    jobs.escalate(request.id)
    jobs.escalate(request.id)
    names = [one.name for one in history("requests", request.id)]
    assert names.count("request.overdue") == 1

    jobs.expire_request(request.id)
    assert fresh(request).status == "asked"
    with transaction():
        find(everything(Request), request.id).expires_at = now()
    jobs.expire_request(request.id)
    jobs.expire_request(request.id)
    assert fresh(request).status == "expired"


def test_each_side_plays_its_own_part() -> None:
    between = trading.trade()
    request = trading.asked_request(between)
    wrong_role = accounts.member(between.provider.organisation_id, Role.BUYER)

    for actor, refusal in (
        (between.buyer, Forbidden),
        (wrong_role, Forbidden),
        (accounts.actor(Role.PROVIDER), NotFound),
        (accounts.staff(Role.OPERATOR), Forbidden),
    ):
        with pytest.raises(refusal), transaction():
            service.agree(actor, request.id, 1)
        with pytest.raises(refusal), transaction():
            service.refuse(actor, request.id, "price")
    with pytest.raises(Forbidden), transaction():
        service.withdraw(between.provider, request.id)
    with transaction():
        service.withdraw(between.buyer, request.id)
    assert fresh(request).status == "withdrawn"


def test_an_organisation_that_is_not_verified_does_not_trade() -> None:
    between = trading.trade()
    unverified = accounts.member(accounts.organisation(verified=False), Role.BUYER)

    with pytest.raises(Forbidden, match="organisation_not_verified"), transaction():
        service.ask(unverified, between.offer_id, purposes=["research"], purpose_text="用途")
