"""Keyset paging: a page ends in a cursor, never in an offset."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select

from marketplace.core.database import Model, db
from marketplace.core.errors import Invalid

M = TypeVar("M", bound=Model)
MOST = 100


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of rows and the cursor of the next, or None at the end."""

    items: Sequence[M]
    next: str | None


def page_of(query: Select[M], model: Any, cursor: str | None, size: int = 20) -> Page[M]:
    """The newest rows first, by their UUIDv7; `cursor` is the `next` of the page before."""
    size = max(1, min(size, MOST))
    if cursor:
        query = query.where(model.id < _read(cursor))
    rows = db.session.scalars(query.order_by(model.id.desc()).limit(size + 1)).all()
    more = len(rows) > size
    kept = rows[:size]
    return Page(kept, _write(kept[-1].id) if more else None)


def _write(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def _read(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except ValueError as wrong:
        raise Invalid("cursor_not_readable", {"cursor": ["field_invalid"]}) from wrong
