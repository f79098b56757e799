"""Commands on reviews: ask, sit, mark, conclude, void."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.compliance import checklist, findings, opinion, queries
from marketplace.compliance.grade import grade_of, highest, is_file_deliverable
from marketplace.compliance.models import Review, Sitting, Verdict
from marketplace.compliance.states import (
    FINAL,
    REVIEW_LIFE,
    Degree,
    Harmed,
    Outcome,
    Reason,
    ReviewStatus,
    Seat,
)
from marketplace.core.access import (
    Actor,
    Permission,
    require,
    require_verified,
    system,
    visible,
)
from marketplace.core.clock import now, today
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.events import record
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.core.numbers import next_number
from marketplace.core.working_days import deadline
from marketplace.datasets import queries as datasets
from marketplace.datasets import service as dataset_service
from marketplace.datasets.models import Version
from marketplace.ledger import log
from marketplace.rights import queries as rights

PROMISED_WORKING_DAYS = 5  # our own promise: no rule sets a term for this review
COMPLIANCE = system("compliance")
_ACTIONS = {Outcome.PASS: "approve", Outcome.RETURN: "return", Outcome.REFUSE: "refuse"}


def request_review(actor: Actor, version_id: UUID) -> Review:
    """Ask for a review of a ready version as it is now declared to be used.

    Conflict `version_not_ready`, `declared_use_missing`, or `already_exists` while one is running.
    """
    require(actor, Permission.REVIEW_REQUEST)
    require_verified(actor)
    version = find(visible(actor, Version), version_id)
    if not actor.belongs_to(version.provider_id):
        raise Forbidden("wrong_organisation")
    if not version.is_ready:
        raise Conflict("version_not_ready", version_id=str(version.id))
    dataset = datasets.dataset_by_id(version.dataset_id)
    use = datasets.declared_use(dataset.id)
    if use is None:
        raise Conflict("declared_use_missing", dataset_id=str(dataset.id))
    digest = dataset_service.subject_digest(version, use)
    _not_twice(version.id, digest)
    day = today()
    review = Review(
        status=ReviewStatus.OPEN,
        version_id=version.id,
        dataset_id=dataset.id,
        provider_id=version.provider_id,
        number=f"QS-RV-{day:%Y}-{next_number(f'review:{day:%Y}'):06d}",
        subject_digest=digest,
        findings=findings.of_version(
            version,
            dataset,
            use,
            datasets.fields(version.id),
            rights.public_standing(dataset.id),
        ),
        delivery_modes=list(use.delivery_modes),
        due=deadline(day, PROMISED_WORKING_DAYS).day,
    )
    born(review, actor, "review.opened", number=review.number)
    return review


def withdraw(actor: Actor, review_id: UUID) -> Review:
    """Take the request back before the second verdict."""
    review = hold(visible(actor, Review), review_id)
    REVIEW_LIFE.take(actor, review, "withdraw")
    review.void_reason = "withdrawn"
    db.session.flush()
    return review


def sit(actor: Actor, review_id: UUID, *, has_conflict: bool, note: str = "") -> Sitting:
    """Declare, before anything else, whether one has an interest in the case. Final for this case."""
    review = _reviewed(actor, review_id)
    if review.is_over:
        raise Conflict("wrong_state", status=review.status, action="sit")
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    if queries.sitting(review.id, actor.person_id):
        raise Conflict("already_declared", review_id=str(review.id))
    seat = add(
        Sitting(
            review_id=review.id,
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            has_conflict=has_conflict,
            conflict_note=note,
            marks={},
        )
    )
    record("review.interest_declared", review, actor, has_conflict=has_conflict)
    return seat


def mark(actor: Actor, review_id: UUID, *, item: str, answer: str, note: str = "") -> Sitting:
    """Answer one item of the checklist; may be answered again until the verdict."""
    review = _reviewed(actor, review_id)
    seat = _seated(actor, review)
    if _verdict_of(actor, review) or review.is_over:
        raise Conflict("verdict_written", review_id=str(review.id))
    one = {item: {"answer": answer, "note": note}}
    checklist.check(queries.circumstances(review), one)
    seat.marks = {**seat.marks, **one}
    db.session.flush()
    return seat


def conclude(
    actor: Actor,
    review_id: UUID,
    *,
    outcome: str,
    reasons: Sequence[str],
    words: str = "",
    harms: Mapping[str, str] | None = None,
    marks: Mapping[str, Any] | None = None,
) -> Review:
    """Write one's verdict: first, second or, where they differ, the chief reviewer's.

    `harms` maps each object harmed to a degree; it gives the grade. A pass needs every item of the
    checklist resolved and no machine block (Conflict `pass_blocked` names them). The server refuses
    the same person twice, anybody of the provider's organisation, and who declared an interest.
    """
    review = _reviewed(actor, review_id)
    chief = review.status == ReviewStatus.DISPUTED
    seat = Seat.CHIEF if chief else _next_seat(review)
    action = {Seat.FIRST: "write_first", Seat.SECOND: "write_second", Seat.CHIEF: "arbitrate"}[seat]
    if _verdict_of(actor, review):
        raise Forbidden("same_reviewer", review_id=str(review.id))
    sitting = _seated(actor, review)
    if review.subject_digest != queries.digest_now(review.version_id):
        raise Conflict("content_changed", review_id=str(review.id))
    REVIEW_LIFE.take(actor, review, action)
    chosen = _marks(review, sitting, marks)
    grade = grade_of(_harms(harms or {}))
    _check_verdict(review, seat, Outcome(outcome), reasons, words, chosen, grade)
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    add(
        Verdict(
            review_id=review.id,
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            seat=seat,
            outcome=outcome,
            grade=grade,
            harms=dict(harms or {}),
            reasons=[str(one) for one in reasons],
            words=words,
            checklist=chosen,
            subject_digest=review.subject_digest,
        )
    )
    _follow(review, seat)
    return review


def void_stale(actor: Actor, dataset_id: UUID) -> list[UUID]:
    """Void every review of a dataset whose content or declared use is no longer what was reviewed."""
    require(actor, Permission.SYSTEM)
    voided = []
    for found in queries.reviews_of(dataset_id):
        if found.status in FINAL - {ReviewStatus.APPROVED}:
            continue
        review = hold(everything(Review), found.id)
        if review.subject_digest == queries.digest_now(review.version_id):
            continue
        was_approved = review.is_approved
        REVIEW_LIFE.take(actor, review, "void", reason="content_changed")
        review.void_reason = "content_changed"
        if was_approved:
            dataset_service.push_exposure(COMPLIANCE, review.version_id, "provider", False)
        voided.append(review.id)
    db.session.flush()
    return voided


def _not_twice(version_id: UUID, digest: str) -> None:
    for one in queries.reviews_of(datasets.version(version_id).dataset_id):
        same = one.version_id == version_id and one.subject_digest == digest
        if same and one.status == ReviewStatus.APPROVED:
            raise Conflict("already_approved", review_id=str(one.id))
        if one.version_id == version_id and not one.is_over:
            raise Conflict("review_running", review_id=str(one.id))


def _reviewed(actor: Actor, review_id: UUID) -> Review:
    require(actor, Permission.REVIEW_DECIDE)
    review = hold(visible(actor, Review), review_id)
    if actor.belongs_to(review.provider_id):
        raise Forbidden("conflict_of_interest", action="review")
    return review


def _seated(actor: Actor, review: Review) -> Sitting:
    seat = queries.sitting(review.id, actor.person_id)
    if seat is None:
        raise Conflict("interest_not_declared", review_id=str(review.id))
    if seat.has_conflict:
        raise Forbidden("conflict_of_interest", action="review")
    return seat


def _verdict_of(actor: Actor, review: Review) -> Verdict | None:
    found = queries.all_verdicts(review.id)
    return next((one for one in found if one.person_id == actor.person_id), None)


def _next_seat(review: Review) -> Seat:
    return Seat.FIRST if review.status == ReviewStatus.OPEN else Seat.SECOND


def _marks(review: Review, sitting: Sitting, marks: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = {**sitting.marks, **(marks or {})}
    checklist.check(queries.circumstances(review), chosen)
    sitting.marks = chosen
    return chosen


def _harms(harms: Mapping[str, str]) -> Mapping[str, str]:
    known, degrees = {str(one) for one in Harmed}, {str(one) for one in Degree}
    if not set(harms) <= known or not set(harms.values()) <= degrees:
        raise Invalid("invalid", {"harms": ["field_invalid"]})
    return harms


def _check_verdict(
    review: Review,
    seat: Seat,
    outcome: Outcome,
    reasons: Sequence[str],
    words: str,
    marks: Mapping[str, Any],
    grade: str,
) -> None:
    known = {str(one) for one in Reason}
    if not reasons or any(one not in known for one in reasons):
        raise Invalid("invalid", {"reasons": ["reason_needed"]})
    if outcome == Outcome.REFER and seat == Seat.CHIEF:
        raise Invalid("invalid", {"outcome": ["chief_decides"]})
    if outcome != Outcome.PASS:
        if not words.strip():
            raise Invalid("invalid", {"words": ["words_needed"]})
        return
    against = queries.pass_blocks(review, marks, grade)
    if against:
        raise Conflict("pass_blocked", items="、".join(against))


def _follow(review: Review, seat: Seat) -> None:
    """After the second verdict or the chief's: decide, or hand the case to the chief."""
    if seat == Seat.FIRST:
        return
    found = queries.all_verdicts(review.id)
    outcomes = {one.outcome for one in found}
    if seat == Seat.SECOND and (len(outcomes) > 1 or Outcome.REFER in outcomes):
        REVIEW_LIFE.take(COMPLIANCE, review, "dispute")
        return
    deciding = found if seat == Seat.SECOND else [one for one in found if one.seat == Seat.CHIEF]
    _decide(review, deciding, Outcome(deciding[0].outcome))


def _decide(review: Review, deciding: Sequence[Verdict], outcome: Outcome) -> None:
    day = today()
    review.grade = highest(one.grade for one in deciding)
    against = findings.against_grade(review.grade, review.delivery_modes)
    if outcome == Outcome.PASS and against:
        raise Conflict("pass_blocked", items="、".join(against))
    review.reasons = list(dict.fromkeys(code for one in deciding for code in one.reasons))
    review.words = "\n".join(dict.fromkeys(one.words for one in deciding if one.words))[:2000]
    review.decided_at = now()
    review.opinion_number = f"QS-HG-{day:%Y%m}-{next_number(f'opinion:{day:%Y%m}'):04d}"
    db.session.flush()
    REVIEW_LIFE.take(COMPLIANCE, review, _ACTIONS[outcome], reasons=review.reasons)
    _publish_exposure(review)
    _sign(review)


def _publish_exposure(review: Review) -> None:
    """Approved: profile and masked sample open. A sample that holds persons stays closed."""
    if not review.is_approved:
        return
    version = datasets.version(review.version_id)
    dataset = datasets.dataset_by_id(review.dataset_id)
    personal = version.has_personal_information or dataset.declares_personal_information
    general = is_file_deliverable(review.grade or "general")
    audience = "public" if general and not personal else "provider"
    dataset_service.push_exposure(COMPLIANCE, version.id, audience, general and not personal)


def _sign(review: Review) -> None:
    provider = accounts.organisation(review.provider_id)
    verdicts = queries.all_verdicts(review.id)
    entry = log.append(
        "review",
        review,
        opinion.content(
            review,
            provider=provider,
            verdicts=verdicts,
            title=datasets.dataset_by_id(review.dataset_id).title,
            issuer_id=log.issuer(),
            public_url=instance().public_url,
        ),
        parties=[review.provider_id, *(one.organisation_id for one in verdicts)],
        actor=COMPLIANCE,
        typ="vc+jwt",
    )
    review.vc_jws = entry.jws or ""
    db.session.flush()
