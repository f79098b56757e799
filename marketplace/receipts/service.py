"""Issue the receipt of a download: one, or many at once."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from marketplace.core.access import Actor, Permission, require
from marketplace.core.clock import iso
from marketplace.core.database import Model, db, everything, hold
from marketplace.core.events import record
from marketplace.core.ids import new_id
from marketplace.datasets.models import Version
from marketplace.delivery.models import Download
from marketplace.ledger import log
from marketplace.ledger.models import LogEntry
from marketplace.receipts import queries
from marketplace.receipts.models import Receipt
from marketplace.trading.models import Contract, Order

TYPE = "usage-receipt+jwt"
M = TypeVar("M", bound=Model)
MOST_AT_ONCE = 200
RETAIN_YEARS = 10  # 会计档案管理办法: vouchers of a trade


def issue(actor: Actor, download_id: UUID) -> Receipt:
    """Sign and log what left; told twice, the first receipt is the answer. System only."""
    require(actor, Permission.SYSTEM)
    download = hold(everything(Download), download_id)  # another worker may be issuing it now
    earlier = queries.of_download(download_id)
    return earlier or _issue(actor, [download])[0]


def issue_waiting(actor: Actor, most: int = MOST_AT_ONCE) -> int:
    """Issue what waits, oldest first, and say how many. System only.

    Many receipts in one transaction cost a fraction of one in each. A download that another
    worker is issuing now is left to it.
    """
    require(actor, Permission.SYSTEM)
    waiting = queries.without_receipt(most)
    return len(_issue(actor, waiting)) if waiting else 0


def _issue(actor: Actor, downloads: Sequence[Download]) -> list[Receipt]:
    orders = _by_id(Order, (one.order_id for one in downloads))
    contracts = _by_id(Contract, (one.contract_id for one in orders.values()))
    versions = _by_id(Version, (one.version_id for one in downloads))
    rows = {one.id: versions[one.version_id].rows if one.completes else None for one in downloads}
    entries = log.append_all(
        "receipt",
        [
            log.Statement(
                one,
                _content(
                    one,
                    orders[one.order_id],
                    contracts[orders[one.order_id].contract_id],
                    rows[one.id],
                ),
                [one.buyer_id, one.provider_id],
            )
            for one in downloads
        ],
        actor=actor,
        typ=TYPE,
        retain_years=RETAIN_YEARS,
    )
    made = [
        _receipt(one, orders[one.order_id].contract_id, rows[one.id], entry)
        for one, entry in zip(downloads, entries, strict=True)
    ]
    db.session.add_all(made)
    db.session.flush()
    for receipt in made:
        record("receipt.issued", receipt, actor)
    return made


def _by_id(model: type[M], ids: Iterable[UUID]) -> dict[UUID, M]:
    rows = db.session.scalars(everything(model).where(model.id.in_(set(ids))))
    return {one.id: one for one in rows}


def _receipt(download: Download, contract_id: UUID, rows: int | None, entry: LogEntry) -> Receipt:
    return Receipt(
        id=new_id(),
        download_id=download.id,
        order_id=download.order_id,
        contract_id=contract_id,
        version_id=download.version_id,
        buyer_id=download.buyer_id,
        provider_id=download.provider_id,
        purpose=download.purpose,
        bytes_sent=download.bytes_sent,
        rows=rows,
        quantity=int(download.completes),
        ending=download.ending,
        decision=download.decision,
        digest=entry.jws_sha256,
        log_entry_id=entry.id,
    )


def _content(
    download: Download, order: Order, contract: Contract, rows: int | None
) -> dict[str, Any]:
    """What is signed: ledger.md 2.2, numbers as strings. Ids are UUIDs, no name and no amount of money."""
    return {
        "aud": f"urn:uuid:{download.buyer_id}",
        "sub": f"urn:uuid:{download.version_id}",
        "provider": f"urn:uuid:{download.provider_id}",
        "order": order.number,
        "contract": {"number": contract.number, "sha256": contract.digest or ""},
        "version": {"sha256": download.version_sha256},
        "op": "download",
        "quantity": str(int(download.completes)),
        "unit": "file",
        "bytes": str(download.bytes_sent),
        "range": f"{download.range_start}-{download.range_end}",
        "rows": None if rows is None else str(rows),
        "purpose": download.purpose,
        "policy": {"sha256": download.policy_digest, "decision": download.decision},
        "ending": download.ending,
        "started": iso(download.started_at),
        "finished": iso(download.finished_at),
    }
