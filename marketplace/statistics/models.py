"""The rows of statistics: the signed statement of each day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model


class FigureStatement(Model):
    """The public figures as of the end of one Beijing day, as they were signed and logged."""

    __tablename__ = "figure_statements"
    __table_args__ = (
        UniqueConstraint("day", "definition"),
        CheckConstraint("definition >= 1", name="definition"),
    )
    day: Mapped[date]
    definition: Mapped[int]
    as_of: Mapped[datetime]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    log_entry_id: Mapped[UUID | None]
