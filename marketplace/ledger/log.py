"""The log's face for every step: `append` a signed record in the business transaction, without a lock.

What is logged for ever is a salted commitment; record and salt are for the parties and the auditor.
Only what the law makes public is logged in clear. A record is pending until the sealer's next
checkpoint, a few seconds later: no early promise is signed.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core.access import Actor, Permission
from marketplace.core.clock import now
from marketplace.core.database import Model, db
from marketplace.core.holdings import holdings
from marketplace.core.ids import new_id
from marketplace.core.instance import instance
from marketplace.ledger.models import LogEntry, LogParty

MOST_LEAF_BYTES = 65_535  # C2SP tlog-tiles: an entry's length is a uint16
YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Statement:
    """What is to be logged about one thing, and who may open it."""

    subject: Model
    record: dict[str, Any]
    parties: Sequence[UUID]


def append(
    kind: str,
    subject: Model,
    record: dict[str, Any],
    *,
    parties: Sequence[UUID],
    actor: Actor,
    public: bool = False,
    typ: str = "quanshu-record+jwt",
    jws: str | None = None,
    retain_years: int = 3,
) -> LogEntry:
    """Sign `record` (with mode, iss, iat, jti and kind added) and log it for `parties`.

    `jws`: a record that is signed already is kept as it is. `public`: logged in clear for ever.
    The record's jti is the entry's id.
    """
    assert not actor.is_anonymous, "nobody logs nothing"
    entry = _made(kind, subject, record, typ, jws, public=public, retain_years=retain_years)
    _write([entry], [parties])
    return entry


def append_all(
    kind: str,
    statements: Sequence[Statement],
    *,
    actor: Actor,
    typ: str = "quanshu-record+jwt",
    retain_years: int = 3,
) -> list[LogEntry]:
    """Log several private records in two statements, in their order. Each is as `append` makes it."""
    assert not actor.is_anonymous, "nobody logs nothing"
    entries = [
        _made(kind, one.subject, one.record, typ, None, public=False, retain_years=retain_years)
        for one in statements
    ]
    _write(entries, [one.parties for one in statements])
    return entries


def _made(
    kind: str,
    subject: Model,
    record: dict[str, Any],
    typ: str,
    jws: str | None,
    *,
    public: bool,
    retain_years: int,
) -> LogEntry:
    entry_id = new_id()
    signed = jws or holdings().signer().compact(_stamped(kind, record, entry_id), typ)
    raw = signed.encode("ascii")
    assert len(raw) <= MOST_LEAF_BYTES, "a leaf is at most 65,535 bytes: log a digest, not a file"
    salt = None if public else secrets.token_bytes(32)
    return LogEntry(
        id=entry_id,
        kind=kind,
        subject_type=subject.__tablename__,
        subject_id=subject.id,
        jws=signed,
        jws_sha256=hashlib.sha256(raw).hexdigest(),
        salt=salt,
        leaf_hex=hashlib.sha256((salt or b"") + raw).hexdigest(),
        public=public,
        retain_until=now() + YEAR * retain_years,
    )


def _write(entries: Sequence[LogEntry], parties: Sequence[Sequence[UUID]]) -> None:
    db.session.add_all(entries)
    db.session.flush()
    db.session.add_all(
        LogParty(log_entry_id=entry.id, organisation_id=one)
        for entry, of_entry in zip(entries, parties, strict=True)
        for one in dict.fromkeys(of_entry)
    )
    db.session.flush()


def issuer() -> str:
    """did:web of the frozen public address; the address itself where it is not https."""
    parts = urlsplit(instance().public_url)
    if parts.scheme != "https":
        return instance().public_url
    place = parts.netloc.replace(":", "%3A") + parts.path.rstrip("/").replace("/", ":")
    return f"did:web:{place}"


def entry_of(subject_id: UUID, kind: str) -> LogEntry | None:
    """The latest record of a kind about a thing."""
    query = select(LogEntry).filter_by(subject_id=subject_id, kind=kind)
    return db.session.scalars(query.order_by(LogEntry.seq.desc()).limit(1)).one_or_none()


def entry_by_digest(digest: str) -> LogEntry | None:
    """The record with this leaf, or with these bytes (SHA-256 in hex of either)."""
    wanted = digest.strip().lower()
    query = select(LogEntry).where(or_(LogEntry.leaf_hex == wanted, LogEntry.jws_sha256 == wanted))
    return db.session.scalars(query.order_by(LogEntry.seq).limit(1)).one_or_none()


def parties_see(actor: Actor, entry: LogEntry) -> bool:
    """Whether the actor may open record and salt: its parties, the auditor; anybody if public."""
    if entry.public or actor.is_system or actor.may(Permission.RECORD_READ_ALL):
        return True
    if actor.organisation_id is None:
        return False
    query = select(LogParty.id).filter_by(
        log_entry_id=entry.id, organisation_id=actor.organisation_id
    )
    return db.session.scalar(query) is not None


def status(entry: LogEntry) -> str:
    """`pending` until a checkpoint covers the record, then `sealed`."""
    db.session.refresh(entry, ["index"])
    return "pending" if entry.index is None else "sealed"


def _stamped(kind: str, record: dict[str, Any], entry_id: UUID) -> dict[str, Any]:
    return {
        **record,
        "kind": kind,
        "mode": instance().mode,
        "iss": issuer(),
        "iat": int(now().timestamp()),
        "jti": f"urn:uuid:{entry_id}",
    }
