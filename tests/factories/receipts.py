"""Downloads that ended, and their receipts."""

from typing import Any

from marketplace.core.access import system
from marketplace.core.clock import now
from marketplace.core.database import add, everything, find, transaction
from marketplace.datasets.models import Version
from marketplace.delivery.models import Download, DownloadSession, Grant
from marketplace.receipts import service
from marketplace.receipts.models import Receipt
from marketplace.trading.models import Order
from tests.factories import trading


def download(order: Order | None = None, **given: Any) -> Download:
    """One transfer that ended, of the whole file unless told otherwise."""
    order = order or trading.secured_order()
    with transaction():
        version = find(everything(Version), order.version_id)
        grant = add(
            Grant(
                status="live",
                order_id=order.id,
                contract_id=order.contract_id,
                version_id=version.id,
                buyer_id=order.buyer_id,
                provider_id=order.provider_id,
                purpose="internal_analysis",
            )
        )
        session = add(DownloadSession(grant_id=grant.id, size=version.size))
        values: dict[str, Any] = {
            "grant_id": grant.id,
            "session_id": session.id,
            "order_id": order.id,
            "version_id": version.id,
            "buyer_id": order.buyer_id,
            "provider_id": order.provider_id,
            "version_sha256": version.sha256,
            "purpose": "internal_analysis",
            "range_start": 0,
            "range_end": version.size,
            "bytes_sent": version.size,
            "ending": "complete",
            "decision": "allowed",
            "policy_digest": "c" * 64,
            "completes": True,
            "started_at": now(),
            "finished_at": now(),
        }
        return add(Download(**(values | given)))


def receipt(one: Download | None = None, **given: Any) -> Receipt:
    """The receipt of a download."""
    one = one or download(**given)
    with transaction():
        return service.issue(system("receipts"), one.id)
