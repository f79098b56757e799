"""Issue the receipt of a download."""

from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, Permission, require
from marketplace.core.clock import iso
from marketplace.core.database import add, everything, find
from marketplace.core.events import record
from marketplace.datasets.models import Version
from marketplace.delivery.models import Download
from marketplace.ledger import log
from marketplace.receipts import queries
from marketplace.receipts.models import Receipt
from marketplace.trading.models import Contract, Order

TYPE = "usage-receipt+jwt"
RETAIN_YEARS = 10  # 会计档案管理办法: vouchers of a trade


def issue(actor: Actor, download_id: UUID) -> Receipt:
    """Sign and log what left; told twice, the first receipt is the answer. System only."""
    require(actor, Permission.SYSTEM)
    earlier = queries.of_download(download_id)
    if earlier is not None:
        return earlier
    download = find(everything(Download), download_id)
    order = find(everything(Order), download.order_id)
    contract = find(everything(Contract), order.contract_id)
    rows = find(everything(Version), download.version_id).rows if download.completes else None
    entry = log.append(
        "receipt",
        download,
        _content(download, order, contract, rows),
        parties=[download.buyer_id, download.provider_id],
        actor=actor,
        typ=TYPE,
        retain_years=RETAIN_YEARS,
    )
    issued = add(
        Receipt(
            download_id=download.id,
            order_id=order.id,
            contract_id=contract.id,
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
    )
    record("receipt.issued", issued, actor)
    return issued


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
