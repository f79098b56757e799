"""Receipts: one per download. The signed record itself stands in the log."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model


class Receipt(Model):
    """That a download took place: who, what, how much, under which contract. Never changed.

    `quantity` counts whole files delivered (0 or 1); `bytes_sent` are octets; `rows` is None unless
    the whole table was delivered. `digest` is the SHA-256 of the signed record.
    """

    __tablename__ = "receipts"
    __table_args__ = (CheckConstraint("bytes_sent >= 0", name="bytes"),)
    download_id: Mapped[UUID] = mapped_column(ForeignKey("downloads.id"), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(80))
    bytes_sent: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int]
    ending: Mapped[str] = mapped_column(String(10))
    decision: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    log_entry_id: Mapped[UUID] = mapped_column(ForeignKey("log_entries.id"), unique=True)
