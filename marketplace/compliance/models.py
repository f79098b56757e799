"""Reviews with the sittings and verdicts of their reviewers; take-downs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.compliance.states import FINAL, ReviewStatus
from marketplace.core.database import Model
from marketplace.core.lives import Living

_ONGOING = text("status not in ('approved', 'returned', 'refused', 'void')")


class Review(Living, Model):
    """The question whether one content may be offered for one declared use.

    `subject_digest` says what was reviewed. `findings` are the machine's. `opinion_number`, the
    signed opinion and `decided_at` exist once it is decided.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint(
            "status not in ('approved', 'returned', 'refused') or opinion_number is not null",
            name="numbered",
        ),
        Index(
            "uq_reviews_ongoing",
            "version_id",
            unique=True,
            sqlite_where=_ONGOING,
            postgresql_where=_ONGOING,
        ),
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), index=True)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    subject_digest: Mapped[str] = mapped_column(String(64), index=True)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    delivery_modes: Mapped[list[str]] = mapped_column(JSON, default=list)
    due: Mapped[date]
    grade: Mapped[str | None] = mapped_column(String(10))
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    words: Mapped[str] = mapped_column(String(2000), default="")
    opinion_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    vc_jws: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(String(40), default="")

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def is_approved(self) -> bool:
        return self.status == ReviewStatus.APPROVED


class Sitting(Model):
    """One reviewer on one review: whether an interest was declared, and the marks made so far."""

    __tablename__ = "review_sittings"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    has_conflict: Mapped[bool]
    conflict_note: Mapped[str] = mapped_column(String(400), default="")
    marks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Verdict(Model):
    """What one reviewer concluded, never changed. Bound to the digest that was reviewed."""

    __tablename__ = "review_verdicts"
    __table_args__ = (
        UniqueConstraint("review_id", "person_id"),
        UniqueConstraint("review_id", "seat"),
    )
    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seat: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str] = mapped_column(String(8))
    grade: Mapped[str] = mapped_column(String(10))
    harms: Mapped[dict[str, str]] = mapped_column(JSON)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    words: Mapped[str] = mapped_column(String(1000), default="")
    checklist: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject_digest: Mapped[str] = mapped_column(String(64))


class TakeDown(Living, Model):
    """An emergency stop of everything about a dataset, until two people lift it."""

    __tablename__ = "take_downs"
    __table_args__ = (
        Index(
            "uq_take_downs_standing",
            "dataset_id",
            unique=True,
            sqlite_where=text("status <> 'lifted'"),
            postgresql_where=text("status <> 'lifted'"),
        ),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(String(24))
    words: Mapped[str] = mapped_column(String(1000))
    ordered_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    lift_asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    lift_words: Mapped[str] = mapped_column(String(1000), default="")
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    lifted_at: Mapped[datetime | None]
