"""Trading for programs."""

from typing import Any

from flask.testing import FlaskClient

from marketplace.core.access import Role
from tests.factories import accounts, licensing, trading


def test_a_trade_through_the_api(client: FlaskClient) -> None:  # noqa: PLR0915  # one story
    between = trading.trade()
    for side in (between.provider, between.buyer):
        trading.key_of(side)
    buyer, provider = accounts.bearer(between.buyer), accounts.bearer(between.provider)

    def post(path: str, who: dict[str, str], data: Any = None, status: int = 200) -> Any:
        answer = client.post(f"/api/v1{path}", json=data, headers=who)
        assert answer.status_code == status, answer.text
        return answer.json

    wanted = {
        "offer_id": str(between.offer_id),
        "purposes": ["research"],
        "purpose_text": "研究延误规律",
    }
    once = buyer | {"Idempotency-Key": "r-1"}
    request = post("/requests", once, wanted, 201)
    assert post("/requests", once, wanted, 201)["id"] == request["id"]
    place = f"/requests/{request['id']}"
    terms = {"price_fen": 1_000_000, "term_days": 365, "purposes": ["research"]}
    assert post(f"{place}/offer", provider, terms, 201)["number"] == 2
    post(f"{place}/accept", buyer, {"round": 1}, 409)
    assert post(f"{place}/accept", buyer, {"round": 2})["status"] == "agreed"
    contract = post(f"{place}/contract", provider, {"quality": "完整率不低于 99%"}, 201)
    paper = f"/contracts/{contract['id']}"
    assert contract["terms"]["price_fen"] == 1_000_000
    early = client.get(f"/api/v1{paper}/document.json", headers=buyer)
    assert early.status_code == 409
    post(f"{paper}/issue", provider)
    document = client.get(f"/api/v1{paper}/document.json", headers=buyer)
    assert document.headers["ETag"].strip('"') == (
        client.get(f"/api/v1{paper}", headers=buyer).json or {}
    ).get("digest")
    post(f"{paper}/sign", buyer, {}, 422)
    post(f"{paper}/sign", buyer, {"pin": "not-the-pin"}, 422)
    post(f"{paper}/sign", buyer, {"pin": trading.PIN})
    concluded = post(f"{paper}/sign", provider, {"pin": trading.PIN})
    assert concluded["status"] == "performing"
    assert {one["custody"] for one in concluded["signatures"]} == {"platform"}
    assert client.get(f"/api/v1{paper}/text/en", headers=buyer).status_code == 200
    assert client.get(f"/api/v1{paper}/contract.pdf", headers=buyer).data.startswith(b"%PDF")
    key = buyer | {"Idempotency-Key": "o-1"}
    body = {"contract_id": contract["id"], "method": "transfer", "invoice_kind": "special"}
    order = post("/orders", key, body, 201)
    assert post("/orders", key, body, 201)["id"] == order["id"]
    post("/orders", key, body | {"method": "card"}, 409)
    assert order["invoice"]["kind"] == "special"
    listed = client.get("/api/v1/orders?side=provider", headers=provider).json or {}
    assert [one["id"] for one in listed["items"]] == [order["id"]]
    assert post(f"/orders/{order['id']}/cancel", buyer, {"note": "改天"})["status"] == "cancelled"


def test_strangers_find_nothing_and_a_narrow_token_does_nothing(client: FlaskClient) -> None:
    order = trading.placed_order()
    stranger = accounts.bearer(accounts.actor(Role.BUYER, Role.PROVIDER))
    paths = (f"/orders/{order.id}", f"/contracts/{order.contract_id}")

    for path in paths:
        assert client.get(f"/api/v1{path}", headers=stranger).status_code == 404
        assert client.get(f"/api/v1{path}").status_code in {401, 404}
    assert client.post(f"/api/v1{paths[0]}/accept", headers=stranger).status_code == 404
    assert client.post("/api/v1/requests", json={}, headers=stranger).status_code == 422


def test_an_unknown_term_is_refused_by_name(client: FlaskClient) -> None:
    between = trading.trade()
    request = trading.agreed_request(between)
    provider = accounts.bearer(between.provider)

    answer = client.post(
        f"/api/v1/requests/{request.id}/contract",
        json=licensing.draft_terms(place="moon", unheard=1),
        headers=provider,
    )

    assert answer.status_code == 422
    assert {"place", "unheard"} <= set((answer.json or {})["fields"])


def test_anybody_reads_a_contract_template(client: FlaskClient) -> None:
    answer = client.get("/api/v1/contract-templates/data-provision/1")

    assert answer.status_code == 200
    assert len((answer.json or {})["digest"]) == 64
    assert client.get("/api/v1/contract-templates/nothing/1").status_code == 404
