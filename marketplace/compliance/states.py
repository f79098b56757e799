"""What can happen to reviews and take-downs, by whom; the words of grades and reasons."""

from enum import StrEnum
from typing import Any

from marketplace.core.access import Actor, Permission
from marketplace.core.lives import Life, step

P = Permission


class Grade(StrEnum):
    """GB/T 43697-2024: core is never listed, important only by controlled delivery."""

    CORE = "core"
    IMPORTANT = "important"
    GENERAL = "general"


class Harmed(StrEnum):
    """What would be harmed if the data leaked, were changed or misused (GB/T 43697)."""

    NATIONAL_SECURITY = "national_security"
    ECONOMY = "economy"
    SOCIAL_ORDER = "social_order"
    PUBLIC_INTEREST = "public_interest"
    ORGANISATION = "organisation"
    PERSON = "person"


class Degree(StrEnum):
    """How badly."""

    VERY_SERIOUS = "very_serious"
    SERIOUS = "serious"
    ORDINARY = "ordinary"


class ReviewStatus(StrEnum):
    OPEN = "open"
    FIRST_DONE = "first_done"
    SECOND_DONE = "second_done"
    DISPUTED = "disputed"
    ARBITRATED = "arbitrated"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"
    VOID = "void"


class Outcome(StrEnum):
    """What a reviewer concludes. `refer` asks for the chief reviewer."""

    PASS = "pass"
    RETURN = "return"
    REFUSE = "refuse"
    REFER = "refer"


class Seat(StrEnum):
    """Whose verdict it is."""

    FIRST = "first"
    SECOND = "second"
    CHIEF = "chief"


class Answer(StrEnum):
    """What a reviewer says of one item of the checklist."""

    SEEN = "seen"
    DOUBT = "doubt"
    NOT_APPLICABLE = "not_applicable"


class Reason(StrEnum):
    """Coded reasons. The first group blocks a pass by itself and is set by the machine."""

    PERSONAL_INFORMATION_PRESENT = "personal_information_present"
    GRADE_CORE = "grade_core"
    IMPORTANT_NEEDS_CONTROLLED_DELIVERY = "important_needs_controlled_delivery"
    PUBLIC_STANDING_MISSING = "public_standing_missing"
    SOURCE_NOT_EVIDENCED = "source_not_evidenced"
    RIGHTS_UNCLEAR = "rights_unclear"
    CONSENT_MISSING = "consent_missing"
    IMPACT_ASSESSMENT_MISSING = "impact_assessment_missing"
    DESCRIPTION_INACCURATE = "description_inaccurate"
    DICTIONARY_INCOMPLETE = "dictionary_incomplete"
    PURPOSE_TOO_WIDE = "purpose_too_wide"
    SECURITY_MEASURES_MISSING = "security_measures_missing"
    STATE_SECRET_REVIEW_MISSING = "state_secret_review_missing"
    CONTENT_UNLAWFUL = "content_unlawful"
    ALL_CLEAR = "all_clear"


class TakeDownReason(StrEnum):
    """Why a dataset is stopped at once."""

    PERSONAL_INFORMATION = "personal_information"
    RIGHTS_DISPUTE = "rights_dispute"
    AUTHORITY_ORDER = "authority_order"
    SECURITY_INCIDENT = "security_incident"
    UNLAWFUL_CONTENT = "unlawful_content"
    OTHER = "other"


class TakeDownStatus(StrEnum):
    STANDING = "standing"
    LIFTING = "lifting"
    LIFTED = "lifted"


def belongs_to_provider(actor: Actor, thing: Any) -> bool:
    """A conflict of interest: the reviewer's organisation is the provider's."""
    return actor.belongs_to(thing.provider_id)


def asked_to_lift(actor: Actor, thing: Any) -> bool:
    """Two people lift a take-down: who asked may not confirm; nor may the provider's people."""
    return belongs_to_provider(actor, thing) or (
        actor.person_id is not None and actor.person_id == thing.lift_asked_by
    )


S = ReviewStatus
UNDECIDED = frozenset({S.OPEN, S.FIRST_DONE, S.SECOND_DONE, S.DISPUTED, S.ARBITRATED})
FINAL = frozenset({S.APPROVED, S.RETURNED, S.REFUSED, S.VOID})
_SETTLED = {S.SECOND_DONE, S.ARBITRATED}
REVIEW_LIFE = Life(
    S,
    step(
        "write_first", {S.OPEN}, S.FIRST_DONE, P.REVIEW_DECIDE, "review.first_written",
        unless=belongs_to_provider,
    ),
    step(
        "write_second", {S.FIRST_DONE}, S.SECOND_DONE, P.REVIEW_DECIDE, "review.second_written",
        unless=belongs_to_provider,
    ),
    step("dispute", {S.SECOND_DONE}, S.DISPUTED, P.SYSTEM, "review.disputed"),
    step(
        "arbitrate", {S.DISPUTED}, S.ARBITRATED, P.REVIEW_ARBITRATE, "review.arbitrated",
        unless=belongs_to_provider,
    ),
    step("approve", _SETTLED, S.APPROVED, P.SYSTEM, "review.approved"),
    step("return", _SETTLED, S.RETURNED, P.SYSTEM, "review.returned"),
    step("refuse", _SETTLED, S.REFUSED, P.SYSTEM, "review.refused"),
    step("void", {*UNDECIDED, S.APPROVED}, S.VOID, P.SYSTEM, "review.voided"),
    step(
        "withdraw", {S.OPEN, S.FIRST_DONE}, S.VOID, P.REVIEW_REQUEST, "review.withdrawn",
        party="provider_id",
    ),
)  # fmt: skip

T = TakeDownStatus
TAKE_DOWN_LIFE = Life(
    T,
    step(
        "ask_to_lift", {T.STANDING}, T.LIFTING, P.TAKE_DOWN, "take_down.lift_asked",
        unless=belongs_to_provider,
    ),
    step(
        "lift", {T.LIFTING}, T.LIFTED, P.TAKE_DOWN, "take_down.lifted", unless=asked_to_lift,
    ),
    step(
        "keep", {T.LIFTING}, T.STANDING, P.TAKE_DOWN, "take_down.kept", unless=belongs_to_provider,
    ),
)  # fmt: skip
