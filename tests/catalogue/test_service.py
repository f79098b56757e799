"""Listing gates, offers, questions; who may, and who may not."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue import gates, queries, service
from marketplace.catalogue.models import Offer, Product, Question
from marketplace.catalogue.states import PRODUCT_LIFE, QUESTION_LIFE, ProductStatus, QuestionStatus
from marketplace.core.access import ANYONE, Actor, Permission, Role, permissions_of, system, visible
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from marketplace.core.ids import new_id
from marketplace.core.queue import Worker
from marketplace.datasets import service as datasets
from marketplace.ledger import log
from tests.factories import accounts, catalogue, rights, valuation

HOME = new_id()


def test_a_product_that_met_every_gate_has_number_version_entry_and_record(app: Flask) -> None:
    product = catalogue.listed_product()

    assert product.status == "listed"
    assert product.number is not None
    assert product.number.startswith("DEMO-JT-")
    assert log.entry_of(product.id, "listing") is not None
    published = queries.published(product.id)
    assert published is not None
    assert json.loads(published)["certificate"]["rights"] == ["hold", "use", "operate"]


def test_everything_that_is_missing_is_named_at_once(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider, declaration=None, data_kind="public")
    product = catalogue.draft(provider, dataset, scenario="")

    with pytest.raises(Invalid) as refused, transaction():
        service.list_product(provider, product.id)

    assert refused.value.code == "product_not_ready"
    assert set(refused.value.fields) == {
        "declaration", "metadata", "certificate", "approval", "registration", "authorisation", "offer",
    }  # fmt: skip


def test_an_unverified_organisation_does_not_list(app: Flask) -> None:
    stand = catalogue.ready()
    product = catalogue.draft(stand.provider, stand.dataset)
    actor = accounts.member(stand.dataset.provider_id, Role.PROVIDER)
    unverified = type(actor)(**{**actor.__dict__, "organisation_verified": False})

    with pytest.raises(Forbidden, match="organisation_not_verified"), transaction():
        service.list_product(unverified, product.id)


def test_drafts_are_their_providers_and_listed_products_everybodys(app: Flask) -> None:
    listed = catalogue.listed_product()
    provider = accounts.actor(Role.PROVIDER)
    drafted = catalogue.draft(provider, rights.ready_dataset(provider))

    def seen(actor: Any) -> set[Any]:
        return {one.id for one in db.session.scalars(visible(actor, Product))}

    assert seen(ANYONE) == {listed.id}
    assert seen(accounts.actor(Role.BUYER)) == {listed.id}
    assert seen(provider) == {listed.id, drafted.id}
    assert seen(accounts.staff(Role.OPERATOR)) == {listed.id, drafted.id}


@pytest.mark.parametrize("status", list(ProductStatus))
@pytest.mark.parametrize("action", list(PRODUCT_LIFE.steps))
@pytest.mark.parametrize("who", ["right", "wrong role", "wrong organisation"])
def test_the_whole_grid_of_a_product(status: ProductStatus, action: str, who: str) -> None:
    row = PRODUCT_LIFE.steps[action]
    right = Role.OPERATOR if row.permission == Permission.TAKE_DOWN else Role.PROVIDER
    actor = _actor(right if who != "wrong role" else Role.BUYER, home=who != "wrong organisation")
    product = Product(provider_id=HOME, status=str(status))
    is_open = (
        who != "wrong role"
        and status in row.sources
        and (row.party is None or who != "wrong organisation")
    )

    assert (action in PRODUCT_LIFE.open_to(actor, product)) is is_open
    if not is_open:
        with pytest.raises((Forbidden, Conflict)):
            PRODUCT_LIFE.take(actor, product, action)


@pytest.mark.parametrize("status", list(QuestionStatus))
@pytest.mark.parametrize("who", ["right", "wrong role", "wrong organisation"])
def test_the_whole_grid_of_a_question(status: QuestionStatus, who: str) -> None:
    actor = _actor(
        Role.PROVIDER if who != "wrong role" else Role.BUYER, who != "wrong organisation"
    )
    question = Question(provider_id=HOME, status=str(status))
    is_open = who == "right" and status == QuestionStatus.ASKED

    assert ("answer" in QUESTION_LIFE.open_to(actor, question)) is is_open


def test_every_command_refuses_wrong_role_and_wrong_organisation(app: Flask) -> None:
    product = catalogue.listed_product()
    offer = catalogue.offer_of(product)
    question = catalogue.question(product)
    colleague = accounts.member(product.provider_id, Role.BUYER)
    stranger = accounts.actor(Role.PROVIDER)
    commands = {
        "draft": lambda who: service.draft(who, product.dataset_id),
        "revise": lambda who: service.revise(who, product.id, title="x"),
        "offer": lambda who: service.make_offer(who, product.id, **catalogue.TERMS),
        "close": lambda who: service.close_offer(who, offer.id),
        "list": lambda who: service.list_product(who, product.id),
        "delist": lambda who: service.delist(who, product.id),
        "take down": lambda who: service.take_down(who, product.id, "x"),
        "answer": lambda who: service.answer(who, question.id, "x"),
        "recheck": lambda who: service.recheck(who, product.dataset_id),
    }
    for name, command in commands.items():
        for who in (colleague, stranger, ANYONE):
            with pytest.raises((Forbidden, NotFound, NotSignedIn)), transaction():
                command(who)
            db.session.expire_all()
            assert product.status == "listed", name


def test_a_free_offer_costs_nothing_and_any_other_something(app: Flask) -> None:
    product = catalogue.listed_product()
    provider = catalogue.provider_of(product)
    for model, price in (("free", 1), ("one_off", 0)):
        with pytest.raises(Invalid, match="price_and_model_differ"), transaction():
            service.make_offer(
                provider, product.id, **catalogue.TERMS | {"model": model, "price_fen": price}
            )


def test_a_purpose_that_was_not_reviewed_cannot_be_offered(app: Flask) -> None:
    product = catalogue.listed_product()
    provider = catalogue.provider_of(product)
    for purposes, prohibited in (
        (["marketing"], []),
        (["internal_analysis"], ["internal_analysis"]),
    ):
        with pytest.raises(Invalid), transaction():
            service.make_offer(
                provider,
                product.id,
                **catalogue.TERMS | {"purposes": purposes, "prohibited": prohibited},
            )


def test_a_price_far_off_its_reference_asks_why(app: Flask) -> None:
    stand = catalogue.ready()
    valuation.costs(stand.provider, stand.dataset.id, 1_000)
    product = catalogue.draft(stand.provider, stand.dataset)

    with pytest.raises(Invalid, match="price_reason_missing"):
        catalogue.offer(stand.provider, product)
    offer = catalogue.offer(stand.provider, product, price_reason="独家数据")

    assert offer.price_fen == 3_800_000


def test_welfare_data_is_free_and_industry_data_keeps_the_cap(app: Flask) -> None:
    provider = accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider, data_kind="public")
    rights.registration(provider, dataset)
    rights.authorisation(provider, dataset, "welfare")
    product = catalogue.draft(provider, dataset)

    with pytest.raises(Conflict, match="price_must_be_zero"):
        catalogue.offer(provider, product)
    assert catalogue.offer(provider, product, price_fen=0).model == "free"


def test_the_last_offer_of_a_listed_product_stays(app: Flask) -> None:
    product = catalogue.listed_product()
    provider = catalogue.provider_of(product)
    offer = catalogue.offer_of(product)
    with pytest.raises(Conflict, match="last_offer"), transaction():
        service.close_offer(provider, offer.id)
    catalogue.offer(provider, product, price_fen=0)
    with transaction():
        service.close_offer(provider, offer.id)

    assert [one.id for one in db.session.scalars(visible(ANYONE, Offer))] != [offer.id]
    assert offer.id not in {one.id for one in db.session.scalars(visible(ANYONE, Offer))}


def test_a_listing_ends_when_what_it_rests_on_does(app: Flask, worker: Worker) -> None:
    product_id = catalogue.listed_product().id
    with transaction():
        datasets.stop(system("test"), queries.product(ANYONE, product_id).dataset_id)

    worker.drain()

    product = find(everything(Product), product_id)
    assert product.status == "delisted"
    assert product.delist_reason == "gate_stopped"
    assert queries.published(product_id) is None


def test_delisted_and_listed_again_keeps_its_number(app: Flask) -> None:
    product = catalogue.listed_product()
    provider, number = catalogue.provider_of(product), product.number
    with transaction():
        service.delist(provider, product.id)
    with transaction():
        service.revise(provider, product.id, title="新名称")
    with transaction():
        service.list_product(provider, product.id)

    assert product.number == number


def test_a_question_is_asked_once_and_answered_once(app: Flask) -> None:
    product = catalogue.listed_product()
    provider = catalogue.provider_of(product)
    question = catalogue.question(product)
    with transaction():
        service.answer(provider, question.id, "到昨天。")

    with pytest.raises(Conflict, match="wrong_state"), transaction():
        service.answer(provider, question.id, "到今天。")
    with pytest.raises(Forbidden, match="own_product"), transaction():
        service.ask(provider, product.id, "自问自答")
    with pytest.raises(NotSignedIn), transaction():
        service.ask(ANYONE, product.id, "匿名")
    assert queries.questions_of(product.id)[0].answer == "到昨天。"


def test_a_new_version_waits_for_its_review(app: Flask) -> None:
    stand = catalogue.ready()
    with transaction():
        rights.ready_version(stand.dataset, number=2, sha256="b" * 64)
    product = catalogue.draft(stand.provider, stand.dataset)
    catalogue.offer(stand.provider, product)

    ready = gates.readiness(product)

    assert ready.version is not None
    assert ready.version.number == 1
    assert not ready.missing


def _actor(role: Role, home: bool = True) -> Actor:
    return Actor(
        "somebody",
        organisation_id=HOME if home else new_id(),
        organisation_verified=True,
        roles=frozenset({role}),
        permissions=permissions_of(frozenset({role})),
    )


def test_the_product_page_and_its_twin_are_public(client: FlaskClient) -> None:
    product = catalogue.listed_product()

    page = client.get(f"/catalogue/{product.id}")
    twin = client.get(f"/api/v1/products/{product.id}")
    gone = client.get("/catalogue/01900000-0000-7000-8000-000000000000")

    assert page.status_code == 200
    assert product.number in page.text
    assert (twin.json or {})["number"] == product.number
    assert gone.status_code == 404


def test_a_provider_works_through_pages(app: Flask, client: FlaskClient) -> None:
    stand = catalogue.ready()
    accounts.sign_in(client, stand.provider)
    made = client.post(
        "/catalogue/new", data={"dataset_id": str(stand.dataset.id), "scenario": "选址"}
    )
    manage = made.headers["Location"]
    base = manage.removesuffix("/manage")
    early = client.post(f"{base}/list")
    terms = {**catalogue.TERMS, "price": "38000"}
    terms.pop("price_fen")
    bad = client.post(f"{base}/offers", data={**terms, "price": "0"})
    offered = client.post(f"{base}/offers", data=terms)
    listed = client.post(f"{base}/list")

    assert (made.status_code, early.status_code, bad.status_code) == (303, 422, 422)
    assert "还没有针对这一版的授权方案。" in early.text
    assert (offered.status_code, listed.status_code) == (303, 303)
    assert client.get(manage).status_code == 200


def test_listing_by_token_is_done_once(app: Flask, client: FlaskClient) -> None:
    stand = catalogue.ready()
    product = catalogue.draft(stand.provider, stand.dataset)
    catalogue.offer(stand.provider, product)
    headers = accounts.bearer(stand.provider) | {"Idempotency-Key": "list-1"}

    first = client.post(f"/api/v1/products/{product.id}/list", headers=headers)
    again = client.post(f"/api/v1/products/{product.id}/list", headers=headers)
    refused = client.post(f"/api/v1/products/{product.id}/list")

    assert (first.status_code, again.status_code, refused.status_code) == (200, 200, 401)
    assert (first.json or {})["number"] == (again.json or {})["number"]


def test_the_sample_is_shown_only_after_the_review_opened_it(
    app: Flask, client: FlaskClient
) -> None:
    product = catalogue.listed_product()
    closed = client.get(f"/api/v1/products/{product.id}/sample")

    assert closed.status_code == 404
