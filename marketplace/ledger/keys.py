"""Our public keys with the time in which each signed. A retired key stays published.

The rows are laid down by the sealer; a key that has never met a sealer is published from its file.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from marketplace.core.clock import iso, now
from marketplace.core.database import db
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.core.signing import Signer, public_from_jwk, public_jwk
from marketplace.ledger import checkpoint
from marketplace.ledger.models import PublishedKey

RECORDS, LOG = "records", "log"


def publish() -> None:
    """Lay down the keys in use and retire those that are not, in the caller's transaction."""
    moment = now()
    known = {row.kid: row for row in published()}
    for purpose, signer in _in_use().items():
        if signer.kid not in known:
            db.session.add(_row(purpose, signer))
        for row in known.values():
            if row.purpose == purpose and row.kid != signer.kid and row.retired_at is None:
                row.retired_at = moment
    db.session.flush()


def published() -> Sequence[PublishedKey]:
    """Every key that ever signed, oldest first."""
    return db.session.scalars(select(PublishedKey).order_by(PublishedKey.valid_from)).all()


def all_keys() -> list[PublishedKey]:
    """The published keys, and those in use that no sealer has met yet."""
    rows = list(published())
    kids = {row.kid for row in rows}
    fresh = [_row(p, signer) for p, signer in _in_use().items() if signer.kid not in kids]
    return rows + fresh


def key_set() -> dict[str, Any]:
    """The JWKS that strangers read: record keys as JWK with validity, log keys also as vkeys."""
    origin = instance().log_origin
    rows = all_keys()
    return {
        "keys": [_published_jwk(row) for row in rows],
        "log": {
            "origin": origin,
            "vkeys": [
                checkpoint.vkey(origin, public_from_jwk(row.public_jwk))
                for row in rows
                if row.purpose == LOG
            ],
        },
    }


def log_vkey() -> str:
    """The verifier key of the log key in use."""
    return checkpoint.vkey(instance().log_origin, holdings().log_signer().public)


def _in_use() -> dict[str, Signer]:
    return {RECORDS: holdings().signer(), LOG: holdings().log_signer()}


def _row(purpose: str, signer: Signer) -> PublishedKey:
    return PublishedKey(
        kid=signer.kid, purpose=purpose, public_jwk=public_jwk(signer.public), valid_from=now()
    )


def _published_jwk(row: PublishedKey) -> dict[str, Any]:
    return {
        **row.public_jwk,
        "kid": row.kid,
        "use": "sig",
        "alg": "EdDSA",
        "purpose": row.purpose,
        "valid_from": iso(row.valid_from),
        "retired_at": iso(row.retired_at) if row.retired_at else None,
    }
