"""Delivery under `/api/v1`: grants, addresses, and the file itself for a program with a token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint

from marketplace.core.access import Permission, require
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.delivery import addresses, queries, service, serving
from marketplace.delivery.models import Download, Grant
from marketplace.delivery.schemas import (
    AddressIn,
    AddressOut,
    DownloadOut,
    GrantOut,
    GrantsOut,
    PageArgs,
    ReasonIn,
)
from marketplace.web.paging import Page, page_of
from marketplace.web.session import current_actor

bp = Blueprint("delivery_api", __name__, url_prefix="/api/v1", description="Controlled access")


@bp.get("/grants")
@bp.arguments(PageArgs, location="query")
@bp.response(200, GrantsOut)
def grants(args: dict[str, Any]) -> Page[Grant]:
    """The grants of one's organisation."""
    require(current_actor(), Permission.DELIVERY_FETCH)
    return page_of(queries.grants_of(current_actor()), Grant, args["cursor"])


@bp.get("/grants/<uuid:grant_id>")
@bp.response(200, GrantOut)
def grant(grant_id: UUID) -> Grant:
    """One grant."""
    return queries.grant(current_actor(), grant_id)


@bp.get("/grants/<uuid:grant_id>/downloads")
@bp.response(200, DownloadOut(many=True))
def downloads(grant_id: UUID) -> Sequence[Download]:
    """What left under a grant, the newest first."""
    return queries.downloads_of(queries.grant(current_actor(), grant_id).id)


@bp.post("/grants/<uuid:grant_id>/address")
@bp.arguments(AddressIn)
@bp.response(201, AddressOut)
def address(given: dict[str, Any], grant_id: UUID) -> dict[str, Any]:
    """An address for one download; it expires after ten minutes."""
    with transaction():
        session = service.open_download(current_actor(), grant_id, given.get("purpose"))
        token = addresses.token(holdings().key_dir, session.id)
    return {
        "url": f"{instance().public_url}/d/{token}",
        "expires_at": now() + addresses.LIFETIME,
    }


@bp.get("/grants/<uuid:grant_id>/file")
@bp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def file(grant_id: UUID) -> Response:
    """The file, whole or by Range; HEAD tells size and digest."""
    with transaction():
        session_id = service.open_download(current_actor(), grant_id).id
    return serving.serve(session_id)


@bp.post("/grants/<uuid:grant_id>/suspend")
@bp.arguments(ReasonIn)
@bp.response(200, GrantOut)
def suspend(given: dict[str, Any], grant_id: UUID) -> Grant:
    """Shut the door."""
    with transaction():
        return service.suspend(current_actor(), grant_id, given["reason"])


@bp.post("/grants/<uuid:grant_id>/resume")
@bp.response(200, GrantOut)
def resume(grant_id: UUID) -> Grant:
    """Open it again."""
    with transaction():
        return service.resume(current_actor(), grant_id)
