"""Reviews and approvals, made through the commands."""

from typing import Any
from uuid import UUID

from marketplace.compliance import checklist, queries, service
from marketplace.compliance.models import Review
from marketplace.compliance.queries import review_by_id
from marketplace.core.access import Actor, Role
from marketplace.core.database import transaction
from marketplace.datasets.models import Version
from marketplace.datasets.queries import version as version_by_id
from tests.factories import accounts


def reviewer(*roles: Role) -> Actor:
    """A reviewer of the platform."""
    return accounts.staff(*(roles or (Role.REVIEWER,)))


def provider_of(version: Version) -> Actor:
    """Somebody of the provider's organisation who may ask for a review."""
    return accounts.member(version.provider_id, Role.PROVIDER)


def opened(version: Version | UUID, provider: Actor | None = None) -> Review:
    """A review nobody has looked at."""
    found = version_by_id(version) if isinstance(version, UUID) else version
    asker = provider or provider_of(found)
    with transaction():
        return service.request_review(asker, found.id)


def seen_marks(review: Review) -> dict[str, Any]:
    """Every item of the checklist looked at and found in order."""
    items = checklist.items_for(queries.circumstances(review))
    return {one.code: {"answer": "seen", "note": ""} for one in items}


def verdict(review: Review, who: Actor | None = None, outcome: str = "pass", **given: Any) -> Actor:
    """One verdict, with everything seen and all clear unless told otherwise."""
    actor = who or reviewer()
    with transaction():
        service.sit(actor, review.id, has_conflict=False)
    words = "" if outcome == "pass" else "请补充来源证明。"
    values: dict[str, Any] = {
        "outcome": outcome,
        "reasons": ["all_clear"] if outcome == "pass" else ["source_not_evidenced"],
        "words": words,
        "harms": {"organisation": "ordinary"},
        "marks": seen_marks(review),
    }
    with transaction():
        service.conclude(actor, review.id, **(values | given))
    return actor


def approval(version: Version | UUID, provider: Actor | None = None) -> Review:
    """A review that two reviewers passed."""
    review = opened(version, provider)
    verdict(review)
    verdict(review)
    return review_by_id(review.id)
