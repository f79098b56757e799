"""A dataset, its versions, their dictionary, and the use it is offered for."""

from datetime import date, datetime
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
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living
from marketplace.datasets.states import Audience, Location, VersionStatus


class Dataset(Model):
    """What a provider describes, declares and later sells.

    `declaration` holds `source`, `personal_information`, `state_secret_reviewed`,
    `right_to_supply`, `declared_by` and `declared_at`; empty until it is made.
    `is_stopped` is pushed down by a take-down.
    """

    __tablename__ = "datasets"
    __table_args__ = (
        CheckConstraint("data_kind in ('public', 'enterprise')", name="data_kind"),
        CheckConstraint(
            "location in ('platform', 'provider_api', 'provider_file')", name="location"
        ),
        CheckConstraint(
            "coverage_from is null or coverage_to is null or coverage_from <= coverage_to",
            name="coverage",
        ),
    )
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(400))
    sector: Mapped[str] = mapped_column(String(20))
    data_kind: Mapped[str] = mapped_column(String(10))
    location: Mapped[str] = mapped_column(String(14), default=Location.PLATFORM)
    source: Mapped[str | None] = mapped_column(String(10))
    declaration: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    region: Mapped[str] = mapped_column(String(60), default="")
    update_frequency: Mapped[str] = mapped_column(String(10), default="once")
    coverage_from: Mapped[date | None]
    coverage_to: Mapped[date | None]
    known_limits: Mapped[str] = mapped_column(Text, default="")
    is_stopped: Mapped[bool] = mapped_column(default=False)

    @property
    def is_declared(self) -> bool:
        return self.declaration is not None

    @property
    def declares_personal_information(self) -> bool:
        return bool((self.declaration or {}).get("personal_information"))


class Version(Living, Model):
    """One state of a dataset's content. What was scanned and reviewed is what is sold.

    `profile` is internal; `public_profile` has no cell under ten; `sample` is masked.
    `sample_audience` and `is_published` are pushed down by the compliance review.
    `size` is bytes; `address` is where the store keeps them (none for data at the provider's).
    """

    __tablename__ = "dataset_versions"
    __table_args__ = (
        UniqueConstraint("dataset_id", "number"),
        Index("ix_dataset_versions_dataset_id_status", "dataset_id", "status"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("size >= 0", name="size"),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[int]
    location: Mapped[str] = mapped_column(String(14), default=Location.PLATFORM)
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(10))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str | None] = mapped_column(String(64), index=True)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    columns: Mapped[int | None]
    profile: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    public_profile: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    scan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sample: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    has_personal_information: Mapped[bool | None]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    refused_at: Mapped[datetime | None]
    derived_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("dataset_versions.id"))
    recipe: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    profile_jws: Mapped[str | None] = mapped_column(Text)
    profile_kid: Mapped[str | None] = mapped_column(String(80))
    sample_audience: Mapped[str] = mapped_column(String(10), default=Audience.PROVIDER)
    is_published: Mapped[bool] = mapped_column(default=False)

    @property
    def is_ready(self) -> bool:
        return self.status == VersionStatus.READY

    @property
    def is_on_platform(self) -> bool:
        return self.location == Location.PLATFORM

    @property
    def contradicts_declaration(self) -> bool:
        """Personal information was found; whether it was declared stands in `scan`."""
        return bool((self.scan or {}).get("contradicts_declaration"))


class Field(Model):
    """One line of a version's dictionary: what a column means."""

    __tablename__ = "dataset_fields"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        UniqueConstraint("version_id", "name"),
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(20))
    meaning: Mapped[str] = mapped_column(String(400), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    code_list: Mapped[str] = mapped_column(String(1000), default="")
    is_key: Mapped[bool] = mapped_column(default=False)


class DeclaredUse(Model):
    """What the dataset is offered for: reviewed together with its content."""

    __tablename__ = "declared_uses"
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), unique=True)
    purposes: Mapped[list[str]] = mapped_column(JSON)
    prohibited: Mapped[list[str]] = mapped_column(JSON)
    delivery_modes: Mapped[list[str]] = mapped_column(JSON)
    price_basis: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64))
