"""Reads of grants and of what left the house: the buyer, the provider, and who oversees them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, or_, select

from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.database import db, everything, find
from marketplace.delivery.models import Download, DownloadSession, Grant


def _of_both(actor: Actor, model: Any) -> Any:
    if actor.is_system or actor.may(Permission.ORDER_READ_ALL):
        return select(model)
    own = actor.organisation_id
    if own is None:
        return select(model).where(false())
    return select(model).where(or_(model.buyer_id == own, model.provider_id == own))


@sees(Grant)
def _grants(actor: Actor) -> Select[Grant]:
    rows: Select[Grant] = _of_both(actor, Grant)
    return rows


@sees(Download)
def _downloads(actor: Actor) -> Select[Download]:
    rows: Select[Download] = _of_both(actor, Download)
    return rows


def grant(actor: Actor, grant_id: UUID) -> Grant:
    """A grant that the actor may see."""
    return find(visible(actor, Grant), grant_id)


def grant_by_id(grant_id: UUID) -> Grant:
    """A grant, for jobs, the gate and later steps."""
    return find(everything(Grant), grant_id)


def grant_of(order_id: UUID) -> Grant | None:
    """What an order allows, once it was secured."""
    return db.session.scalars(select(Grant).where(Grant.order_id == order_id)).one_or_none()


def grants_of(actor: Actor, side: str = "buyer") -> Select[Grant]:
    """The grants an organisation has (`buyer`) or gave (`provider`)."""
    column = Grant.buyer_id if side == "buyer" else Grant.provider_id
    return visible(actor, Grant).where(column == actor.organisation_id)


def open_session(grant_id: UUID) -> DownloadSession | None:
    """The download that was begun and has not sent the whole file."""
    query = select(DownloadSession).where(
        DownloadSession.grant_id == grant_id, DownloadSession.completed_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def session_by_id(session_id: UUID) -> DownloadSession:
    """A download session, for the transfer that belongs to it."""
    return find(everything(DownloadSession), session_id)


def download_by_id(download_id: UUID) -> Download:
    """One transfer that ended, for receipts. The caller has asked leave."""
    return find(everything(Download), download_id)


def downloads_of(grant_id: UUID, limit: int = 100) -> Sequence[Download]:
    """The transfers of a grant that was already seen, the newest first."""
    query = select(Download).where(Download.grant_id == grant_id).order_by(Download.id.desc())
    return db.session.scalars(query.limit(limit)).all()


def uses_of(actor: Actor) -> Select[Download]:
    """The uses of the data that the actor's organisation provides."""
    return visible(actor, Download).where(Download.provider_id == actor.organisation_id)
