"""Costs, caps, comparables, and who may state them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.access import ANYONE, Permission, Role, visible
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from marketplace.valuation import queries, service
from marketplace.valuation.models import CostStatement, PriceCap
from tests.factories import accounts, rights, valuation

LINES = [{"kind": "collect", "amount_fen": 500, "note": ""}]


def test_the_newest_statement_counts_and_the_old_one_is_kept(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider)
    valuation.costs(provider, dataset.id, 1_000)
    valuation.costs(provider, dataset.id, 3_000)

    latest = queries.latest_statement(dataset.id)

    assert latest is not None
    assert latest.total_fen == 3_000
    assert len(db.session.scalars(visible(provider, CostStatement)).all()) == 2


def test_costs_are_nobody_elses_business(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    valuation.costs(provider, rights.ready_dataset(provider).id)

    for other in (accounts.actor(Role.PROVIDER), ANYONE):
        assert db.session.scalars(visible(other, CostStatement)).all() == []
    assert len(db.session.scalars(visible(accounts.staff(Role.REVIEWER), CostStatement)).all()) == 1


def test_only_the_providers_people_state_costs(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider)
    wrong = {
        accounts.actor(Role.PROVIDER): NotFound,
        accounts.member(dataset.provider_id, Role.BUYER): Forbidden,
        ANYONE: NotSignedIn,
    }
    for actor, refusal in wrong.items():
        with pytest.raises(refusal), transaction():
            service.state_costs(actor, dataset.id, lines=LINES)


def test_a_statement_without_a_cost_is_refused(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider)

    with pytest.raises(Invalid, match="cost_lines_missing"), transaction():
        service.state_costs(provider, dataset.id, lines=[{"kind": "tax", "amount_fen": 0}])


def test_only_an_operator_sets_a_cap_and_only_for_public_data(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    enterprise = rights.ready_dataset(provider)
    with pytest.raises(Forbidden), transaction():
        service.set_cap(provider, enterprise.id, cap_fen=1, document_no="x")
    with pytest.raises(Conflict, match="cap_for_public_data_only"):
        valuation.cap(enterprise.id)


def test_the_price_rules_for_public_data(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider, data_kind="public")

    with pytest.raises(Conflict, match="price_must_be_zero"):
        service.check_price(dataset, "welfare", 1)
    with pytest.raises(Conflict, match="price_cap_missing"):
        service.check_price(dataset, "industry", 1)
    valuation.cap(dataset.id, 100)
    with pytest.raises(Conflict, match="price_above_cap"):
        service.check_price(dataset, "industry", 101)
    service.check_price(dataset, "industry", 100)
    service.check_price(dataset, "welfare", 0)


def test_enterprise_data_is_priced_freely(app: Flask) -> None:
    dataset = rights.ready_dataset(accounts.actor(Role.PROVIDER))

    service.check_price(dataset, "industry", 10**12)


def test_a_trade_told_twice_is_one_comparable(app: Flask) -> None:
    dataset = rights.ready_dataset(accounts.actor(Role.PROVIDER))
    first = valuation.observed(dataset, 100)[0]

    with transaction():
        again = service.observe(
            valuation.SYSTEM,
            first.order_id,
            dataset=dataset,
            model="one_off",
            price_fen=999,
            observed_at=first.observed_at,
            simulated=True,
        )

    assert again.id == first.id
    assert list(queries.comparable_prices("transport", "enterprise")) == [100]


def test_nobody_but_the_system_tells_trades(app: Flask) -> None:
    dataset = rights.ready_dataset(accounts.actor(Role.PROVIDER))
    administrator = accounts.staff(Role.ADMINISTRATOR)
    with pytest.raises(Forbidden), transaction():
        service.observe(
            administrator,
            dataset.id,
            dataset=dataset,
            model="one_off",
            price_fen=1,
            observed_at=dataset.created_at,
            simulated=False,
        )


def test_the_reference_moves_from_cost_to_trades(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider)
    assert queries.reference(dataset.id) is None
    valuation.costs(provider, dataset.id)
    by_cost = queries.reference(dataset.id)
    valuation.observed(dataset, 100, 200, 300)
    by_trades = queries.reference(dataset.id)

    assert by_cost is not None
    assert by_trades is not None
    assert (by_cost.method, by_trades.method) == ("cost", "market")


def test_caps_are_public_and_costs_take_a_token(app: Flask, client: FlaskClient) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider, data_kind="public")
    valuation.cap(dataset.id, 100)

    answer = client.get("/api/v1/valuation/caps")
    body = {"lines": LINES, "buyers_expected": 2}
    address = f"/api/v1/valuation/datasets/{dataset.id}/costs"
    refused = client.post(address, json=body)
    made = client.post(
        address, json=body, headers=accounts.bearer(provider, Permission.COST_DECLARE)
    )

    assert [one["cap_fen"] for one in answer.json or []] == [100]
    assert (refused.status_code, made.status_code) == (401, 201)
    assert db.session.scalars(visible(ANYONE, PriceCap)).one().cap_fen == 100


def test_costs_are_stated_on_the_page(app: Flask, client: FlaskClient) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider)
    accounts.sign_in(client, provider)
    address = f"/valuation/datasets/{dataset.id}"

    empty = client.post(address, data={"buyers_expected": "2"})
    done = client.post(address, data={"collect": "1,000.50", "buyers_expected": "2"})

    assert (empty.status_code, done.status_code) == (422, 303)
    assert "1,000.50" in client.get(address).text
