"""Commands of delivery: make a grant, open a session, count it, write down what left."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now
from marketplace.core.database import add, db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, NotFound
from marketplace.core.events import record
from marketplace.core.lives import born
from marketplace.datasets import queries as datasets
from marketplace.delivery import coverage, gate
from marketplace.delivery.models import Download, DownloadSession, Grant
from marketplace.delivery.queries import grant_of, open_session
from marketplace.delivery.states import GRANT_LIFE, GrantStatus
from marketplace.trading import queries as trading
from marketplace.trading import service as trades
from marketplace.trading.states import OrderStatus


@dataclass(frozen=True)
class Source:
    """What a transfer needs to know of the file, read before any byte leaves."""

    session_id: UUID
    grant_id: UUID
    address: str
    sha256: str
    size: int
    filename: str


@dataclass(frozen=True)
class Sent:
    """One transfer that ended: from, up to (not included), how much left, how it ended and why."""

    start: int
    end: int
    count: int
    ending: str
    decision: str
    started_at: datetime


def make_grant(actor: Actor, order_id: UUID) -> Grant | None:
    """Open the door for a secured order and say that it is delivered. Done twice is done once.

    None for data that stays with its provider, who delivers it.
    """
    order = trading.order_by_id(order_id)
    known = grant_of(order.id)
    if known is not None:
        return known
    version = datasets.version(order.version_id)
    if order.status not in gate.OPEN_ORDERS or not version.is_on_platform:
        return None
    contract = trading.contract_by_id(order.contract_id)
    grant = Grant(
        order_id=order.id,
        contract_id=contract.id,
        version_id=order.version_id,
        buyer_id=order.buyer_id,
        provider_id=order.provider_id,
        purpose=contract.terms["purposes"][0],
        most_downloads=contract.terms["quota"],
        valid_until=contract.valid_until,
        status=GrantStatus.LIVE,
    )
    born(grant, actor, "grant.opened")
    if order.status == OrderStatus.SECURED:
        trades.mark_delivered(actor, order.id)
    return grant


def suspend(actor: Actor, grant_id: UUID, reason: str) -> Grant:
    """Shut one grant's door: the provider, or an operator."""
    grant = _hold_own(actor, grant_id)
    GRANT_LIFE.take(actor, grant, "suspend", reason=reason)
    return grant


def resume(actor: Actor, grant_id: UUID) -> Grant:
    """Open it again."""
    grant = _hold_own(actor, grant_id)
    GRANT_LIFE.take(actor, grant, "resume")
    return grant


def end_of_contract(actor: Actor, contract_id: UUID) -> None:
    """The contract is over: so are its grants. The gate has closed already; this says so."""
    rows = everything(Grant).where(Grant.contract_id == contract_id)
    for seen in db.session.scalars(rows).all():
        grant = hold(everything(Grant), seen.id)
        if grant.status != GrantStatus.ENDED:
            GRANT_LIFE.take(actor, grant, "end")


def open_download(actor: Actor, grant_id: UUID, purpose: str | None = None) -> DownloadSession:
    """The session that an address is given for; one that was cut is taken up again.

    Forbidden with the gate's reason when nothing may leave; `purpose_not_granted` for a purpose
    outside the contract.
    """
    require(actor, Permission.DELIVERY_FETCH)
    require_verified(actor)
    grant = hold(visible(actor, Grant), grant_id)
    if not actor.belongs_to(grant.buyer_id):
        raise Forbidden("wrong_organisation")
    terms = trading.contract_by_id(grant.contract_id).terms
    if purpose is not None:
        if purpose not in terms["purposes"]:
            raise Forbidden("purpose_not_granted")
        grant.purpose = purpose
    session = open_session(grant.id)
    decision = gate.decide(grant.id, session.id if session else None)
    if not decision.allowed:
        raise Forbidden(decision.reason)
    if session is None:
        size = datasets.version(grant.version_id).size
        session = add(DownloadSession(grant_id=grant.id, opened_by=actor.person_id, size=size))
        record("grant.address_given", grant, actor, purpose=grant.purpose)
    return session


def begin(session_id: UUID, *, counts: bool) -> Source:
    """Ask the gate and, for a transfer of bytes, count the session once. Forbidden with its reason."""
    seen = find(everything(DownloadSession), session_id)
    grant = hold(everything(Grant), seen.grant_id)
    session = hold(everything(DownloadSession), session_id)
    decision = gate.decide(grant.id, session.id)
    if not decision.allowed:
        raise Forbidden(decision.reason)
    version = datasets.version(grant.version_id)
    if version.address is None:
        raise NotFound("file_gone")
    if counts and session.completed_at is not None:
        raise Forbidden("address_used")
    if counts and session.counted_at is None:
        session.counted_at = now()
        grant.used_downloads += 1
    return Source(
        session.id, grant.id, version.address, version.sha256, version.size, version.filename
    )


def finish(actor: Actor, source: Source, sent: Sent) -> Download:
    """Write down what left, add it to what the session covers, charge only bytes sent the first time."""
    grant = hold(everything(Grant), source.grant_id)
    session = hold(everything(DownloadSession), source.session_id)
    before = coverage.length(session.covered)
    session.covered = coverage.merged(session.covered, sent.start, sent.start + sent.count)
    grant.used_bytes += max(0, coverage.length(session.covered) - before)
    is_whole = coverage.length(session.covered) >= source.size
    completes = is_whole and session.completed_at is None
    if completes:
        session.completed_at = now()
    contract = trading.contract_by_id(grant.contract_id)
    download = Download(
        grant_id=grant.id,
        session_id=session.id,
        order_id=grant.order_id,
        version_id=grant.version_id,
        buyer_id=grant.buyer_id,
        provider_id=grant.provider_id,
        person_id=session.opened_by,
        version_sha256=source.sha256,
        purpose=grant.purpose,
        range_start=sent.start,
        range_end=sent.end,
        bytes_sent=sent.count,
        ending=sent.ending,
        decision=sent.decision,
        policy_digest=contract.policy_digest or "",
        completes=completes,
        started_at=sent.started_at,
        finished_at=now(),
    )
    born(download, actor, "download.finished", bytes=sent.count, ending=sent.ending)
    return download


def accept_by_use(actor: Actor, download: Download) -> None:
    """The whole file was fetched once: first use, which accepts where the contract says so."""
    if download.completes:
        trades.first_use(actor, download.order_id)


def _hold_own(actor: Actor, grant_id: UUID) -> Grant:
    """A grant of the actor's own data; whoever takes products down may shut any."""
    require(actor, Permission.GRANT_REVOKE)
    grant = hold(visible(actor, Grant), grant_id)
    if not (actor.belongs_to(grant.provider_id) or actor.may(Permission.TAKE_DOWN)):
        raise Forbidden("wrong_organisation")
    if grant.status == GrantStatus.ENDED:
        raise Conflict("wrong_state", status=grant.status)
    return grant
