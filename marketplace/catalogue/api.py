"""The catalogue for programs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import RAISE

from marketplace.catalogue import gates, queries, schemas, search, service
from marketplace.catalogue.asked import query_of
from marketplace.catalogue.models import Offer, Product, Question
from marketplace.core.access import Permission, require, visible
from marketplace.core.database import transaction
from marketplace.core.errors import NotFound
from marketplace.core.idempotency import already, remember
from marketplace.datasets import queries as datasets
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

bp = Blueprint(
    "catalogue_api",
    __name__,
    url_prefix="/api/v1",
    description="数据产品、授权方案、检索与提问",
)


@bp.get("/products")
@bp.arguments(schemas.SearchIn, location="query", unknown=RAISE)
@bp.response(200)
def find_products(data: dict[str, Any]) -> Response:
    """Search what is listed. Facet counts follow all other filters; prices in fen."""
    result = search.find(query_of(data))
    return _json(
        {
            "total": result.counts.total,
            "page": result.page,
            "pages": result.pages,
            "size": result.query.size,
            "words": result.tokens,
            "items": result.cards,
            "facets": result.counts.facets,
            "prices": [
                {"from_fen": edge, "count": result.counts.prices.get(band, 0)}
                for band, edge in enumerate((0, *search.PRICE_EDGES_FEN))
            ],
            "without": result.counts.without,
        }
    )


@bp.get("/products/<uuid:product_id>")
@bp.response(200)
def read_product(product_id: UUID) -> Response:
    """One product: the public record while it is listed; one's own in any state."""
    if "Authorization" in request.headers:
        current_actor()  # a token that is not valid is refused, on public data too
    published = queries.published(product_id)
    if published is not None:
        return Response(published, mimetype="application/json")
    product = queries.product(current_actor(), product_id)
    return _json(schemas.ProductOut().dump(product))


@bp.get("/products/own")
@bp.response(200)
def own_products() -> Response:
    """One's organisation's products in any state, newest first; `cursor` as the page before said."""
    actor = current_actor()
    require(actor, Permission.PRODUCT_LIST)
    rows = visible(actor, Product).where(Product.provider_id == actor.organisation_id)
    page = page_of(rows, Product, request.args.get("cursor"))
    return _json({"items": schemas.ProductOut(many=True).dump(page.items), "next": page.next})


@bp.post("/products")
@bp.arguments(schemas.ProductIn)
@bp.response(201, schemas.ProductOut)
def draft_product(data: dict[str, Any]) -> Product:
    """Begin a product of one's own dataset."""
    with transaction():
        return service.draft(current_actor(), data.pop("dataset_id"), **data)


@bp.put("/products/<uuid:product_id>/words")
@bp.arguments(schemas.WordsIn)
@bp.response(200, schemas.ProductOut)
def revise_product(data: dict[str, str], product_id: UUID) -> Product:
    """Change title, summary and scenario of a product that is not listed."""
    with transaction():
        return service.revise(current_actor(), product_id, **data)


@bp.get("/products/<uuid:product_id>/readiness")
@bp.response(200, schemas.ReadinessOut)
def product_readiness(product_id: UUID) -> gates.Readiness:
    """All that has to be there before listing, and what is missing."""
    actor = current_actor()
    product = queries.own_product(actor, product_id)
    return gates.readiness(product, product.listed_version_id)


@bp.post("/products/<uuid:product_id>/list")
@bp.response(200, schemas.ProductOut)
def list_product(product_id: UUID) -> Product:
    """List a product; 422 names everything that is missing. Takes `Idempotency-Key`."""
    actor, key = current_actor(), request.headers.get("Idempotency-Key")
    with transaction():
        done = already(actor, "products.list", key, {"product": str(product_id)})
        if done is not None:
            return queries.product(actor, done)
        product = service.list_product(actor, product_id)
        remember(actor, "products.list", key, {"product": str(product_id)}, product.id)
        return product


@bp.post("/products/<uuid:product_id>/delist")
@bp.response(200, schemas.ProductOut)
def delist_product(product_id: UUID) -> Product:
    """Take one's product out of the catalogue."""
    with transaction():
        return service.delist(current_actor(), product_id)


@bp.post("/products/<uuid:product_id>/take-down")
@bp.arguments(schemas.DelistReasonIn)
@bp.response(200, schemas.ProductOut)
def take_down_product(data: dict[str, str], product_id: UUID) -> Product:
    """Take a product out of the catalogue, as the platform."""
    with transaction():
        return service.take_down(current_actor(), product_id, data["reason"])


@bp.get("/products/<uuid:product_id>/offers")
@bp.response(200, schemas.OfferOut(many=True))
def product_offers(product_id: UUID) -> Sequence[Offer]:
    """The open offers of a product that one may see."""
    return queries.offers_of(queries.product(current_actor(), product_id).id)


@bp.post("/products/<uuid:product_id>/offers")
@bp.arguments(schemas.OfferIn)
@bp.response(201, schemas.OfferOut)
def make_offer(data: dict[str, Any], product_id: UUID) -> Offer:
    """Offer the product under these terms. Takes `Idempotency-Key`."""
    actor, key = current_actor(), request.headers.get("Idempotency-Key")
    asked = {"product": str(product_id), **data}
    with transaction():
        done = already(actor, "offers.make", key, asked)
        if done is not None:
            return queries.offer(done)
        offer = service.make_offer(actor, product_id, **data)
        remember(actor, "offers.make", key, asked, offer.id)
        return offer


@bp.post("/offers/<uuid:offer_id>/close")
@bp.response(200, schemas.OfferOut)
def close_offer(offer_id: UUID) -> Offer:
    """Take no more requests under an offer."""
    with transaction():
        return service.close_offer(current_actor(), offer_id)


@bp.get("/products/<uuid:product_id>/sample")
@bp.response(200)
def product_sample(product_id: UUID) -> Response:
    """The masked sample, as far as the review opened it."""
    actor = current_actor()
    product = queries.product(actor, product_id)
    sample = (
        datasets.sample(actor, product.listed_version_id) if product.listed_version_id else None
    )
    if sample is None:
        raise NotFound("sample_not_open")
    return _json(sample)


@bp.get("/products/<uuid:product_id>/questions")
@bp.response(200, schemas.QuestionOut(many=True))
def product_questions(product_id: UUID) -> Sequence[Question]:
    """Questions and answers, newest first."""
    return queries.questions_of(queries.product(current_actor(), product_id).id)


@bp.post("/products/<uuid:product_id>/questions")
@bp.arguments(schemas.QuestionIn)
@bp.response(201, schemas.QuestionOut)
def ask(data: dict[str, str], product_id: UUID) -> Question:
    """Ask the provider, in public."""
    with transaction():
        return service.ask(current_actor(), product_id, data["body"])


@bp.post("/questions/<uuid:question_id>/answer")
@bp.arguments(schemas.QuestionAnswerIn)
@bp.response(200, schemas.QuestionOut)
def answer(data: dict[str, str], question_id: UUID) -> Question:
    """Answer a question about one's own product."""
    with transaction():
        return service.answer(current_actor(), question_id, data["answer"])


def _json(body: Any) -> Response:
    """The body as it is: what was put together for the index needs no second schema."""
    return Response(current_app.json.dumps(body), mimetype="application/json")
