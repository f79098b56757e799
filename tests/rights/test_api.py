"""The same claim through `/api/v1`, with bearer tokens; public reads without."""

import pytest
from flask import Flask

from marketplace.core.access import Role
from marketplace.core.database import transaction
from marketplace.rights import service
from tests.factories import accounts
from tests.factories import rights as factory

BASE = "/api/v1/rights"


@pytest.fixture
def provider(app: Flask):
    return accounts.actor(Role.PROVIDER)


def test_a_claim_runs_through_the_api_and_a_repeated_key_issues_once(  # noqa: PLR0915 - one walk
    app: Flask, provider
) -> None:
    client = app.test_client()
    dataset = factory.ready_dataset(provider)
    registrar_id = str(accounts.registrar_organisation().id)
    mine, theirs = accounts.bearer(provider), accounts.bearer(factory.registrar())
    body = {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in factory.FIELDS.items()
    } | {"dataset_id": str(dataset.id), "registrar_id": registrar_id}

    judged = client.get(f"{BASE}/eligibility?circumstance=crawled").json
    assert [one["is_allowed"] for one in judged] == [True, True, False]
    wrong = client.post(f"{BASE}/claims", json=body | {"name": "长" * 41}, headers=mine)
    assert wrong.status_code == 422
    assert "name" in wrong.json["fields"]
    made = client.post(f"{BASE}/claims", json=body, headers=mine)
    assert made.status_code == 201, made.json
    claim = f"{BASE}/claims/{made.json['id']}"
    paper = {"document_id": str(accounts.document(provider).id), "proves": "acquisition"}
    assert client.post(f"{claim}/evidence", json=paper, headers=mine).status_code == 201
    assert client.put(claim, json=_without(body, "dataset_id"), headers=mine).status_code == 200
    assert client.post(f"{claim}/submit", headers=mine).json["status"] == "submitted"
    assert client.post(f"{claim}/accept", headers=mine).status_code == 403
    assert client.post(f"{claim}/accept").status_code in {401, 404}
    assert client.get(f"{BASE}/cases", headers=theirs).json[0]["id"] == made.json["id"]
    assert client.post(f"{claim}/accept", headers=theirs).json["status"] == "reviewing"

    keyed = theirs | {"Idempotency-Key": "once"}
    reason = {"reason": "理由成立"}
    first = client.post(f"{claim}/waive-notice", json=reason, headers=keyed)
    second = client.post(f"{claim}/waive-notice", json=reason, headers=keyed)
    assert first.status_code == second.status_code == 200
    assert second.json["status"] == "registered"
    other = client.post(f"{claim}/waive-notice", json={"reason": "别的"}, headers=keyed)
    assert other.status_code == 409

    certificate = client.get(f"{claim}/certificate", headers=mine).json
    address = f"{BASE}/certificates/{certificate['id']}"
    assert client.get(address).json["number"].endswith("-DEMO")
    assert client.get(f"{address}/credential").data.count(b".") == 2
    assert client.get(f"{address}/pdf").data.startswith(b"%PDF")
    assert (
        client.get(claim, headers=accounts.bearer(accounts.actor(Role.PROVIDER))).status_code == 404
    )


def test_anybody_reads_notices_and_objections_are_counted_per_address(app: Flask, provider) -> None:
    client = app.test_client()
    registrar = factory.registrar()
    claim = factory.reviewing(provider, factory.ready_dataset(provider), registrar)
    with transaction():
        service.publish(registrar, claim.id)
    assert client.get(f"{BASE}/notices").json["items"][0]["name"] == claim.name
    assert client.get(f"{BASE}/notices/{claim.id}").status_code == 200
    assert client.get(f"{BASE}/claims/{claim.id}").status_code in {401, 404}

    given = {"name": "甲", "contact": "a@b.cn", "grounds": "由我方采集"}
    answers = [
        client.post(f"{BASE}/notices/{claim.id}/objections", json=given).status_code
        for _ in range(6)
    ]
    assert answers == [201, 201, 201, 201, 201, 429]
    own = client.post(
        f"{BASE}/notices/{claim.id}/objections", json=given, headers=accounts.bearer(provider)
    )
    assert own.status_code == 403


def _without(body: dict, *names: str) -> dict:
    return {key: value for key, value in body.items() if key not in names}
