"""Pages of delivery: my grants, one grant with its uses, and the signed address itself."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.core.events import history
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.datasets import queries as datasets
from marketplace.delivery import addresses, gate, queries, service, serving
from marketplace.delivery.models import Download, Grant
from marketplace.delivery.schemas import AddressIn, ReasonIn
from marketplace.delivery.states import GRANT_LIFE
from marketplace.trading import queries as trading
from marketplace.web.forms import Form
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

views = Blueprint("delivery", __name__)


@views.get("/delivery/")
def index() -> ResponseReturnValue:
    """The grants that one's organisation has."""
    actor = current_actor()
    require(actor, Permission.DELIVERY_FETCH)
    page = page_of(queries.grants_of(actor), Grant, request.args.get("cursor"))
    orders = {one.order_id: trading.order_by_id(one.order_id) for one in page.items}
    titles = {one.id: datasets.dataset_of(one.version_id).title for one in page.items}
    return render_template("delivery/index.html", page=page, orders=orders, titles=titles)


@views.get("/delivery/uses")
def uses() -> ResponseReturnValue:
    """For a provider: what left of its data, for whom and for what."""
    actor = current_actor()
    require(actor, Permission.GRANT_REVOKE)
    page = page_of(queries.uses_of(actor), Download, request.args.get("cursor"))
    grants = page_of(queries.grants_of(actor, "provider"), Grant, None)
    titles = {one.version_id: datasets.dataset_of(one.version_id).title for one in page.items}
    titles |= {one.version_id: datasets.dataset_of(one.version_id).title for one in grants.items}
    return render_template("delivery/uses.html", page=page, grants=grants, titles=titles)


@views.get("/delivery/grants/<uuid:grant_id>")
def show(grant_id: UUID) -> ResponseReturnValue:
    """One grant: quota, expiry, download, uses."""
    return _page(grant_id, Form(AddressIn(), None), 200)


def _page(grant_id: UUID, form: Form, status: int) -> ResponseReturnValue:
    actor = current_actor()
    grant = queries.grant(actor, grant_id)
    version = datasets.version(grant.version_id)
    session = queries.open_session(grant.id)
    page = render_template(
        "delivery/show.html",
        grant=grant,
        form=form,
        version=version,
        dataset=datasets.dataset_of(version.id),
        order=trading.order_by_id(grant.order_id),
        contract=trading.contract_by_id(grant.contract_id),
        decision=gate.decide(grant.id, session.id if session else None),
        session=session,
        downloads=queries.downloads_of(grant.id, 20),
        actions=GRANT_LIFE.open_to(actor, grant) if actor.belongs_to(grant.provider_id) else (),
        events=history("grants", grant.id),
        api_url=f"{instance().public_url}/api/v1/grants/{grant.id}/file",
        is_buyer=actor.belongs_to(grant.buyer_id),
    )
    return page, status


@views.post("/delivery/grants/<uuid:grant_id>/download")
def download(grant_id: UUID) -> ResponseReturnValue:
    """Get an address and go there."""
    form = Form(AddressIn(), request.form)
    with transaction():
        session = service.open_download(current_actor(), grant_id, form.data.get("purpose"))
        token = addresses.token(holdings().key_dir, session.id)
    return redirect(url_for("delivery.fetch", token=token), code=303)


@views.post("/delivery/grants/<uuid:grant_id>/suspend")
def suspend(grant_id: UUID) -> ResponseReturnValue:
    """Shut the door, with a reason."""
    form = Form(ReasonIn(), request.form)
    if not form.is_valid:
        return _page(grant_id, form, 422)
    with transaction():
        service.suspend(current_actor(), grant_id, form.data["reason"])
    return redirect(url_for("delivery.show", grant_id=grant_id), code=303)


@views.post("/delivery/grants/<uuid:grant_id>/resume")
def resume(grant_id: UUID) -> ResponseReturnValue:
    """Open it again."""
    with transaction():
        service.resume(current_actor(), grant_id)
    return redirect(url_for("delivery.show", grant_id=grant_id), code=303)


@views.get("/d/<token>")
def fetch(token: str) -> Response:
    """The file, for whoever holds the address."""
    return serving.serve(addresses.session_of(holdings().key_dir, token))
