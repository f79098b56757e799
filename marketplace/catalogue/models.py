"""The rows of the catalogue."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living


class Product(Living, Model):
    """What a provider shows of one dataset. Title and summary are the product's own."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("status = 'draft' OR number IS NOT NULL", name="numbered"),
        CheckConstraint("(status = 'listed') = (listed_version_id IS NOT NULL)", name="version"),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(400))
    scenario: Mapped[str] = mapped_column(String(400), default="")
    listed_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("dataset_versions.id"))
    listed_at: Mapped[datetime | None]
    delist_reason: Mapped[str | None] = mapped_column(String(60))


class Offer(Model):
    """Terms and price of one version of a product. Never changed: closed, and another one made.

    Amounts in fen, VAT included; `tax_rate_bp` in basis points; the windows in days.
    """

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("model in ('free', 'one_off')", name="model"),
        CheckConstraint("(model = 'free') = (price_fen = 0)", name="price"),
        CheckConstraint("price_fen >= 0 AND tax_rate_bp BETWEEN 0 AND 10000", name="amounts"),
        CheckConstraint("inspection_days >= 0 AND dispute_days >= 0", name="windows"),
    )
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(12))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    tax_rate_bp: Mapped[int] = mapped_column(default=600)
    purposes: Mapped[list[str]] = mapped_column(JSON)
    prohibited: Mapped[list[str]] = mapped_column(JSON)
    term_days: Mapped[int]
    inspection_days: Mapped[int] = mapped_column(default=5)
    dispute_days: Mapped[int] = mapped_column(default=7)
    quota: Mapped[int] = mapped_column(default=10)
    price_reason: Mapped[str] = mapped_column(String(200), default="")
    is_open: Mapped[bool] = mapped_column(default=True)


class Question(Living, Model):
    """A question about a product, and the provider's answer; both are public."""

    __tablename__ = "questions"
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    body: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]


class SearchEntry(Model):
    """One listed product as the search sees it: a cache that `search.index` can make again.

    `seq` is the row of the full-text table; `card` is what a list shows, `published` the whole
    public answer of the API as it was when the product was last indexed.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        Index("ix_search_entries_newest", "listed_at", "seq"),
        Index("ix_search_entries_price", "price_fen", "seq"),
        Index(  # everything that counting and ordering read: the wide rows are left alone
            "ix_search_entries_cells",
            "seq",
            "sector",
            "data_kind",
            "model",
            "update_frequency",
            "format",
            "quality_band",
            "price_band",
            "price_fen",
            "listed_at",
        ),
        Index(
            "ix_search_entries_facets",
            "sector",
            "data_kind",
            "model",
            "update_frequency",
            "format",
            "quality_band",
            "price_band",
        ),
    )
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), unique=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    sector: Mapped[str] = mapped_column(String(16))
    data_kind: Mapped[str] = mapped_column(String(12))
    model: Mapped[str] = mapped_column(String(12))
    update_frequency: Mapped[str] = mapped_column(String(16))
    format: Mapped[str] = mapped_column(String(16))
    quality_band: Mapped[str] = mapped_column(String(8))
    price_band: Mapped[int]
    price_fen: Mapped[int] = mapped_column(BigInteger)
    listed_at: Mapped[datetime]
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    published: Mapped[str] = mapped_column(Text)
