"""One's notices as a page; each leads on to the thing it is about."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.database import transaction
from marketplace.core.errors import NotSignedIn
from marketplace.notices import queries, service
from marketplace.notices.models import Notice
from marketplace.notices.occasions import OCCASIONS
from marketplace.web.navigation import link
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

views = Blueprint("notices", __name__, url_prefix="/notices")


@views.app_context_processor
def _count() -> dict[str, object]:
    """`unread_notices()` for the header."""
    return {"unread_notices": lambda: queries.unread(current_actor())}


@views.get("/")
def index() -> ResponseReturnValue:
    """What one was told, the newest first."""
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    page = page_of(queries.mine(actor), Notice, request.args.get("cursor"))
    return render_template("notices/index.html", page=page, unread=queries.unread(actor))


@views.get("/<uuid:notice_id>")
def show(notice_id: UUID) -> ResponseReturnValue:
    """Go to what a notice is about: the address in every mail."""
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    notice = queries.notice(actor, notice_id)
    occasion = OCCASIONS.get(notice.event)
    values = {occasion.key: notice.subject_id} if occasion and occasion.key else {}
    target = link(occasion.endpoint, **values) if occasion else ""
    with transaction():
        service.read(actor, [notice_id])
    return redirect(target or url_for("notices.index"), code=303)


@views.post("/read")
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    with transaction():
        service.read(current_actor())
    return redirect(url_for("notices.index"), code=303)
