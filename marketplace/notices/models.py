"""One telling of one person. The text is made when it is sent: no link that works is ever stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living


class Notice(Living, Model):
    """`event_id` and `email` make it one: an event told twice is still one notice."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_id", "email"),
        Index("ix_notices_person", "person_id", "id"),
        CheckConstraint("status in ('waiting', 'sent', 'failed')", name="status"),
    )
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2), default="zh")
    event: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[UUID]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200), default="")
    error: Mapped[str] = mapped_column(String(300), default="")
    read_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
