"""The rows of valuation: each is added and never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model


class CostStatement(Model):
    """What one dataset cost its provider, in lines; the newest of a dataset counts.

    `lines`: `[{kind, note, amount_fen}]`. `buyers_expected` spreads the cost over the sales the
    provider expects; `margin_bp` is what it wants above cost.
    """

    __tablename__ = "cost_statements"
    __table_args__ = (
        CheckConstraint("total_fen >= 0", name="total"),
        CheckConstraint("buyers_expected between 1 and 100000", name="buyers"),
        CheckConstraint("margin_bp between 0 and 10000", name="margin"),
        Index("ix_cost_statements_latest", "dataset_id", "id"),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    total_fen: Mapped[int] = mapped_column(BigInteger)
    buyers_expected: Mapped[int] = mapped_column(default=1)
    margin_bp: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")


class PriceCap(Model):
    """The most that a public-data product made from this dataset may cost; the newest counts.

    `basis` holds what `methods.most_revenue` was given and answered, and the file's number.
    """

    __tablename__ = "price_caps"
    __table_args__ = (
        CheckConstraint("cap_fen >= 0", name="cap"),
        Index("ix_price_caps_latest", "dataset_id", "id"),
    )
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"))
    cap_fen: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[dict[str, Any]] = mapped_column(JSON)
    document_no: Mapped[str] = mapped_column(String(80))
    review_by: Mapped[date]


class PriceObservation(Model):
    """One closed trade as comparables see it: no buyer, no provider.

    Trades live above this step and are pushed down; `order_id` makes telling twice harmless and is
    no foreign key, since a step does not know the steps after it.
    """

    __tablename__ = "price_observations"
    __table_args__ = (
        CheckConstraint("price_fen >= 0", name="price"),
        Index("ix_price_observations_alike", "sector", "data_kind", "model", "observed_at"),
    )
    order_id: Mapped[UUID] = mapped_column(unique=True)
    dataset_id: Mapped[UUID | None] = mapped_column(ForeignKey("datasets.id"))
    sector: Mapped[str] = mapped_column(String(16))
    data_kind: Mapped[str] = mapped_column(String(12))
    model: Mapped[str] = mapped_column(String(12))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    observed_at: Mapped[datetime]
    simulated: Mapped[bool] = mapped_column(default=False)
