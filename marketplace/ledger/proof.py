"""What the offline verifier eats: a record, its salt, its proof of logging and the keys."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.signing import b64url
from marketplace.ledger import checkpoint, keys, merkle
from marketplace.ledger.models import Checkpoint, LogEntry
from marketplace.ledger.tiles import Tree

FORMAT = "quanshu-bundle/1"


def bundle(entry: LogEntry, documents: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A self-contained proof of one record. The caller has asked whether the actor may open it.

    `documents`: what the record speaks of, as `{name, content, signatures: [{jws, jwk}]}` with the
    signatures detached over the content's UTF-8 bytes. Conflict `record_pending` before a
    checkpoint covers it, `record_erased` after its retention.
    """
    if entry.jws is None:
        raise Conflict("record_erased")
    return {
        "format": FORMAT,
        "kind": entry.kind,
        "public": entry.public,
        "record": entry.jws,
        "salt": b64url(entry.salt) if entry.salt else None,
        "leaf": entry.leaf_hex,
        "log": logged(entry),
        "keys": keys.key_set()["keys"],
        "documents": list(documents),
    }


def logged(entry: LogEntry) -> dict[str, Any]:
    """Place, path and checkpoint of a record: public, since it names only a commitment."""
    head = latest()
    db.session.refresh(entry, ["index"])
    if entry.index is None or head is None:
        raise Conflict("record_pending")
    path = merkle.inclusion_proof(Tree().node, entry.index, head.size)
    return {
        "origin": checkpoint.read(head.note).origin,
        "index": entry.index,
        "size": head.size,
        "inclusion": [base64.b64encode(one).decode() for one in path],
        "checkpoint": head.note,
        "proof": checkpoint.proof_file(entry.index, path, head.note),
        "vkeys": keys.key_set()["log"]["vkeys"],
    }


def latest() -> Checkpoint | None:
    """The newest checkpoint."""
    query = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def consistency(old: int, new: int) -> list[str]:
    """That the log of `old` leaves is a prefix of the log of `new`, both under a checkpoint."""
    sizes = select(Checkpoint.size).where(Checkpoint.size.in_({old, new}))
    if set(db.session.scalars(sizes)) != {old, new} or old > new:
        raise NotFound("checkpoint_unknown")
    path = merkle.consistency_proof(Tree().node, old, new)
    return [base64.b64encode(one).decode() for one in path]


def commitment(entry: LogEntry) -> str:
    """What record and salt give: equal to `leaf_hex` unless somebody changed one of them."""
    raw = (entry.jws or "").encode("ascii", "replace")
    return hashlib.sha256((entry.salt or b"") + raw).hexdigest()
