"""The programs' face of compliance: reviews, verdicts, opinions, take-downs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint

from marketplace.compliance import checklist, printing, queries, schemas, service
from marketplace.compliance.models import Review, Sitting, TakeDown, Verdict
from marketplace.core.access import Permission, require
from marketplace.core.database import db, transaction
from marketplace.web.session import current_actor

bp = Blueprint(
    "compliance_api", __name__, url_prefix="/api/v1/compliance", description="Compliance review"
)


@bp.get("/reviews")
@bp.response(200, schemas.ReviewOut(many=True))
def list_queue() -> Sequence[Review]:
    """The undecided reviews, the one due first on top."""
    return queries.queue(current_actor())


@bp.post("/reviews")
@bp.arguments(schemas.ReviewRequestIn)
@bp.response(201, schemas.ReviewOut)
def request_review(data: dict[str, Any]) -> Review:
    """Ask for a review of a ready version."""
    with transaction():
        return service.request_review(current_actor(), **data)


@bp.get("/reviews/<uuid:review_id>")
@bp.response(200, schemas.ReviewOut)
def show_review(review_id: UUID) -> Review:
    """One review."""
    return queries.review(current_actor(), review_id)


@bp.get("/reviews/<uuid:review_id>/checklist")
@bp.response(200, schemas.ChecklistItemOut(many=True))
def show_checklist(review_id: UUID) -> list[checklist.Item]:
    """The items asked in this review, with their clauses."""
    review = queries.review(current_actor(), review_id)
    return list(checklist.items_for(queries.circumstances(review)))


@bp.get("/reviews/<uuid:review_id>/verdicts")
@bp.response(200, schemas.VerdictOut(many=True))
def show_verdicts(review_id: UUID) -> Sequence[Verdict]:
    """The verdicts the actor may read: the first is hidden until the second is written."""
    actor = current_actor()
    return queries.verdicts(actor, queries.review(actor, review_id))


@bp.post("/reviews/<uuid:review_id>/sit")
@bp.arguments(schemas.InterestIn)
@bp.response(201, schemas.SittingOut)
def sit(data: dict[str, Any], review_id: UUID) -> Sitting:
    """Declare whether one has an interest in the case."""
    with transaction():
        return service.sit(current_actor(), review_id, **data)


@bp.post("/reviews/<uuid:review_id>/marks")
@bp.arguments(schemas.ItemMarkIn)
@bp.response(200, schemas.SittingOut)
def mark(data: dict[str, Any], review_id: UUID) -> Sitting:
    """Answer one item of the checklist."""
    with transaction():
        return service.mark(current_actor(), review_id, **data)


@bp.post("/reviews/<uuid:review_id>/verdicts")
@bp.arguments(schemas.ConcludeIn)
@bp.response(200, schemas.ReviewOut)
def conclude(data: dict[str, Any], review_id: UUID) -> Review:
    """Write one's verdict; the second person's decides, or hands the case to the chief."""
    with transaction():
        return service.conclude(current_actor(), review_id, **data)


@bp.post("/reviews/<uuid:review_id>/withdraw")
@bp.response(200, schemas.ReviewOut)
def withdraw(review_id: UUID) -> Review:
    """Take the request back."""
    with transaction():
        return service.withdraw(current_actor(), review_id)


@bp.get("/reviews/<uuid:review_id>/opinion")
@bp.response(200, content_type="application/vc+jwt")
def opinion(review_id: UUID) -> Response:
    """The decided opinion as a signed `vc+jwt`."""
    review = queries.decided(current_actor(), review_id)
    return Response(review.vc_jws, content_type="application/vc+jwt")


@bp.get("/reviews/<uuid:review_id>/opinion.pdf")
@bp.response(200, content_type="application/pdf")
def opinion_pdf(review_id: UUID) -> Response:
    """The opinion as a paper."""
    review = queries.decided(current_actor(), review_id)
    return Response(printing.of_review(review), content_type="application/pdf")


@bp.get("/take-downs")
@bp.response(200, schemas.TakeDownOut(many=True))
def list_take_downs() -> Sequence[TakeDown]:
    """The newest take-downs the actor may see."""
    actor = current_actor()
    if actor.is_anonymous:
        require(actor, Permission.TAKE_DOWN)
    query = queries.take_downs(actor).order_by(TakeDown.id.desc()).limit(100)
    return db.session.scalars(query).all()


@bp.post("/take-downs")
@bp.arguments(schemas.TakeDownApiIn)
@bp.response(201, schemas.TakeDownOut)
def take_down(data: dict[str, Any]) -> TakeDown:
    """Stop a dataset at once."""
    with transaction():
        return service.take_down(current_actor(), **data)


@bp.post("/take-downs/<uuid:take_down_id>/ask-to-lift")
@bp.arguments(schemas.TakeDownWordsIn)
@bp.response(200, schemas.TakeDownOut)
def ask_to_lift(data: dict[str, Any], take_down_id: UUID) -> TakeDown:
    """The first of two people says why the stop may end."""
    with transaction():
        return service.ask_to_lift(current_actor(), take_down_id, **data)


@bp.post("/take-downs/<uuid:take_down_id>/lift")
@bp.response(200, schemas.TakeDownOut)
def lift(take_down_id: UUID) -> TakeDown:
    """The second, another person, agrees."""
    with transaction():
        return service.lift(current_actor(), take_down_id)


@bp.post("/take-downs/<uuid:take_down_id>/keep")
@bp.response(200, schemas.TakeDownOut)
def keep(take_down_id: UUID) -> TakeDown:
    """The stop stands."""
    with transaction():
        return service.keep(current_actor(), take_down_id)
