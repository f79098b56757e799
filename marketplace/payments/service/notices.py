"""The inbox of what the gateway tells: kept once, whatever the order and number of deliveries."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require
from marketplace.core.clock import now
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Invalid
from marketplace.payments.models import GatewayNotice, Mismatch, Payment

HEARD = ("payment_intent.", "charge.", "refund.", "checkout.session.")


def receive(raw: bytes, source: str) -> GatewayNotice | None:
    """Keep one event whose signature was checked; None when it is known. The job does the rest."""
    event = read(raw)
    known = select(GatewayNotice.id).where(GatewayNotice.event_id == event["id"])
    if db.session.scalar(known) is not None:
        return None
    heard = str(event["type"]).startswith(HEARD)
    notice = add(
        GatewayNotice(
            event_id=event["id"],
            type=str(event["type"])[:80],
            object_id=_object_id(event),
            occurred_at=datetime.fromtimestamp(event["created"], UTC),
            source=source,
            payload=raw.decode("utf-8"),
            state="received" if heard else "ignored",
        )
    )
    if heard:
        queue.enqueue("payments.notice", notice.id)
    return notice


def read(raw: bytes) -> dict[str, Any]:
    """An event as JSON; Invalid `notice_not_readable`."""
    try:
        event = json.loads(raw.decode("utf-8"))
        is_good = (
            isinstance(event["id"], str)
            and 0 < len(event["id"]) <= 255
            and isinstance(event["type"], str)
            and isinstance(event["created"], int)
            and 0 <= event["created"] < 10**11
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise Invalid("notice_not_readable") from wrong
    if not is_good:
        raise Invalid("notice_not_readable")
    return dict(event)


def subject_of(notice_id: UUID) -> tuple[str, Payment | None]:
    """The notice's state and the payment it is about, found by id or by what we wrote into metadata."""
    notice = find(everything(GatewayNotice), notice_id)
    body = read(notice.payload.encode()).get("data", {}).get("object", {})
    names = [notice.object_id, _text(body.get("payment_intent")), _text(body.get("id"))]
    wanted = [name for name in names if name]
    query = select(Payment).where(Payment.gateway_id.in_(wanted) | Payment.checkout_id.in_(wanted))
    payment = db.session.scalars(query.limit(1)).one_or_none()
    attempt = (body.get("metadata") or {}).get("attempt_id")
    if payment is None and isinstance(attempt, str):
        payment = _payment_with(attempt)
    return notice.state, payment


def close(notice_id: UUID, state: str, error: str = "") -> None:
    """Say how a notice ended: `done`, `ignored` or `parked`."""
    notice = hold(everything(GatewayNotice), notice_id)
    notice.state, notice.error, notice.done_at = state, error[:200], now()


def replay(actor: Actor, notice_id: UUID) -> GatewayNotice:
    """Look at a notice's payment again."""
    require(actor, Permission.OPERATIONS_READ)
    notice = hold(everything(GatewayNotice), notice_id)
    notice.state = "received"
    queue.enqueue("payments.notice", notice.id)
    return notice


def note_mismatch(reference: str, kind: str, amount_fen: int) -> None:
    """Gateway and book do not agree on one line: noted once, never mended by itself."""
    query = select(Mismatch.id).where(Mismatch.reference == reference)
    if db.session.scalar(query) is None:
        add(Mismatch(reference=reference[:255], kind=kind, amount_fen=amount_fen))


def resolve_mismatch(actor: Actor, mismatch_id: UUID, note: str) -> Mismatch:
    """A person found out why."""
    require(actor, Permission.BANK_IMPORT)
    row = hold(everything(Mismatch), mismatch_id)
    row.resolved_at, row.note = now(), note
    return row


def _object_id(event: Mapping[str, Any]) -> str:
    body = (event.get("data") or {}).get("object") or {}
    return _text(body.get("id"))[:255]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def _payment_with(attempt: str) -> Payment | None:
    try:
        key = UUID(attempt)
    except ValueError:
        return None
    return db.session.scalars(select(Payment).where(Payment.id == key)).one_or_none()
