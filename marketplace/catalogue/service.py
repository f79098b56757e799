"""Commands of the catalogue. The caller holds the transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import gates, publication, queries, search
from marketplace.catalogue.models import Offer, Product, Question
from marketplace.catalogue.states import (
    PRODUCT_LIFE,
    QUESTION_LIFE,
    PriceModel,
    ProductStatus,
    QuestionStatus,
)
from marketplace.core import limits
from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now, today
from marketplace.core.database import add, db, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import record
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.core.numbers import next_number
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.ledger import log
from marketplace.valuation import service as valuation

SECTOR_LETTERS = {
    "industry": "GY", "agriculture": "NY", "commerce": "SM", "transport": "JT", "finance": "JR",
    "technology": "KJ", "culture": "WL", "health": "YL", "emergency": "YJ", "weather": "QX",
    "city": "CS", "green": "LS",
}  # fmt: skip
QUESTIONS_A_DAY = 20


def draft(
    actor: Actor, dataset_id: UUID, *, title: str = "", summary: str = "", scenario: str = ""
) -> Product:
    """Begin a product of one's own dataset; title and summary start as the dataset's."""
    require(actor, Permission.PRODUCT_LIST)
    dataset = find(visible(actor, Dataset), dataset_id)
    if not actor.belongs_to(dataset.provider_id):
        raise Forbidden("wrong_organisation")
    product = Product(
        dataset_id=dataset.id,
        provider_id=dataset.provider_id,
        title=title or dataset.title,
        summary=summary or dataset.summary,
        scenario=scenario,
        status=str(ProductStatus.DRAFT),
    )
    born(product, actor, "product.drafted")
    return product


def revise(actor: Actor, product_id: UUID, **words: str) -> Product:
    """Change title, summary or scenario of a product that is not listed now."""
    product = _own(actor, product_id)
    if product.status == ProductStatus.LISTED:
        raise Conflict("listed_products_stand", status=str(product.status))
    for name in ("title", "summary", "scenario"):
        if name in words:
            setattr(product, name, words[name])
    db.session.flush()
    record("product.revised", product, actor)
    return product


def make_offer(actor: Actor, product_id: UUID, **terms: Any) -> Offer:
    """Offer the newest ready version under these terms. The price is checked before it stands.

    Conflict `price_must_be_zero`, `price_cap_missing`, `price_above_cap` for public data; Invalid
    for a price far off its reference without a reason, or a purpose that was not reviewed.
    """
    product = _own(actor, product_id)
    dataset = datasets.dataset_by_id(product.dataset_id)
    version = gates.readiness(product, product.listed_version_id).version
    if version is None:
        raise Conflict("gate_version")
    _check_model(terms["model"], terms["price_fen"])
    _check_purposes(dataset.id, terms["purposes"], terms["prohibited"])
    valuation.check_price(dataset, gates.purpose_of(dataset), terms["price_fen"])
    valuation.ask_why(dataset, terms["price_fen"], terms.get("price_reason", ""))
    offer = add(
        Offer(
            product_id=product.id, provider_id=product.provider_id, version_id=version.id, **terms
        )
    )
    record("offer.made", product, actor, offer=str(offer.id), model=offer.model)
    _refresh(product)
    return offer


def close_offer(actor: Actor, offer_id: UUID) -> Offer:
    """Take no more requests under an offer; what was agreed under it stands."""
    require(actor, Permission.PRODUCT_LIST)
    offer = hold(visible(actor, Offer), offer_id)
    product = _own(actor, offer.product_id)
    if not offer.is_open:
        raise Conflict("offer_closed")
    if product.status == ProductStatus.LISTED and len(queries.offers_of(product.id)) == 1:
        raise Conflict("last_offer")
    offer.is_open = False
    db.session.flush()
    record("offer.closed", product, actor, offer=str(offer.id))
    _refresh(product)
    return offer


def list_product(actor: Actor, product_id: UUID) -> Product:
    """List a product: only when nothing is missing; it gets its number and its log entry.

    Invalid `product_not_ready` names every gap at once, by gate.
    """
    require(actor, Permission.PRODUCT_LIST)
    require_verified(actor)
    product = hold(visible(actor, Product), product_id)
    if not actor.belongs_to(product.provider_id):
        raise Forbidden("wrong_organisation", action="list")
    if product.status == ProductStatus.LISTED:
        raise Conflict("wrong_state", status=str(product.status), action="list")
    ready = gates.readiness(product)
    if ready.missing:
        raise Invalid(
            "product_not_ready",
            {gate.name: [gate.code] for gate in ready.missing},
            count=len(ready.missing),
        )
    assert ready.version is not None
    product.number = product.number or _next_number(product.dataset_id)
    product.listed_version_id = ready.version.id
    product.listed_at = now()
    product.delist_reason = None
    PRODUCT_LIFE.take(actor, product, "list", number=product.number)
    publication.publish(product, ready)
    _log(actor, product, "listed", ready)
    return product


def delist(actor: Actor, product_id: UUID, reason: str = "provider_choice") -> Product:
    """Take one's product out of the catalogue; contracts in force go on."""
    require(actor, Permission.PRODUCT_LIST)
    return _leave(actor, hold(visible(actor, Product), product_id), "delist", reason)


def take_down(actor: Actor, product_id: UUID, reason: str) -> Product:
    """Take anybody's product out of the catalogue, as the platform."""
    require(actor, Permission.TAKE_DOWN)
    rows = select(Product).where(Product.status != ProductStatus.DRAFT)
    return _leave(actor, hold(rows, product_id), "take_down", reason)


def recheck(actor: Actor, dataset_id: UUID) -> list[Product]:
    """Delist what no longer meets its gates, and refresh what still does: for jobs."""
    require(actor, Permission.SYSTEM)
    query = select(Product).where(
        Product.dataset_id == dataset_id, Product.status == ProductStatus.LISTED
    )
    gone = []
    for found in db.session.scalars(query.order_by(Product.id)).all():
        product = hold(select(Product), found.id)
        ready = gates.readiness(product, product.listed_version_id)
        if ready.missing:
            gone.append(_leave(actor, product, "take_down", ready.missing[0].code))
        else:
            publication.publish(product, ready)
    return gone


def ask(actor: Actor, product_id: UUID, body: str) -> Question:
    """Ask about a listed product, in public; twenty a day and organisation."""
    require(actor, Permission.QUESTION_ASK)
    product = find(visible(actor, Product), product_id)
    if product.status != ProductStatus.LISTED or actor.organisation_id is None:
        raise Conflict("product_not_listed")
    if actor.belongs_to(product.provider_id):
        raise Forbidden("own_product")
    bucket = f"question:{actor.organisation_id}"
    limits.check(bucket, QUESTIONS_A_DAY, timedelta(days=1))
    limits.count(bucket)
    question = Question(
        product_id=product.id,
        provider_id=product.provider_id,
        asker_id=actor.organisation_id,
        body=body,
        status=str(QuestionStatus.ASKED),
    )
    born(question, actor, "question.asked")
    return question


def answer(actor: Actor, question_id: UUID, words: str) -> Question:
    """Answer a question about one's product, in public and once."""
    require(actor, Permission.QUESTION_ANSWER)
    question = hold(visible(actor, Question), question_id)
    QUESTION_LIFE.take(actor, question, "answer")
    question.answer = words
    question.answered_at = now()
    db.session.flush()
    return question


def _own(actor: Actor, product_id: UUID) -> Product:
    require(actor, Permission.PRODUCT_LIST)
    product = hold(visible(actor, Product), product_id)
    if not actor.belongs_to(product.provider_id):
        raise Forbidden("wrong_organisation")
    return product


def _check_model(model: str, price_fen: int) -> None:
    if (model == PriceModel.FREE) != (price_fen == 0):
        raise Invalid("price_and_model_differ", {"price_fen": ["price_and_model_differ"]})


def _check_purposes(dataset_id: UUID, purposes: list[str], prohibited: list[str]) -> None:
    use = datasets.declared_use(dataset_id)
    if use is None:
        raise Conflict("declared_use_missing")
    if set(purposes) - set(use.purposes):
        raise Invalid("purpose_not_reviewed", {"purposes": ["purpose_not_reviewed"]})
    if set(purposes) & (set(prohibited) | set(use.prohibited)):
        raise Invalid("purpose_prohibited", {"purposes": ["purpose_prohibited"]})


def _leave(actor: Actor, product: Product, action: str, reason: str) -> Product:
    """Out of the catalogue: first the columns that only a listed product has, then the step."""
    ready = gates.readiness(product, product.listed_version_id)
    product.listed_version_id = None
    product.delist_reason = reason
    PRODUCT_LIFE.take(actor, product, action, reason=reason)
    search.remove(product.id)
    _log(actor, product, "delisted", ready, reason=reason)
    return product


def _refresh(product: Product) -> None:
    if product.status == ProductStatus.LISTED:
        publication.publish(product, gates.readiness(product, product.listed_version_id))


def _next_number(dataset_id: UUID) -> str:
    """`QS-JT-2026-000123`; a demo instance says so in the number itself."""
    letters = SECTOR_LETTERS[datasets.dataset_by_id(dataset_id).sector]
    series = f"{'DEMO' if instance().is_demo else 'QS'}-{letters}-{today().year}"
    return f"{series}-{next_number(f'product:{series}'):06d}"


def _log(actor: Actor, product: Product, action: str, ready: gates.Readiness, **facts: str) -> None:
    """The listing as a paper of the platform: what it rests on, and that it proves no right."""
    assert ready.version is not None
    body = {
        "action": action,
        "number": product.number,
        "product": str(product.id),
        "provider": str(product.provider_id),
        "version": str(ready.version.id),
        "content_sha256": ready.version.sha256,
        "certificate": ready.certificate.number if ready.certificate else "",
        "review": (ready.review.opinion_number or "") if ready.review else "",
        "issuer": "platform",
        **facts,
    }
    log.append("listing", product, body, parties=[product.provider_id], actor=actor)
