"""Claims, objections, certificates, remarks; the papers of outside registrars and of public data."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living
from marketplace.rights.states import CertificateStatus, ClaimStatus, PaperStatus, Right


class Claim(Living, Model):
    """One organisation's claim to rights in one dataset, with the fields of the guide's annex 1."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("route in ('precheck', 'registrar')", name="route"),
        CheckConstraint(
            "(status in ('draft', 'withdrawn')) or handler_id is not null", name="handled"
        ),
    )
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    route: Mapped[str] = mapped_column(String(10))
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)

    name: Mapped[str] = mapped_column(String(40))
    overview: Mapped[str] = mapped_column(String(400))
    industry: Mapped[str] = mapped_column(
        String(4)
    )  # GB/T 4754: a letter, or letter and two digits
    circumstance: Mapped[str] = mapped_column(String(24))
    source: Mapped[str] = mapped_column(String(12))
    rights: Mapped[list[str]] = mapped_column(JSON)
    contract_grants: Mapped[list[str]] = mapped_column(JSON, default=list)
    conditions: Mapped[list[str]] = mapped_column(JSON, default=list)
    region: Mapped[str] = mapped_column(String(16))
    covers_from: Mapped[date | None]
    covers_until: Mapped[date | None]
    update_frequency: Mapped[str] = mapped_column(String(12))
    volume_rows: Mapped[int | None] = mapped_column(BigInteger)
    volume_bytes: Mapped[int | None] = mapped_column(BigInteger)
    form: Mapped[str] = mapped_column(String(12))
    structure: Mapped[str] = mapped_column(String(16))
    restrictions: Mapped[str] = mapped_column(String(400), default="无")
    allocation: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    rights_until: Mapped[date | None]  # where a contract ends the right itself
    waiver_request: Mapped[str] = mapped_column(String(400), default="")

    submitted_at: Mapped[datetime | None]
    acceptance_due: Mapped[date | None]
    supplement_list: Mapped[str] = mapped_column(Text, default="")
    supplement_due: Mapped[date | None]
    supplement_asked_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    case_left: Mapped[int] = mapped_column(default=10)  # working days, when the clock last started
    case_running_since: Mapped[date | None]  # None: the case clock stands still
    case_due: Mapped[date | None]
    extension_reason: Mapped[str] = mapped_column(String(400), default="")
    notice_from: Mapped[date | None]
    notice_until: Mapped[date | None]
    waiver_reason: Mapped[str] = mapped_column(String(400), default="")
    decided_at: Mapped[datetime | None]
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    decision_note: Mapped[str] = mapped_column(String(800), default="")
    outside_registrar: Mapped[str] = mapped_column(String(120), default="")

    @property
    def is_public(self) -> bool:
        """Whether anybody may read the notice of it."""
        return self.notice_from is not None

    @property
    def was_extended(self) -> bool:
        return self.extension_reason != ""

    @property
    def was_supplemented(self) -> bool:
        return self.supplement_asked_at is not None

    @property
    def is_over(self) -> bool:
        return self.status in {
            ClaimStatus.REGISTERED, ClaimStatus.HANDED_OVER, ClaimStatus.REFUSED,
            ClaimStatus.TERMINATED, ClaimStatus.LAPSED, ClaimStatus.WITHDRAWN,
        }  # fmt: skip


class Evidence(Model):
    """A paper that a claim rests on."""

    __tablename__ = "claim_evidence"
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    proves: Mapped[str] = mapped_column(String(20))


class Objection(Living, Model):
    """Somebody says, by name and with grounds, that a claim or a certificate is wrong."""

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("(claim_id is null) <> (certificate_id is null)", name="one_target"),
    )
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("claims.id"), index=True)
    certificate_id: Mapped[UUID | None] = mapped_column(ForeignKey("certificates.id"), index=True)
    scheme: Mapped[str] = mapped_column(String(10))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    handler_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    objector_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    objector_name: Mapped[str] = mapped_column(String(80))
    contact: Mapped[str] = mapped_column(String(120))
    grounds: Mapped[str] = mapped_column(String(2000))
    evidence_name: Mapped[str] = mapped_column(String(160), default="")
    evidence_type: Mapped[str] = mapped_column(String(100), default="")
    evidence_sha256: Mapped[str] = mapped_column(String(64), default="")
    evidence_address: Mapped[str] = mapped_column(String(64), default="")
    answer: Mapped[str] = mapped_column(String(2000), default="")
    answer_due: Mapped[date]
    due: Mapped[date]
    decision: Mapped[str] = mapped_column(String(2000), default="")
    decided_at: Mapped[datetime | None]


class Certificate(Living, Model):
    """A paper about rights: of a registrar, of an outside registrar, or the platform's pre-check.

    Only the first two are property-right certificates. `vc_jws` is the `vc+jwt` as signed.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint("scheme in ('precheck', 'registrar', 'outside')", name="scheme"),
        CheckConstraint("valid_until >= valid_from", name="term"),
        Index("ix_certificates_dataset_holder", "dataset_id", "holder_id"),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    issuer_name: Mapped[str] = mapped_column(String(120))
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("claims.id"), unique=True)
    scheme: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(40))
    rights: Mapped[list[str]] = mapped_column(JSON)
    restrictions: Mapped[str] = mapped_column(String(400), default="无")
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    vc_jws: Mapped[str] = mapped_column(Text, default="")

    @property
    def is_live(self) -> bool:
        """Whether it may be relied on: a challenge alone does not suspend it."""
        return self.status in {CertificateStatus.VALID, CertificateStatus.CHALLENGED}

    def grants(self, right: Right | str) -> bool:
        return str(right) in self.rights


class Remark(Model):
    """What the law wants noted on a certificate (guide art. 23); seizure and control suspend it."""

    __tablename__ = "certificate_remarks"
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificates.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(400))
    document_number: Mapped[str] = mapped_column(String(80), default="")
    lifted_at: Mapped[datetime | None]


class OutsideCertificate(Living, Model):
    """A certificate of another registrar as its holder entered it, until an operator checked it."""

    __tablename__ = "outside_certificates"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    registrar_name: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(60), index=True)
    rights: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    note: Mapped[str] = mapped_column(String(400), default="")


class PublicRegistration(Living, Model):
    """The registration of a public-data resource (发改数据规〔2025〕26号): code and three years."""

    __tablename__ = "public_registrations"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    code: Mapped[str] = mapped_column(String(60), index=True)
    coded_on: Mapped[date]
    valid_until: Mapped[date]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    note: Mapped[str] = mapped_column(String(400), default="")

    @property
    def is_live(self) -> bool:
        return self.status == PaperStatus.VALID


class Authorisation(Living, Model):
    """Leave to operate public data (发改数据规〔2025〕27号): who, what, how long (≤5 years), what for."""

    __tablename__ = "authorisations"
    __table_args__ = (
        CheckConstraint("purpose in ('welfare', 'industry')", name="purpose"),
        CheckConstraint("valid_until >= valid_from", name="term"),
    )
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    grantor: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str] = mapped_column(String(400))
    purpose: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    note: Mapped[str] = mapped_column(String(400), default="")

    @property
    def is_live(self) -> bool:
        return self.status == PaperStatus.VALID
