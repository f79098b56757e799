"""Organisations, people and what they hold. Secrets are stored hashed or sealed, never in clear."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.states import OrganisationStatus
from marketplace.core.database import Model
from marketplace.core.lives import Living

_HOLDS_THE_CODE = text("status in ('verified', 'suspended')")


class Organisation(Living, Model):
    """A legal person. Many may claim a credit code; at most one is verified under it."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint(
            "kind in ('enterprise', 'public', 'institution', 'platform', 'registrar', 'review')",
            name="kind",
        ),
        CheckConstraint(
            "status in ('registered', 'verified', 'returned', 'suspended')", name="status"
        ),
        Index(
            "uq_organisations_verified_code",
            "credit_code",
            unique=True,
            sqlite_where=_HOLDS_THE_CODE,
            postgresql_where=_HOLDS_THE_CODE,
        ),
    )
    name: Mapped[str] = mapped_column(String(120))
    credit_code: Mapped[str] = mapped_column(String(18), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(120), default="")
    bank_account: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    registrar_code: Mapped[str | None] = mapped_column(String(20))
    verified_at: Mapped[datetime | None]
    return_reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    return_note: Mapped[str] = mapped_column(String(500), default="")

    @property
    def is_verified(self) -> bool:
        return self.status == OrganisationStatus.VERIFIED


class Person(Model):
    """Someone who signs in. `email` is normalised; `password_hash` is Argon2id in PHC form."""

    __tablename__ = "people"
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2), default="zh")
    password_hash: Mapped[str] = mapped_column(String(200))
    email_confirmed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(200))  # sealed
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


class Membership(Model):
    """A person's roles in an organisation. `signing_limit_fen` None: may not sign."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(JSON)
    signing_limit_fen: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None]


class Invitation(Living, Model):
    """A place in an organisation offered by mail. Only the token's digest is kept."""

    __tablename__ = "invitations"
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(60), default="")
    roles: Mapped[list[str]] = mapped_column(JSON)
    signing_limit_fen: Mapped[int | None] = mapped_column(BigInteger)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class MailLink(Model):
    """A single-use link in a mail: to confirm an address or to reset a password.

    Made without a token; the job that mails it draws one and keeps its digest only.
    """

    __tablename__ = "mail_links"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """One of the codes that stand in for a lost second factor."""

    __tablename__ = "recovery_codes"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Session(Model):
    """One signed-in browser. The cookie holds the token, this row its digest."""

    __tablename__ = "sessions"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    address_digest: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(120), default="")
    has_passed_totp: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Model):
    """A program's key to the API: a person's roles in one organisation, cut down to `scopes`."""

    __tablename__ = "api_tokens"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    start: Mapped[str] = mapped_column(String(12))  # the first characters, to recognise it by
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    has_passed_totp: Mapped[bool] = mapped_column(default=False)
    is_session: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Document(Model):
    """An uploaded paper. The bytes lie encrypted in the store under `address`; never public."""

    __tablename__ = "documents"
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    removed_at: Mapped[datetime | None]


class SigningKey(Model):
    """An organisation's key. A signature is judged by the key that was valid when it was made."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("custody in ('platform', 'own')", name="custody"),
        CheckConstraint("(custody = 'platform') = (wrapped IS NOT NULL)", name="wrapped"),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    custody: Mapped[str] = mapped_column(String(10))
    wrapped: Mapped[str | None] = mapped_column(Text)  # private key under the PIN's key, sealed
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    valid_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    def was_valid(self, at: datetime) -> bool:
        """Whether the key could sign at that instant."""
        return self.valid_from <= at and (self.retired_at is None or at < self.retired_at)


class ClaimCase(Living, Model):
    """Two organisations claim one credit code; operators decide with both parties' papers."""

    __tablename__ = "claim_cases"
    __table_args__ = (UniqueConstraint("holder_id", "claimant_id"),)
    credit_code: Mapped[str] = mapped_column(String(18), index=True)
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    claimant_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")
