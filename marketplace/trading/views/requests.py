"""Asking for data and negotiating, on pages."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.accounts import queries as accounts
from marketplace.catalogue import queries as catalogue
from marketplace.core.access import Permission, require
from marketplace.core.events import history
from marketplace.trading import queries, schemas, service
from marketplace.trading.states import REQUEST_LIFE
from marketplace.trading.views.pages import Answer, done, tried, views
from marketplace.web.forms import Form
from marketplace.web.session import current_actor


@views.route("/requests/new/<uuid:offer_id>", methods=["GET", "POST"])
def ask(offer_id: UUID) -> Answer:
    """Say what the data are for."""
    actor = current_actor()
    require(actor, Permission.ACCESS_REQUEST)
    offer = catalogue.offer(offer_id)
    product = catalogue.product(actor, offer.product_id)
    start = {"term_days": offer.term_days, "price": f"{offer.price_fen / 100:.2f}"}
    form = Form(schemas.AskForm(), request.form, start=start)
    made: list[UUID] = []

    def act() -> None:
        price = form.data.pop("price")
        made.append(service.ask(actor, offer_id, price_fen=price, **form.data).id)

    if tried(form, act):
        flash(_("申请已送达供方，两个工作日内答复。"), "success")
        return redirect(url_for("trading.show_request", request_id=made[0]), 303)
    page = render_template("trading/ask.html", form=form, offer=offer, product=product)
    return page, 422 if form.errors else 200


@views.get("/requests/<uuid:request_id>")
def show_request(request_id: UUID) -> Answer:
    """All rounds side by side, differences marked, and what can be done now."""
    return _show_request(request_id)


def _show_request(
    request_id: UUID, proposal: Form | None = None, refusal: Form | None = None
) -> Answer:
    actor = current_actor()
    one = queries.request(actor, request_id)
    last = one.rounds[-1]
    start = {
        "price": f"{last.price_fen / 100:.2f}",
        "term_days": last.term_days,
        "purposes": last.purposes,
        "recipients": last.recipients,
    }
    proposal = proposal or Form(schemas.RoundForm(), start=start)
    refusal = refusal or Form(schemas.RequestRefuseIn())
    page = render_template(
        "trading/request.html",
        one=one,
        product=queries.product_of(one.product_id),
        offer=catalogue.offer(one.offer_id),
        names=accounts.names([one.provider_id, one.buyer_id]),
        open_to=REQUEST_LIFE.open_to(actor, one),
        contract=queries.contract_of_request(one.id),
        is_provider=actor.belongs_to(one.provider_id),
        events=history("requests", one.id),
        form=proposal,
        refusal=refusal,
    )
    return page, 422 if proposal.errors or refusal.errors else 200


@views.post("/requests/<uuid:request_id>/<any(offer,counter):action>")
def propose(request_id: UUID, action: str) -> Answer:
    """Propose other terms."""
    actor = current_actor()
    form = Form(schemas.RoundForm(), request.form)
    command = service.make_offer if action == "offer" else service.counter

    def act() -> None:
        price = form.data.pop("price")
        command(actor, request_id, price_fen=price, **form.data)

    if tried(form, act):
        flash(_("新的条件已送达对方。"), "success")
        return redirect(url_for("trading.show_request", request_id=request_id), 303)
    return _show_request(request_id, proposal=form)


@views.post("/requests/<uuid:request_id>/<any(agree,accept):action>")
def settle_terms(request_id: UUID, action: str) -> Answer:
    """Agree to the round that the page showed."""
    actor = current_actor()
    command = service.agree if action == "agree" else service.accept_offer
    number = request.form.get("round", 0, type=int)
    return done(
        lambda: command(actor, request_id, number),
        _("双方已商定条件，下一步由供方起草合同。"),
        url_for("trading.show_request", request_id=request_id),
    )


@views.post("/requests/<uuid:request_id>/refuse")
def refuse(request_id: UUID) -> Answer:
    """Refuse with a reason."""
    actor = current_actor()
    form = Form(schemas.RequestRefuseIn(), request.form)
    if tried(form, lambda: service.refuse(actor, request_id, **form.data)):
        flash(_("已拒绝，理由已告知买方。"), "success")
        return redirect(url_for("trading.show_request", request_id=request_id), 303)
    return _show_request(request_id, refusal=form)


@views.post("/requests/<uuid:request_id>/withdraw")
def withdraw(request_id: UUID) -> Answer:
    """Take a request back."""
    actor = current_actor()
    return done(
        lambda: service.withdraw(actor, request_id),
        _("申请已撤回。"),
        url_for("trading.show_request", request_id=request_id),
    )
