"""Reads of compliance. `approval` and `is_stopped` are what later steps ask at every use."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, false, select

from marketplace.compliance import checklist, findings
from marketplace.compliance.models import Review, Sitting, TakeDown, Verdict
from marketplace.compliance.states import UNDECIDED, ReviewStatus, Seat, TakeDownStatus
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.database import db, everything, find
from marketplace.core.errors import NotFound
from marketplace.datasets import queries as datasets
from marketplace.datasets.service import subject_digest


@sees(Review)
def _reviews(actor: Actor) -> Select[Review]:
    """Reviewers and those who oversee see all; a provider's people see their own."""
    query = select(Review)
    if actor.is_system or actor.may(Permission.REVIEW_READ_ALL):
        return query
    if actor.organisation_id is None:
        return query.where(false())
    return query.where(Review.provider_id == actor.organisation_id)


@sees(TakeDown)
def _take_downs(actor: Actor) -> Select[TakeDown]:
    query = select(TakeDown)
    if actor.is_system or actor.may(Permission.TAKE_DOWN) or actor.may(Permission.REVIEW_READ_ALL):
        return query
    if actor.organisation_id is None:
        return query.where(false())
    return query.where(TakeDown.provider_id == actor.organisation_id)


def review(actor: Actor, review_id: UUID) -> Review:
    """One review that the actor may see; NotFound otherwise."""
    return find(visible(actor, Review), review_id)


def decided(actor: Actor, review_id: UUID) -> Review:
    """A review with its opinion; NotFound while there is none."""
    found = review(actor, review_id)
    if found.opinion_number is None:
        raise NotFound(id=str(review_id))
    return found


def queue(actor: Actor) -> Sequence[Review]:
    """The undecided reviews the actor could work on, the one due first on top."""
    query = visible(actor, Review).where(Review.status.in_([str(one) for one in UNDECIDED]))
    if actor.organisation_id is not None:
        query = query.where(Review.provider_id != actor.organisation_id)
    return db.session.scalars(query.order_by(Review.due, Review.id).limit(200)).all()


def reviews_of(dataset_id: UUID) -> Sequence[Review]:
    """All reviews of a dataset that was already seen, newest first."""
    query = select(Review).where(Review.dataset_id == dataset_id)
    return db.session.scalars(query.order_by(Review.id.desc()).limit(100)).all()


def is_under_review(dataset_id: UUID) -> bool:
    """Whether a review of the dataset waits for its reviewers."""
    waiting = [str(one) for one in UNDECIDED]
    query = select(Review.id).where(Review.dataset_id == dataset_id, Review.status.in_(waiting))
    return db.session.scalar(query.limit(1)) is not None


def review_by_opinion(number: str) -> Review | None:
    """The review with this opinion number, for the public check."""
    query = select(Review).where(Review.opinion_number == number)
    return db.session.scalars(query).one_or_none()


def digest_now(version_id: UUID) -> str:
    """The digest of a version's content and declared use as they stand."""
    version = datasets.version(version_id)
    return subject_digest(version, datasets.declared_use(version.dataset_id))


def approval(version_id: UUID) -> Review | None:
    """The approval a version stands under: approved, and its digest still the same."""
    query = (
        select(Review)
        .where(Review.version_id == version_id, Review.status == ReviewStatus.APPROVED)
        .order_by(Review.id.desc())
        .limit(1)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None or found.subject_digest != digest_now(version_id):
        return None
    return found


def is_stopped(dataset_id: UUID) -> bool:
    """Whether a take-down stands against a dataset."""
    query = select(TakeDown.id).where(
        TakeDown.dataset_id == dataset_id, TakeDown.status != TakeDownStatus.LIFTED
    )
    return db.session.scalar(query.limit(1)) is not None


def standing_take_down(dataset_id: UUID) -> TakeDown | None:
    """The take-down that stops a dataset."""
    query = select(TakeDown).where(
        TakeDown.dataset_id == dataset_id, TakeDown.status != TakeDownStatus.LIFTED
    )
    return db.session.scalars(query).one_or_none()


def take_downs(actor: Actor) -> Select[TakeDown]:
    """Take-downs for a page."""
    return visible(actor, TakeDown)


def sitting(review_id: UUID, person_id: UUID | None) -> Sitting | None:
    """What a person has marked on a review so far."""
    query = select(Sitting).where(Sitting.review_id == review_id, Sitting.person_id == person_id)
    return db.session.scalars(query).one_or_none()


def all_verdicts(review_id: UUID) -> Sequence[Verdict]:
    """Every verdict of a review, in the order of the seats. For commands and opened records."""
    order = case({Seat.FIRST: 0, Seat.SECOND: 1, Seat.CHIEF: 2}, value=Verdict.seat)
    query = select(Verdict).where(Verdict.review_id == review_id).order_by(order)
    return db.session.scalars(query).all()


def verdicts(actor: Actor, seen: Review) -> Sequence[Verdict]:
    """The verdicts the actor may read: the first stays hidden until the second is written.

    A reviewer always reads the own one; the provider reads none, only the decision.
    """
    found = all_verdicts(seen.id)
    if actor.belongs_to(seen.provider_id) or not (
        actor.is_system or actor.may(Permission.REVIEW_READ_ALL)
    ):
        return []
    if seen.status in {ReviewStatus.OPEN, ReviewStatus.FIRST_DONE}:
        return [one for one in found if one.person_id == actor.person_id]
    if seen.status == ReviewStatus.VOID and len(found) < 2:
        return [one for one in found if one.person_id == actor.person_id]
    return found


def review_by_id(review_id: UUID) -> Review:
    """A review, for jobs and later steps. The caller has asked leave."""
    return find(everything(Review), review_id)


def circumstances(review: Review) -> checklist.Circumstances:
    """What decides which items are asked in this review."""
    version = datasets.version(review.version_id)
    dataset = datasets.dataset_by_id(review.dataset_id)
    return checklist.Circumstances(
        has_personal_information=bool(version.has_personal_information)
        or dataset.declares_personal_information,
        is_public=dataset.data_kind == "public",
        is_crawled=dataset.source == "crawled",
    )


def pass_blocks(review: Review, marks: Mapping[str, Any], grade: str) -> list[str]:
    """All that stands against a pass: machine blocks, the grade, unresolved items, as codes."""
    return [
        *findings.blocks(review.findings),
        *findings.against_grade(grade, review.delivery_modes),
        *checklist.unresolved(circumstances(review), marks),
    ]
