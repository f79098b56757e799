"""Same key and input: the same answer. Same key, other input: 409."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Actor
from marketplace.core.canonical import canonical
from marketplace.core.database import db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.models import IdempotencyKey


def already(actor: Actor, route: str, key: str | None, data: Any) -> UUID | None:
    """The resource an earlier request under this key made, or None. `data` is JSON-able input."""
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise Invalid("idempotency_key_length", {"Idempotency-Key": ["idempotency_key_length"]})
    query = select(IdempotencyKey).where(
        IdempotencyKey.organisation_id == actor.organisation_id,
        IdempotencyKey.route == route,
        IdempotencyKey.key == key,
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        return None
    if row.input_sha256 != _digest(data):
        raise Conflict("idempotency_key_reused")
    return row.resource_id


def remember(actor: Actor, route: str, key: str | None, data: Any, resource_id: UUID) -> None:
    """Keep the answer in the caller's transaction; a race on the key ends as `already_exists`."""
    if key is None:
        return
    if actor.organisation_id is None:
        raise Invalid("organisation_required")
    db.session.add(
        IdempotencyKey(
            organisation_id=actor.organisation_id,
            route=route,
            key=key,
            input_sha256=_digest(data),
            resource_id=resource_id,
        )
    )
    db.session.flush()


def _digest(data: Any) -> str:
    return hashlib.sha256(canonical(data)).hexdigest()
