"""Placing, reading and moving an order, on pages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.accounts import queries as accounts
from marketplace.core.access import Permission, require
from marketplace.core.events import history
from marketplace.datasets import queries as datasets
from marketplace.ledger import book, log
from marketplace.ledger.chart import Code
from marketplace.trading import queries, schemas, service
from marketplace.trading.states import ORDER_LIFE, Custody, OrderStatus
from marketplace.trading.views.pages import Answer, done, tried, views
from marketplace.web.forms import Form
from marketplace.web.session import current_actor


@views.route("/contracts/<uuid:contract_id>/order", methods=["GET", "POST"])
def place(contract_id: UUID) -> Answer:
    """Choose how to pay and who the invoice is for. The page's key makes a second click the same order."""
    actor = current_actor()
    require(actor, Permission.ORDER_PLACE)
    contract = queries.contract(actor, contract_id)
    start = {
        "method": "transfer" if contract.amount_fen else "free",
        "invoice_kind": contract.terms["invoice_kind"],
    }
    form = Form(schemas.PlaceForm(), request.form, start=start)
    made: list[UUID] = []
    key = f"page:{contract.id}"
    earlier = queries.order_of_contract(contract.id)
    if earlier is not None:  # a dead order before: another purchase, another key
        key = f"{key}:{earlier.id}"
        if earlier.status not in {OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}:
            return redirect(url_for("trading.order", order_id=earlier.id), 303)
    if tried(form, lambda: made.append(service.place(actor, contract_id, **form.data, key=key).id)):
        return redirect(url_for("trading.order", order_id=made[0]), 303)
    page = render_template(
        "trading/place.html",
        form=form,
        contract=contract,
        buyer=accounts.organisation(contract.buyer_id),
        cards=contract.terms["custody"] != Custody.DIRECT,
    )
    return page, 422 if form.errors else 200


@views.get("/orders/<uuid:order_id>")
def order(order_id: UUID) -> Answer:
    """The order's life, its next step, and where the money is."""
    return _show_order(order_id)


def _show_order(
    order_id: UUID, dispute: Form | None = None, decision: Form | None = None
) -> Answer:
    actor = current_actor()
    one = queries.order(actor, order_id)
    dispute, decision = (
        dispute or Form(schemas.DisputeIn()),
        decision or Form(schemas.ResolveForm()),
    )
    settlement = queries.settlement_of(one.id)
    page = render_template(
        "trading/order.html",
        one=one,
        contract=queries.contract_by_id(one.contract_id),
        product=queries.product_of(one.product_id),
        names=accounts.names([one.provider_id, one.buyer_id]),
        open_to=ORDER_LIFE.open_to(actor, one),
        is_buyer=actor.belongs_to(one.buyer_id),
        is_provider=actor.belongs_to(one.provider_id),
        settlement=settlement,
        entry=log.entry_of(settlement.id, "settlement") if settlement else None,
        stays_away=not datasets.version(one.version_id).is_on_platform,
        held=book.balance(Code.ESCROW, order_id=one.id),
        events=history("orders", one.id),
        dispute=dispute,
        decision=decision,
    )
    return page, 422 if dispute.errors or decision.errors else 200


@views.post("/orders/<uuid:order_id>/<any(accept,cancel,decline,deliver):action>")
def move_order(order_id: UUID, action: str) -> Answer:
    """Accept, cancel, decline or say delivered."""
    actor = current_actor()
    commands: dict[str, tuple[Callable[..., Any], str]] = {
        "accept": (service.accept, _("已验收。")),
        "cancel": (service.cancel, _("订单已取消。")),
        "decline": (service.decline, _("订单已取消，款项将退回买方。")),
        "deliver": (service.mark_delivered, _("已标为交付。")),
    }
    command, said = commands[action]
    return done(lambda: command(actor, order_id), said, url_for("trading.order", order_id=order_id))


@views.post("/orders/<uuid:order_id>/dispute")
def raise_dispute(order_id: UUID) -> Answer:
    """Say what is wrong."""
    actor = current_actor()
    form = Form(schemas.DisputeIn(), request.form)
    if tried(form, lambda: service.dispute(actor, order_id, form.data["reason"])):
        flash(_("争议已提出，款项暂停释放，平台 15 天内裁定。"), "success")
        return redirect(url_for("trading.order", order_id=order_id), 303)
    return _show_order(order_id, dispute=form)


@views.post("/orders/<uuid:order_id>/resolve")
def resolve(order_id: UUID) -> Answer:
    """Decide a dispute."""
    actor = current_actor()
    form = Form(schemas.ResolveForm(), request.form)

    def act() -> None:
        service.resolve(actor, order_id, form.data["refund"], form.data["note"])

    if tried(form, act):
        flash(_("裁定已生效。"), "success")
        return redirect(url_for("trading.order", order_id=order_id), 303)
    return _show_order(order_id, decision=form)
