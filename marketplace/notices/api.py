"""Notices under `/api/v1`."""

from flask_smorest import Blueprint

from marketplace.core.database import transaction
from marketplace.core.errors import NotSignedIn
from marketplace.notices import queries, service
from marketplace.notices.models import Notice
from marketplace.notices.schemas import OwnNoticeArgs, OwnNoticePage
from marketplace.web.paging import Page, page_of
from marketplace.web.session import current_actor

bp = Blueprint("notices_api", __name__, url_prefix="/api/v1/notices", description="Notices")


@bp.get("")
@bp.arguments(OwnNoticeArgs, location="query")
@bp.response(200, OwnNoticePage)
def list_notices(data: dict[str, str]) -> Page[Notice]:
    """What one was told, the newest first."""
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    return page_of(queries.mine(actor), Notice, data.get("cursor"))


@bp.post("/read")
@bp.response(204)
def read() -> None:
    """Mark all one's notices as read."""
    with transaction():
        service.read(current_actor())
