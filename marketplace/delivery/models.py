"""Grants, the downloads they allow, and what left the house."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living

_IS_OPEN = text("completed_at is null")


class Grant(Living, Model):
    """What one order allows: how often, how many bytes, until when. None: not limited."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("used_downloads >= 0 and used_bytes >= 0", name="used"),
        CheckConstraint(
            "most_downloads is null or used_downloads <= most_downloads", name="downloads"
        ),
    )
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(80))
    most_downloads: Mapped[int | None]
    most_bytes: Mapped[int | None] = mapped_column(BigInteger)
    used_downloads: Mapped[int] = mapped_column(default=0)
    used_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    valid_until: Mapped[datetime | None]


class DownloadSession(Model):
    """One counted download: any number of resumed transfers until the whole file was sent once."""

    __tablename__ = "download_sessions"
    __table_args__ = (
        Index(
            "uq_download_sessions_open",
            "grant_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"), index=True)
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    size: Mapped[int] = mapped_column(BigInteger)
    covered: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    counted_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class Download(Model):
    """One transfer that ended: what left, of which version, for which purpose, and why it ended."""

    __tablename__ = "downloads"
    __table_args__ = (
        CheckConstraint("ending in ('complete', 'cut', 'stopped')", name="ending"),
        CheckConstraint("bytes_sent >= 0 and range_start <= range_end", name="range"),
    )
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("download_sessions.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version_sha256: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(80))
    range_start: Mapped[int] = mapped_column(BigInteger)
    range_end: Mapped[int] = mapped_column(BigInteger)  # not included
    bytes_sent: Mapped[int] = mapped_column(BigInteger)
    ending: Mapped[str] = mapped_column(String(10))
    decision: Mapped[str] = mapped_column(String(40))  # `allowed`, or why it was stopped
    policy_digest: Mapped[str] = mapped_column(String(64), default="")
    completes: Mapped[bool] = mapped_column(default=False)  # the whole file has now been sent
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
