"""Requests, contracts and orders, made through the services; products by hand, listed as they are."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.accounts import signing
from marketplace.accounts.queries import key_now
from marketplace.catalogue.models import Offer, Product
from marketplace.core.access import Actor, Role, system
from marketplace.core.database import add, everything, find, transaction
from marketplace.core.ids import crockford
from marketplace.datasets.queries import latest_version
from marketplace.trading import service
from marketplace.trading.models import Contract, Order, Request, Settlement
from tests.factories import accounts, licensing
from tests.factories import rights as datasets

PIN = "135790-quan"
CHEAP = signing.Cost(passes=1, memory=8, lanes=1)
SYSTEM = system("test")


@dataclass(frozen=True)
class Trade:
    """Two sides and the offer between them."""

    provider: Actor
    buyer: Actor
    offer_id: UUID


def offer(provider: Actor, **given: Any) -> Offer:
    """An open offer of a listed product over a ready version."""
    dataset = datasets.ready_dataset(provider, **given.pop("dataset", {}))
    version = latest_version(dataset.id)
    assert version is not None
    version_id = version.id
    with transaction():
        product = add(
            Product(
                dataset_id=dataset.id,
                provider_id=provider.organisation_id,
                number=f"TEST-{crockford(8)}",
                title=dataset.title,
                summary=dataset.summary,
                listed_version_id=version_id,
                status="listed",
            )
        )
        price = given.pop("price_fen", 1_060_000)
        return add(
            Offer(
                product_id=product.id,
                provider_id=provider.organisation_id,
                version_id=version_id,
                name="单次许可",
                model="one_off" if price else "free",
                price_fen=price,
                purposes=given.pop("purposes", ["research", "internal_analysis"]),
                prohibited=given.pop("prohibited", ["resale", "reidentification"]),
                term_days=given.pop("term_days", 365),
                inspection_days=given.pop("inspection_days", 0),
                dispute_days=given.pop("dispute_days", 0),
                **given,
            )
        )


def trade(**given: Any) -> Trade:
    """A provider, a buyer and an offer."""
    provider = given.pop("provider", None) or accounts.actor(Role.PROVIDER, Role.MANAGER)
    buyer = given.pop("buyer", None) or accounts.actor(Role.BUYER, Role.MANAGER)
    return Trade(provider, buyer, offer(provider, **given).id)


def asked_request(between: Trade | None = None, **given: Any) -> Request:
    """A request that waits for the provider."""
    between = between or trade(**given)
    with transaction():
        return service.ask(
            between.buyer, between.offer_id, purposes=["research"], purpose_text="研究延误规律"
        )


def agreed_request(between: Trade | None = None, **given: Any) -> Request:
    """A request both have agreed on."""
    between = between or trade(**given)
    request = asked_request(between)
    with transaction():
        return service.agree(between.provider, request.id, 1)


def key_of(actor: Actor) -> None:
    """A 托管签名 key under PIN for the actor's organisation, unless it has one."""
    assert actor.organisation_id is not None
    if key_now(actor.organisation_id) is None:
        manager = accounts.member(actor.organisation_id, Role.MANAGER)
        with transaction():
            signing.make_key(manager, PIN, CHEAP)


def issued_contract(between: Trade | None = None, **given: Any) -> Contract:
    """A contract that waits for both signatures."""
    terms = given.pop("terms", {})
    between = between or trade(**given)
    request = agreed_request(between)
    with transaction():
        contract = service.draft(between.provider, request.id, **licensing.draft_terms(**terms))
    with transaction():
        return service.issue(between.provider, contract.id)


def signed_contract(between: Trade | None = None, **given: Any) -> Contract:
    """A contract in performance, signed by both under PIN."""
    between = between or trade(**given)
    contract = issued_contract(between, terms=given.get("terms", {}))
    for side in (between.provider, between.buyer):
        key_of(side)
        with transaction():
            service.sign_with_pin(side, contract.id, PIN)
    return find(everything(Contract), contract.id)


def placed_order(
    buyer: Actor | None = None,
    provider: Actor | None = None,
    price_fen: int = 1_060_000,
    custody: str = "licensed",
    method: str | None = None,
    terms: dict[str, Any] | None = None,
    **given: Any,
) -> Order:
    """An order that waits for its payment; of price 0, one that is secured."""
    between = trade(buyer=buyer, provider=provider, price_fen=price_fen, **given)
    contract = signed_contract(between, terms={"custody": custody} | (terms or {}))
    with transaction():
        return service.place(
            between.buyer,
            contract.id,
            method=method or ("transfer" if price_fen else "free"),
            invoice_email="invoice@example.cn",
        )


def secured_order(**given: Any) -> Order:
    """An order whose money is there."""
    order = placed_order(**given)
    with transaction():
        return service.secure(SYSTEM, order.id, channel=order.method)


def delivered_order(**given: Any) -> Order:
    """An order whose data can be fetched."""
    order = secured_order(**given)
    with transaction():
        return service.mark_delivered(SYSTEM, order.id)


def accepted_order(**given: Any) -> Order:
    """An order that was accepted, with its dispute window as the offer says (0 days)."""
    order = delivered_order(**given)
    with transaction():
        return service.accept(SYSTEM, order.id, how="use")


def settled_order(**given: Any) -> Order:
    """An order that counts as a trade."""
    order = accepted_order(**given)
    with transaction():
        service.settle(SYSTEM, order.id)
    return find(everything(Order), order.id)


def settlement(**given: Any) -> Settlement:
    """The settlement of a new order."""
    order = settled_order(**given)
    with transaction() as session:
        return session.query(Settlement).filter_by(order_id=order.id).one()
