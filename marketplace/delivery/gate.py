"""May these bytes leave, now? Read from every step below, at each request and while bytes stream.

No message has to arrive for a door to shut: what was decided elsewhere is read where it stands.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.compliance import queries as compliance
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.delivery.models import DownloadSession, Grant
from marketplace.delivery.states import GrantStatus
from marketplace.licensing import policy as policies
from marketplace.rights import queries as rights
from marketplace.trading import queries as trading
from marketplace.trading.models import Contract, Order
from marketplace.trading.states import OrderStatus

OPEN_ORDERS = frozenset(
    {
        OrderStatus.SECURED,
        OrderStatus.DELIVERED,
        OrderStatus.ACCEPTED,
        OrderStatus.SETTLED,
        OrderStatus.PART_REFUNDED,
    }
)


@dataclass(frozen=True)
class Decision:
    """Whether, and the code that says why not."""

    allowed: bool
    reason: str = "allowed"


def decide(grant_id: UUID, session_id: UUID | None = None, at: datetime | None = None) -> Decision:
    """The decision for a new download, or for a session that was counted already."""
    at = at or now()
    grant = find(everything(Grant), grant_id)
    order, contract = trading.order_by_id(grant.order_id), trading.contract_by_id(grant.contract_id)
    session = db.session.get(DownloadSession, session_id) if session_id else None
    reason = (
        _of_grant(grant, at)
        or _of_trade(order, contract)
        or _of_data(grant, order)
        or _of_policy(grant, contract, session, at)
    )
    return Decision(False, reason) if reason else Decision(True)


def _of_grant(grant: Grant, at: datetime) -> str:
    if grant.status != GrantStatus.LIVE:
        return f"grant_{grant.status}"
    if grant.valid_until is not None and at >= grant.valid_until:
        return "licence_term_over"
    return ""


def _of_trade(order: Order, contract: Contract) -> str:
    if not contract.is_performing:
        return "contract_not_performing"
    return "" if order.status in OPEN_ORDERS else "order_not_open"


def _of_data(grant: Grant, order: Order) -> str:
    """Stopped by a take-down, no live right, no approval of what is sold."""
    dataset = datasets.dataset_by_id(order.dataset_id)
    if dataset.is_stopped or compliance.is_stopped(dataset.id):
        return "dataset_stopped"
    if compliance.approval(grant.version_id) is None:
        return "approval_missing"
    return _of_right(dataset)


def _of_right(dataset: Dataset) -> str:
    if rights.live_certificate(dataset.id, dataset.provider_id) is None:
        return "certificate_not_live"
    if dataset.data_kind != "public":
        return ""
    standing = rights.public_standing(dataset.id)
    is_good = standing.registration is not None and standing.authorisation is not None
    return "" if is_good else "public_standing_missing"


def _of_policy(
    grant: Grant, contract: Contract, session: DownloadSession | None, at: datetime
) -> str:
    counted = session is not None and session.counted_at is not None
    used = grant.used_downloads - int(counted)
    if grant.most_downloads is not None and used >= grant.most_downloads:
        return "licence_quota_used"
    if grant.most_bytes is not None and grant.used_bytes >= grant.most_bytes:
        return "licence_quota_used"
    decision = policies.allows(contract.policy or {}, grant.purpose, at, used=used)
    return "" if decision.allowed else decision.reason
