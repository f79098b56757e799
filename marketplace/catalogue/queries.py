"""Reads of the catalogue: listed products are everybody's, drafts their provider's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.models import Offer, Product, Question, SearchEntry
from marketplace.catalogue.states import ProductStatus, QuestionStatus
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.database import db, everything, find


@sees(Product)
def visible_products(actor: Actor) -> Select[Product]:
    """Listed ones; one's own; all for staff who read every dataset."""
    rows = select(Product)
    if actor.may(Permission.DATASET_READ_ALL):
        return rows
    listed = Product.status == ProductStatus.LISTED
    if actor.organisation_id is None:
        return rows.where(listed)
    return rows.where(listed | (Product.provider_id == actor.organisation_id))


@sees(Offer)
def visible_offers(actor: Actor) -> Select[Offer]:
    """The offers of products that the actor sees; closed ones only for their provider and staff."""
    seen = visible_products(actor).where(Product.id == Offer.product_id)
    rows = select(Offer).where(seen.exists())
    if actor.may(Permission.DATASET_READ_ALL):
        return rows
    return rows.where(Offer.is_open | (Offer.provider_id == actor.organisation_id))


@sees(Question)
def visible_questions(actor: Actor) -> Select[Question]:
    """The questions about products that the actor sees."""
    seen = visible_products(actor).where(Product.id == Question.product_id)
    return select(Question).where(seen.exists())


def product(actor: Actor, product_id: UUID) -> Product:
    """One product that the actor may see."""
    return find(visible(actor, Product), product_id)


def offer(offer_id: UUID) -> Offer:
    """One offer, for the steps above, which froze or will freeze its terms."""
    return find(everything(Offer), offer_id)


def offers_of(product_id: UUID, *, only_open: bool = True) -> Sequence[Offer]:
    """A product's offers, cheapest first."""
    query = select(Offer).where(Offer.product_id == product_id)
    if only_open:
        query = query.where(Offer.is_open)
    return db.session.scalars(query.order_by(Offer.price_fen, Offer.id).limit(100)).all()


def questions_of(product_id: UUID) -> Sequence[Question]:
    """A product's questions, newest first."""
    query = select(Question).where(Question.product_id == product_id)
    return db.session.scalars(query.order_by(Question.id.desc()).limit(100)).all()


def products_of(dataset_id: UUID) -> Sequence[Product]:
    """The products made of one dataset."""
    query = select(Product).where(Product.dataset_id == dataset_id).order_by(Product.id)
    return db.session.scalars(query.limit(100)).all()


def own_product(actor: Actor, product_id: UUID) -> Product:
    """One product with its workings: for its provider's people and staff only."""
    rows = visible(actor, Product)
    if not actor.may(Permission.DATASET_READ_ALL):
        rows = rows.where(Product.provider_id == actor.organisation_id)
    return find(rows, product_id)


def published(product_id: UUID) -> str | None:
    """The public record of a listed product as JSON: one row by its key, nothing to work out."""
    query = select(SearchEntry.published).where(SearchEntry.product_id == product_id)
    return db.session.execute(query).scalar_one_or_none()


def question(actor: Actor, question_id: UUID) -> Question:
    """One question that the actor may see."""
    return find(visible(actor, Question), question_id)


def listed_by(provider_id: UUID) -> int:
    """How many products an organisation has listed."""
    query = select(func.count()).where(
        Product.provider_id == provider_id, Product.status == ProductStatus.LISTED
    )
    return db.session.scalar(query) or 0


def unanswered(provider_id: UUID) -> int:
    """How many questions wait for an organisation's answer."""
    query = select(func.count()).where(
        Question.provider_id == provider_id, Question.status == QuestionStatus.ASKED
    )
    return db.session.scalar(query) or 0


def by_number(number: str) -> Product | None:
    """The product with this listing number, once it was listed: for the public check."""
    return db.session.scalars(select(Product).where(Product.number == number)).one_or_none()
