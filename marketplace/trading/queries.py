"""Reads of requests, contracts and orders: the two parties, and staff who read all orders."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, false, or_, select

from marketplace.catalogue.models import Product
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.database import db, everything, find
from marketplace.trading.models import Contract, Order, Request, Settlement, Signature
from marketplace.trading.states import ContractStatus

T = TypeVar("T")


def _of_both(actor: Actor, model: Any) -> Any:
    if actor.is_system or actor.may(Permission.ORDER_READ_ALL):
        return select(model)
    if actor.organisation_id is None:
        return select(model).where(false())
    own = actor.organisation_id
    return select(model).where(or_(model.provider_id == own, model.buyer_id == own))


@sees(Request)
def visible_requests(actor: Actor) -> Select[Request]:
    rows: Select[Request] = _of_both(actor, Request)
    return rows


@sees(Contract)
def visible_contracts(actor: Actor) -> Select[Contract]:
    rows: Select[Contract] = _of_both(actor, Contract)
    return rows


@sees(Order)
def visible_orders(actor: Actor) -> Select[Order]:
    rows: Select[Order] = _of_both(actor, Order)
    return rows


@sees(Settlement)
def visible_settlements(actor: Actor) -> Select[Settlement]:
    """Also for those who open the entries behind a figure."""
    if actor.may(Permission.FIGURE_OPEN):
        return select(Settlement)
    rows: Select[Settlement] = _of_both(actor, Settlement)
    return rows


def request(actor: Actor, request_id: UUID) -> Request:
    """A request that the actor may see."""
    return find(visible(actor, Request), request_id)


def contract(actor: Actor, contract_id: UUID) -> Contract:
    """A contract that the actor may see."""
    return find(visible(actor, Contract), contract_id)


def order(actor: Actor, order_id: UUID) -> Order:
    """An order that the actor may see."""
    return find(visible(actor, Order), order_id)


# -- faces for the steps above, whose callers have asked leave


def order_by_id(order_id: UUID) -> Order:
    """An order, whoever asks."""
    return find(everything(Order), order_id)


def contract_by_id(contract_id: UUID) -> Contract:
    """A contract, whoever asks."""
    return find(everything(Contract), contract_id)


def contract_by_digest(digest: str) -> Contract | None:
    """The contract whose bytes have this SHA-256, for the public check of a dropped file."""
    return db.session.scalars(select(Contract).where(Contract.digest == digest)).one_or_none()


def contract_of_request(request_id: UUID) -> Contract | None:
    """The contract that came of a request."""
    query = select(Contract).where(Contract.request_id == request_id)
    return db.session.scalars(query).one_or_none()


def order_of_contract(contract_id: UUID) -> Order | None:
    """The newest order under a contract."""
    query = select(Order).where(Order.contract_id == contract_id).order_by(Order.id.desc())
    return db.session.scalars(query.limit(1)).one_or_none()


def is_contract_alive(contract_id: UUID) -> bool:
    """Asked by the delivery gate at every request."""
    status = db.session.scalar(select(Contract.status).where(Contract.id == contract_id))
    return status == ContractStatus.PERFORMING


def signatures_of(contract_id: UUID) -> Sequence[Signature]:
    """A contract's signatures, the first first."""
    query = select(Signature).where(Signature.contract_id == contract_id)
    return db.session.scalars(query.order_by(Signature.signed_at, Signature.id)).all()


def settlement_of(order_id: UUID) -> Settlement | None:
    """An order's settlement."""
    return db.session.scalars(
        select(Settlement).where(Settlement.order_id == order_id)
    ).one_or_none()


def orders_of(actor: Actor, side: str) -> Select[Order]:
    """The orders the actor's organisation placed (`buyer`) or received (`provider`)."""
    column = Order.buyer_id if side == "buyer" else Order.provider_id
    return visible(actor, Order).where(column == actor.organisation_id)


def requests_of(actor: Actor, side: str) -> Select[Request]:
    """The requests the actor's organisation made (`buyer`) or received (`provider`)."""
    column = Request.buyer_id if side == "buyer" else Request.provider_id
    return visible(actor, Request).where(column == actor.organisation_id)


def contracts_of(actor: Actor) -> Select[Contract]:
    """The contracts of the actor's organisation."""
    return visible(actor, Contract)


def unit_prices(product_ids: Sequence[UUID], limit: int = 100) -> Sequence[Settlement]:
    """Real settlements of some products, newest first: comparables for valuation pages."""
    query = (
        select(Settlement)
        .where(Settlement.product_id.in_(product_ids), Settlement.simulated.is_(False))
        .order_by(Settlement.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def product_of(product_id: UUID) -> Product:
    """The product of a request or order that the actor may see, listed or not any more."""
    return find(everything(Product), product_id)


def titles(product_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The titles of some products, for lists."""
    query = select(Product.id, Product.title).where(Product.id.in_(product_ids))
    return {row.id: row.title for row in db.session.execute(query)}
