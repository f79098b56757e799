"""Asking for data and negotiating about it, in numbered rounds that are never changed.

Each answer is due within two working days; a day before, an operator is told. A request that
nobody answers expires. Prices in fen including VAT, terms in days.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.gates import purpose_of
from marketplace.catalogue.models import Offer
from marketplace.catalogue.queries import offer as offer_by_id
from marketplace.catalogue.queries import product
from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now, start_of, today
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import record
from marketplace.core.idempotency import already, remember
from marketplace.core.lives import born
from marketplace.core.working_days import deadline
from marketplace.datasets.queries import dataset_of
from marketplace.trading.models import Request, Round
from marketplace.trading.states import OPEN_REQUESTS, REQUEST_LIFE, Party, RequestStatus
from marketplace.valuation.service import check_price

ANSWER_DAYS = 2  # working days
WARNED_BEFORE = timedelta(hours=24)
LIVES_FOR = timedelta(days=30)
MOST_ROUNDS = 20


def ask(
    actor: Actor,
    offer_id: UUID,
    *,
    purposes: Sequence[str],
    purpose_text: str,
    recipients: str = "",
    price_fen: int | None = None,
    term_days: int | None = None,
    key: str | None = None,
) -> Request:
    """Ask a provider for data under one of its offers. What is left out is as the offer says.

    Invalid for a purpose the offer does not allow, Conflict `own_product`, `offer_closed`,
    `request_open_already`.
    """
    require(actor, Permission.ACCESS_REQUEST)
    require_verified(actor)
    given = {"offer": str(offer_id), "purposes": list(purposes), "text": purpose_text,
             "recipients": recipients, "price": price_fen, "term": term_days}  # fmt: skip
    earlier = already(actor, "trading.ask", key, given)
    if earlier:
        return find(visible(actor, Request), earlier)
    offer = find(visible(actor, Offer), offer_id)
    _check_offer(actor, offer)
    price = offer.price_fen if price_fen is None else price_fen
    _check_purposes(offer, purposes)
    _check_price(offer, price)
    request = Request(
        product_id=offer.product_id,
        offer_id=offer.id,
        version_id=offer.version_id,
        provider_id=offer.provider_id,
        buyer_id=actor.organisation_id,
        asked_by=actor.person_id,
        purpose_text=purpose_text,
        due_at=_due(),
        expires_at=now() + LIVES_FOR,
        status=RequestStatus.ASKED,
    )
    born(request, actor, "request.asked", purposes=list(purposes))
    _next_round(
        actor, request, Party.BUYER, price_fen=price, purposes=list(purposes),
        term_days=term_days or offer.term_days, recipients=recipients, note="",
    )  # fmt: skip
    queue.enqueue("trading.expire_request", request.id, after=LIVES_FOR)
    remember(actor, "trading.ask", key, given, request.id)
    return request


def make_offer(actor: Actor, request_id: UUID, **proposed: Any) -> Round:
    """The provider proposes other terms: price_fen, term_days, purposes, recipients, note."""
    return _propose(actor, request_id, Party.PROVIDER, "offer", proposed)


def counter(actor: Actor, request_id: UUID, **proposed: Any) -> Round:
    """The buyer answers the provider's terms with its own."""
    return _propose(actor, request_id, Party.BUYER, "counter", proposed)


def agree(actor: Actor, request_id: UUID, number: int) -> Request:
    """The provider agrees to the buyer's round `number`; Conflict `round_superseded` if it is old."""
    return _agree(actor, request_id, number, "agree")


def accept_offer(actor: Actor, request_id: UUID, number: int) -> Request:
    """The buyer agrees to the provider's round `number`."""
    return _agree(actor, request_id, number, "accept")


def refuse(actor: Actor, request_id: UUID, reason: str, note: str = "") -> Request:
    """The provider says no, with a coded reason that reaches the buyer."""
    request = hold(visible(actor, Request), request_id)
    REQUEST_LIFE.take(actor, request, "refuse", reason=reason)
    request.refusal_reason, request.refusal_note = reason, note
    return request


def withdraw(actor: Actor, request_id: UUID) -> Request:
    """The buyer takes the request back."""
    request = hold(visible(actor, Request), request_id)
    REQUEST_LIFE.take(actor, request, "withdraw")
    return request


def escalate(actor: Actor, request_id: UUID) -> None:
    """Nobody has answered a day before the answer is due: say so, once a round."""
    request = hold(everything(Request), request_id)
    is_due = now() >= request.due_at - WARNED_BEFORE
    if request.is_open and is_due and request.escalated_at is None:
        request.escalated_at = now()
        record("request.overdue", request, actor, waits_for=_waits_for(request))


def expire_request(actor: Actor, request_id: UUID) -> None:
    """A request that was never agreed to ends by itself."""
    request = hold(everything(Request), request_id)
    if request.is_open and now() >= request.expires_at:
        REQUEST_LIFE.take(actor, request, "expire")


def _propose(
    actor: Actor, request_id: UUID, party: Party, action: str, proposed: dict[str, Any]
) -> Round:
    require_verified(actor)
    request = hold(visible(actor, Request), request_id)
    REQUEST_LIFE.take(actor, request, action)
    offer = offer_by_id(request.offer_id)
    _check_purposes(offer, proposed["purposes"])
    _check_price(offer, proposed["price_fen"])
    request.due_at, request.escalated_at = _due(), None
    return _next_round(actor, request, party, **proposed)


def _agree(actor: Actor, request_id: UUID, number: int, action: str) -> Request:
    require_verified(actor)
    request = hold(visible(actor, Request), request_id)
    REQUEST_LIFE.take(actor, request, action, round=number)
    if number != _last_number(request.id):
        raise Conflict("round_superseded", number=number)
    return request


def _check_offer(actor: Actor, offer: Offer) -> None:
    if actor.belongs_to(offer.provider_id):
        raise Conflict("own_product")
    if not offer.is_open or product(actor, offer.product_id).status != "listed":
        raise Conflict("offer_closed")
    if dataset_of(offer.version_id).is_stopped:
        raise Conflict("dataset_stopped")
    if actor.organisation_id is None:
        raise Forbidden("wrong_organisation")
    query = select(Request.id).where(
        Request.offer_id == offer.id,
        Request.buyer_id == actor.organisation_id,
        Request.status.in_(OPEN_REQUESTS),
    )
    if db.session.scalar(query.limit(1)):
        raise Conflict("request_open_already")


def _check_purposes(offer: Offer, purposes: Sequence[str]) -> None:
    if set(purposes) & set(offer.prohibited):
        raise Invalid("invalid", {"purposes": ["purpose_forbidden"]})
    if not purposes or set(purposes) - set(offer.purposes):
        raise Invalid("invalid", {"purposes": ["purpose_not_offered"]})


def _check_price(offer: Offer, price_fen: int) -> None:
    if offer.model == "free" and price_fen:
        raise Invalid("invalid", {"price_fen": ["free_offer_has_no_price"]})
    dataset = dataset_of(offer.version_id)
    check_price(dataset, purpose_of(dataset), price_fen)


def _next_round(actor: Actor, request: Request, party: Party, **proposed: Any) -> Round:
    number = _last_number(request.id) + 1
    if number > MOST_ROUNDS:
        raise Conflict("too_many_rounds")
    made = add(
        Round(
            request_id=request.id, number=number, party=party, made_by=actor.person_id, **proposed
        )
    )
    db.session.expire(request, ["rounds"])
    warning = request.due_at - WARNED_BEFORE - now()
    queue.enqueue("trading.escalate", request.id, after=max(warning, timedelta()))
    return made


def _last_number(request_id: UUID) -> int:
    query = select(Round.number).where(Round.request_id == request_id)
    return db.session.scalar(query.order_by(Round.number.desc()).limit(1)) or 0


def _due() -> datetime:
    """The end of the second working day from now, Beijing time."""
    return start_of(deadline(today(), ANSWER_DAYS).day + timedelta(days=1))


def _waits_for(request: Request) -> str:
    return str(Party.PROVIDER if request.is_providers_turn else Party.BUYER)
