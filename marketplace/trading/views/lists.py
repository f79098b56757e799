"""The lists of requests and orders of one organisation, as buyer and as provider."""

from flask import render_template, request

from marketplace.accounts import queries as accounts
from marketplace.core.access import Permission, require, visible
from marketplace.trading import queries
from marketplace.trading.models import Order, Request
from marketplace.trading.views.pages import Answer, views
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor


@views.get("/orders/")
def index() -> Answer:
    """What one's organisation buys; for staff, every order."""
    return _list("buyer")


@views.get("/sales/")
def sales() -> Answer:
    """What one's organisation sells."""
    return _list("provider")


def _list(side: str) -> Answer:
    actor = current_actor()
    if actor.is_anonymous:
        require(actor, Permission.ORDER_PLACE)
    sees_all = actor.may(Permission.ORDER_READ_ALL)
    orders = visible(actor, Order) if sees_all else queries.orders_of(actor, side)
    requests = visible(actor, Request) if sees_all else queries.requests_of(actor, side)
    page = page_of(orders, Order, request.args.get("cursor"))
    asked = page_of(requests, Request, request.args.get("asked"), 10)
    rows: list[Order | Request] = [*page.items, *asked.items]
    both = [side_id for one in rows for side_id in (one.provider_id, one.buyer_id)]
    products = {one.product_id for one in rows}
    return render_template(
        "trading/index.html",
        side=side,
        page=page,
        asked=asked,
        names=accounts.names(both),
        titles=queries.titles(list(products)),
        sees_all=sees_all,
    )
