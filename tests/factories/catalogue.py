"""Products through their gates: certificate, approval, offer, listing; and bare entries for search."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import service
from marketplace.catalogue.models import Offer, Product, Question
from marketplace.core.access import Actor, Role, system
from marketplace.core.database import db, everything, find, transaction
from marketplace.datasets import service as datasets
from marketplace.datasets.models import Dataset
from marketplace.datasets.queries import latest_version
from tests.factories import accounts, compliance, rights

TERMS: dict[str, Any] = {
    "name": "标准授权",
    "model": "one_off",
    "price_fen": 3_800_000,
    "tax_rate_bp": 600,
    "purposes": ["internal_analysis"],
    "prohibited": ["reidentification"],
    "term_days": 365,
    "inspection_days": 0,
    "dispute_days": 0,
    "quota": 10,
    "price_reason": "",
}


@dataclass(frozen=True)
class Stand:
    """A provider with a dataset that has everything a listing needs."""

    provider: Actor
    dataset: Dataset


def ready(provider: Actor | None = None, *, exposed: bool = True, **given: Any) -> Stand:
    """A dataset with certificate and approval."""
    provider = provider or accounts.actor(Role.PROVIDER)
    dataset = rights.ready_dataset(provider, **({"region": "济南市"} | given))
    rights.certificate(provider, dataset)
    version = latest_version(dataset.id)
    assert version is not None
    version_id = version.id
    compliance.approval(version_id, provider)
    if exposed:
        with transaction():
            datasets.push_exposure(system("test"), version_id, "public", True)
    return Stand(provider, find(everything(Dataset), dataset.id))


def draft(provider: Actor, dataset: Dataset, **given: Any) -> Product:
    """A product that is described but not listed."""
    with transaction():
        return service.draft(provider, dataset.id, **({"scenario": "线网优化与商业选址。"} | given))


def offer(provider: Actor, product: Product | UUID, **terms: Any) -> Offer:
    """An offer of a product."""
    product_id = product if isinstance(product, UUID) else product.id
    given = TERMS | terms
    if given["price_fen"] == 0:
        given["model"] = "free"
    with transaction():
        return service.make_offer(provider, product_id, **given)


def listed_product(
    provider: Actor | None = None, price_fen: int = 3_800_000, **given: Any
) -> Product:
    """A product that went through every gate."""
    stand = ready(provider, **given)
    product = draft(stand.provider, stand.dataset)
    offer(stand.provider, product, price_fen=price_fen)
    with transaction():
        return service.list_product(stand.provider, product.id)


def offer_of(product: Product) -> Offer:
    """The open offer of a product."""
    query = select(Offer).where(Offer.product_id == product.id, Offer.is_open)
    return db.session.scalars(query.limit(1)).one()


def provider_of(product: Product) -> Actor:
    """Somebody of the provider's."""
    return accounts.member(product.provider_id, Role.PROVIDER)


def question(
    product: Product, asker: Actor | None = None, body: str = "更新到哪一天？"
) -> Question:
    """A question of another organisation."""
    asker = asker or accounts.actor(Role.BUYER)
    with transaction():
        return service.ask(asker, product.id, body)
