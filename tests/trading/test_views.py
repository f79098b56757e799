"""The pages of trading, without JavaScript."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.access import Actor, Role
from marketplace.core.database import db, everything, find
from marketplace.trading.models import Contract, Order, Request
from tests.factories import accounts, trading


def browser(app: Flask, who: Actor) -> FlaskClient:
    return accounts.sign_in(app.test_client(), who)


def only(model: type) -> object:
    db.session.rollback()
    return db.session.scalars(everything(model)).one()


def draft_form(page: str) -> dict[str, str]:
    """What the prefilled form holds."""
    given = dict(re.findall(r'<input type="text"[^>]* name="([^"]+)" value="([^"]*)"', page))
    given |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        given[name] = re.findall(r'value="([^"]+)" selected', inner)[0]
    given |= dict.fromkeys(re.findall(r'type="checkbox" id="[^"]+" name="([^"]+)"', page), "1")
    return given


def test_a_trade_from_request_to_order_through_pages(app: Flask) -> None:  # noqa: PLR0915  # one story
    between = trading.trade()
    for side in (between.provider, between.buyer):
        trading.key_of(side)
    buyer, provider = browser(app, between.buyer), browser(app, between.provider)

    asked = buyer.post(
        f"/requests/new/{between.offer_id}",
        data={"purposes": ["research"], "purpose_text": "研究延误规律", "price": "9000"},
    )
    assert asked.status_code == 303
    request = only(Request)
    assert isinstance(request, Request)
    page = f"/requests/{request.id}"
    assert "¥9,000.00" in provider.get(page).text
    offered = provider.post(
        f"{page}/offer", data={"price": "10,000", "term_days": "365", "purposes": ["research"]}
    )
    assert offered.status_code == 303
    assert 'class="chg"' in buyer.get(page).text
    assert buyer.post(f"{page}/accept", data={"round": "2"}).status_code == 303

    prefilled = draft_form(provider.get(f"{page}/contract").text)
    drafted = provider.post(f"{page}/contract", data=prefilled)
    assert drafted.status_code == 303, drafted.text
    contract = only(Contract)
    assert isinstance(contract, Contract)
    place = f"/contracts/{contract.id}"
    assert provider.post(f"{place}/issue").status_code == 303
    for one in (provider, buyer):
        wrong = one.post(f"{place}/sign", data={"pin": "wrong-pin-1"})
        assert wrong.status_code == 422
        assert one.post(f"{place}/sign", data={"pin": trading.PIN}).status_code == 303
    shown = buyer.get(place).text
    assert "托管签名" in shown
    assert buyer.get(f"{place}/contract.pdf").data.startswith(b"%PDF")
    assert buyer.get(f"{place}/document.json").data == contract.document_bytes

    assert "对公转账" in buyer.get(f"{place}/order").text
    for _ in range(2):  # a double click finds the same order
        placed = buyer.post(f"{place}/order", data={"method": "card", "invoice_kind": "general"})
        assert placed.status_code == 303
    order = only(Order)
    assert isinstance(order, Order)
    assert placed.location.endswith(f"/orders/{order.id}")
    for who in (buyer, provider):
        assert order.number in who.get(f"/orders/{order.id}").text
    assert order.number in buyer.get("/orders/").text
    assert order.number in provider.get("/sales/").text
    assert buyer.post(f"/orders/{order.id}/cancel").status_code == 303
    db.session.rollback()
    assert find(everything(Order), order.id).status == "cancelled"


def test_a_forbidden_purpose_is_said_before_submitting_and_refused_after(app: Flask) -> None:
    between = trading.trade()
    buyer = browser(app, between.buyer)
    address = f"/requests/new/{between.offer_id}"

    assert "供方禁止的用途" in buyer.get(address).text
    refused = buyer.post(address, data={"purposes": ["resale"], "purpose_text": "转卖"})

    assert refused.status_code == 422
    assert "供方禁止这一用途" in refused.text
    assert "转卖" in refused.text


def test_disputes_are_raised_and_decided_on_the_page(app: Flask) -> None:
    order = trading.delivered_order(inspection_days=5, dispute_days=5)
    order_id = order.id
    buyer = browser(app, accounts.member(order.buyer_id, Role.BUYER))
    operator = browser(app, accounts.staff(Role.OPERATOR))

    assert buyer.post(f"/orders/{order_id}/dispute", data={"reason": ""}).status_code == 422
    told = buyer.post(f"/orders/{order_id}/dispute", data={"reason": "行数不符"})
    assert told.status_code == 303
    assert "行数不符" in operator.get(f"/orders/{order_id}").text
    decided = operator.post(f"/orders/{order_id}/resolve", data={"refund": "100", "note": "少十行"})
    assert decided.status_code == 303
    db.session.rollback()
    assert find(everything(Order), order_id).status == "part_refunded"


def test_strangers_find_nothing_and_visitors_sign_in(app: Flask, client: FlaskClient) -> None:
    order = trading.placed_order()
    contract_id, order_id = order.contract_id, order.id
    stranger = browser(app, accounts.actor(Role.BUYER, Role.PROVIDER))

    for address in (
        f"/orders/{order_id}",
        f"/contracts/{contract_id}",
        f"/contracts/{contract_id}/contract.pdf",
        f"/contracts/{contract_id}/document.json",
    ):
        assert stranger.get(address).status_code == 404
        assert client.get(address).status_code in {303, 404}
    assert client.get("/orders/").status_code == 303


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_is_shown_in_both_languages(app: Flask, prefix: str) -> None:
    between = trading.trade(inspection_days=5, dispute_days=5)
    contract = trading.issued_contract(between)
    contract_id, request_id = contract.id, contract.request_id
    order_id = trading.delivered_order(
        buyer=between.buyer, provider=between.provider, inspection_days=5, dispute_days=5
    ).id
    buyer, provider = browser(app, between.buyer), browser(app, between.provider)

    for one in (buyer, provider):
        for address in (
            "/orders/",
            "/sales/",
            f"/requests/{request_id}",
            f"/contracts/{contract_id}",
            f"/orders/{order_id}",
            "/contract-templates/data-provision/1",
        ):
            answer = one.get(prefix + address)
            assert answer.status_code == 200, address
            assert "Undefined" not in answer.text
