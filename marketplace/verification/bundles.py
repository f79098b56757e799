"""The bundle of any record, with the texts it speaks of: for its parties, the auditor, or all if public."""

from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core.access import Actor, visible
from marketplace.core.database import find
from marketplace.ledger import proof
from marketplace.ledger.models import LogEntry
from marketplace.trading import queries as trading
from marketplace.trading.models import Contract


def bundle(actor: Actor, entry_id: UUID) -> dict[str, Any]:
    """NotFound unless the actor may open the record; Conflict `record_pending` before it is sealed."""
    entry = find(visible(actor, LogEntry), entry_id)
    return proof.bundle(entry, _documents(entry))


def _documents(entry: LogEntry) -> list[dict[str, Any]]:
    if entry.kind != "contract" or entry.subject_type != Contract.__tablename__:
        return []
    contract = trading.contract_by_id(entry.subject_id)
    if contract.document is None:
        return []
    return [
        {
            "name": "contract.json",
            "content": contract.document,
            "signatures": [
                {
                    "party": str(one.organisation_id),
                    "custody": one.custody,
                    "jws": one.jws,
                    "jwk": _key(one.organisation_id, one.kid),
                }
                for one in contract.signatures
            ],
        }
    ]


def _key(organisation_id: UUID, kid: str) -> dict[str, Any] | None:
    keys = accounts.keys_of(organisation_id)
    return next((dict(one.public_jwk) for one in keys if one.kid == kid), None)
