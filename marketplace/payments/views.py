"""Pages of money: paying an order, the clerk's and the checker's desk, earnings, invoices."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.accounts import queries as accounts
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict, Invalid, NotFound, Refusal
from marketplace.core.events import history
from marketplace.core.instance import instance
from marketplace.payments import intake, papers, queries, service
from marketplace.payments.models import BankReceipt, CommissionBill, Payout, Refund
from marketplace.payments.schemas import (
    AssignForm,
    ConfirmationForm,
    InvoiceForm,
    PaymentIn,
    PayoutForm,
    ReasonIn,
    RedIn,
    RefundForm,
    SerialIn,
)
from marketplace.payments.statement import MOST_BYTES
from marketplace.payments.states import LIVE, PAYOUT_LIFE, REFUND_LIFE, RefundStatus
from marketplace.rights import queries as rights
from marketplace.trading import queries as trading
from marketplace.trading.models import Order
from marketplace.web.forms import Form
from marketplace.web.messages import sentence
from marketplace.web.session import current_actor

views = Blueprint("payments", __name__, url_prefix="/payments")
WAIT_SECONDS = 4.0
CARD_FIELDS = frozenset({"csrf_token", "test_card"})


@views.get("/orders/<uuid:order_id>")
def order(order_id: UUID) -> ResponseReturnValue:
    """How to pay an order, and where its money is."""
    return _order_page(order_id, Form(ConfirmationForm(), None), 200)


def _order_page(order_id: UUID, form: Form, status: int) -> ResponseReturnValue:
    actor = current_actor()
    one = trading.order(actor, order_id)
    page = render_template(
        "payments/order.html",
        order=one,
        form=form,
        refund_form=Form(RefundForm(), None),
        payments=queries.payments_of(one.id),
        live=queries.live_payment(one.id),
        paid=queries.paid_payment(one.id),
        code=queries.code_of(one.id),
        spaced=papers.spaced,
        receipts=queries.receipts_of(one.id),
        refunds=queries.refunds_of(one.id),
        invoice=queries.invoice_of(one.id),
        bill=queries.bill_of(one.id),
        account=papers.account_of(rights.platform()),
        provider=accounts.organisation(one.provider_id),
        buyer=accounts.organisation(one.buyer_id),
        newest_import=queries.newest_import(),
        card_offered=service.is_offered(one),
        is_buyer=actor.belongs_to(one.buyer_id),
        is_provider=actor.belongs_to(one.provider_id),
    )
    return page, status


@views.get("/orders/<uuid:order_id>/card")
def card(order_id: UUID) -> ResponseReturnValue:
    """The named test cards of a demo; in production one button to the gateway's own page."""
    return _card_page(order_id, Form(PaymentIn(), None), 200)


def _card_page(order_id: UUID, form: Form, status: int) -> ResponseReturnValue:
    one = trading.order(current_actor(), order_id)
    cards = list(service.TestCard)
    page = render_template("payments/card.html", order=one, form=form, cards=cards)
    return page, status


@views.post("/orders/<uuid:order_id>/card")
def pay_card(order_id: UUID) -> ResponseReturnValue:
    """Begin. A field that could hold a card's number is refused, whatever it is called."""
    if set(request.form) - CARD_FIELDS:
        raise Invalid("card_field_refused")
    form = Form(PaymentIn(), request.form)
    try:
        if form.errors:
            raise Invalid("invalid")
        with transaction():
            chosen = form.data.get("test_card") if instance().is_demo else None
            payment = service.start_card(current_actor(), order_id, chosen)
            address = url_for("payments.show", payment_id=payment.id, wait=1)
    except (Invalid, Conflict) as refused:
        form.refuse(refused)
        return _card_page(order_id, form, 422)
    return redirect(address, code=303)


@views.post("/orders/<uuid:order_id>/transfer")
def transfer(order_id: UUID) -> ResponseReturnValue:
    """Get the code."""
    with transaction():
        service.give_code(current_actor(), order_id)
    return redirect(url_for("payments.order", order_id=order_id) + "#transfer", code=303)


@views.get("/orders/<uuid:order_id>/notice.pdf")
def notice(order_id: UUID) -> ResponseReturnValue:
    """The payment notice as PDF."""
    one = trading.order(current_actor(), order_id)
    code = queries.code_of(one.id)
    if code is None:
        raise NotFound()
    account = papers.account_of(rights.platform())
    rows = [
        [_("订单"), one.number],
        [_("付款单位"), accounts.organisation(one.buyer_id).name],
        [_("收款户名"), account["name"]],
        [_("账号"), account["number"]],
        [_("开户行"), account["bank"]],
        [_("金额"), papers.amount(one.price_fen)],
        [_("汇款附言"), papers.spaced(code.code)],
    ]
    pdf = papers.payment_notice(
        _("付款通知单"),
        rows,
        _("附言只填识别码，一码对应一单一额。请由购买单位本单位账户付款。"),
        demo=_("演示环境，请勿付款") if instance().is_demo else "",
        language="en" if request.script_root.endswith("/en") else "zh",
        stamped=code.created_at,
    )
    name = f"attachment; filename={one.number}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": name})


@views.post("/orders/<uuid:order_id>/confirm")
def confirm(order_id: UUID) -> ResponseReturnValue:
    """Direct custody: the provider has the money."""
    form = Form(ConfirmationForm(), request.form)
    if not form.is_valid:
        return _order_page(order_id, form, 422)
    try:
        with transaction():
            service.confirm_received(
                current_actor(),
                order_id,
                amount_fen=form.data["amount_yuan"],
                bank_serial=form.data["bank_serial"],
                paid_on=form.data["paid_on"],
            )
    except (Invalid, Conflict) as refused:
        form.refuse(refused)
        return _order_page(order_id, form, 422)
    return redirect(url_for("payments.order", order_id=order_id), code=303)


@views.get("/<uuid:payment_id>")
def show(payment_id: UUID) -> ResponseReturnValue:
    """One attempt. `wait` holds the answer back a little while the gateway is being asked."""
    actor = current_actor()
    payment = queries.payment(actor, payment_id)
    if request.args.get("back"):
        with transaction():
            service.ask_sync(actor, payment_id)
    end = time.monotonic() + (WAIT_SECONDS if request.args.get("wait") else 0)
    while payment.status in {"created", "processing", "authorized"} and time.monotonic() < end:
        db.session.rollback()  # nothing stays open while we wait
        time.sleep(0.25)
        payment = queries.payment(actor, payment_id)
    return render_template(
        "payments/show.html",
        payment=payment,
        order=trading.order(actor, payment.order_id),
        is_live=payment.status in LIVE,
        is_buyer=actor.belongs_to(payment.buyer_id),
        events=history("payments", payment.id),
    )


@views.post("/<uuid:payment_id>/sync")
def sync(payment_id: UUID) -> ResponseReturnValue:
    """Look again."""
    with transaction():
        service.ask_sync(current_actor(), payment_id)
    return redirect(url_for("payments.show", payment_id=payment_id, wait=1), code=303)


@views.post("/<uuid:payment_id>/cancel")
def cancel(payment_id: UUID) -> ResponseReturnValue:
    """Give the attempt up."""
    with transaction():
        payment = service.cancel(current_actor(), payment_id)
        address = url_for("payments.order", order_id=payment.order_id)
    return redirect(address, code=303)


@views.get("/")
def desk() -> ResponseReturnValue:
    """What waits for a clerk or a checker."""
    return _desk(200)


def _desk(status: int, form: Form | None = None) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.BOOK_READ)
    receipts = db.session.scalars(
        queries.open_receipts(actor).order_by(BankReceipt.id.desc()).limit(50)
    ).all()
    refunds = db.session.scalars(
        visible(actor, Refund)
        .where(Refund.status.not_in((RefundStatus.SUCCEEDED, RefundStatus.REFUSED)))
        .order_by(Refund.id.desc())
        .limit(50)
    ).all()
    payouts = db.session.scalars(visible(actor, Payout).order_by(Payout.id.desc()).limit(50)).all()
    bills = db.session.scalars(
        queries.open_bills(actor).order_by(CommissionBill.id.desc()).limit(50)
    ).all()
    named = {one.provider_id for one in payouts} | {one.provider_id for one in bills}
    page = render_template(
        "payments/desk.html",
        form=form or Form(PayoutForm(), None),
        receipts=receipts,
        refunds=[(one, REFUND_LIFE.open_to(actor, one)) for one in refunds],
        payouts=[(one, PAYOUT_LIFE.open_to(actor, one)) for one in payouts],
        bills=bills,
        names=accounts.names(list(named)),
        numbers=_numbers([one.suggestion_id or one.order_id for one in receipts]),
        due=queries.providers_to_pay(),
        parked=queries.parked(actor),
        mismatches=queries.mismatches(),
        newest_import=queries.newest_import(),
    )
    return page, status


def _numbers(ids: list[UUID | None]) -> dict[UUID, str]:
    query = select(Order.id, Order.number).where(Order.id.in_([one for one in ids if one]))
    return dict(db.session.execute(query).all())


def _do(work: Callable[[Actor], Any], done: str = "") -> ResponseReturnValue:
    """One command of the desk; a refusal is told on the desk again."""
    try:
        with transaction():
            work(current_actor())
    except (Invalid, Conflict) as refused:
        return _refused(refused)
    if done:
        flash(done, "success")
    return redirect(url_for("payments.desk"), code=303)


def _refused(refused: Refusal) -> ResponseReturnValue:
    form = Form(PayoutForm(), None)
    for codes in getattr(refused, "fields", {}).values():
        form.errors.setdefault("", []).extend(sentence(one, **refused.facts) for one in codes)
    if not form.errors:
        form.refuse(refused)
    return _desk(422, form)


def _typed(form: Form) -> dict[str, Any]:
    """What was typed; Invalid with the form's own sentences is told on the desk."""
    if not form.is_valid:
        raise Invalid("invalid")
    return form.data


@views.post("/statements")
def import_statement() -> ResponseReturnValue:
    """Import a bank statement."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("invalid", {"file": ["field_required"]})
        done = intake.keep_statement(
            current_actor(), file.filename, file.stream.read(MOST_BYTES + 1)
        )
        told = _(
            "已读入 %(lines)s 笔收款，其中 %(known)s 笔以前已导入。",
            lines=done.lines,
            known=done.known,
        )
    except Invalid as refused:
        return _refused(refused)
    flash(told, "success")
    return redirect(url_for("payments.desk"), code=303)


@views.post("/receipts/<uuid:receipt_id>/assign")
def assign(receipt_id: UUID) -> ResponseReturnValue:
    """Say which order a line pays."""
    form = Form(AssignForm(), request.form)

    def work(actor: Actor) -> None:
        given = _typed(form)
        query = visible(actor, Order).where(Order.number == given["order_number"])
        found = db.session.scalars(query).one_or_none()
        if found is None:
            raise Invalid("order_not_found")
        service.assign(actor, receipt_id, found.id, given["note"])

    return _do(work)


@views.post("/receipts/<uuid:receipt_id>/return")
def return_receipt(receipt_id: UUID) -> ResponseReturnValue:
    """Send it back."""
    form = Form(ReasonIn(), request.form)
    return _do(lambda actor: service.return_receipt(actor, receipt_id, _typed(form)["reason"]))


@views.post("/orders/<uuid:order_id>/refunds")
def request_refund(order_id: UUID) -> ResponseReturnValue:
    """Ask for money back."""
    form = Form(RefundForm(), request.form)
    if not form.is_valid:
        return _order_page(order_id, form, 422)
    try:
        with transaction():
            service.request_refund(
                current_actor(), order_id, form.data["amount_yuan"], form.data["reason"]
            )
    except (Invalid, Conflict) as refused:
        form.refuse(refused)
        return _order_page(order_id, form, 422)
    return redirect(url_for("payments.order", order_id=order_id), code=303)


@views.post("/refunds/<uuid:refund_id>/<any(approve, refuse, transfer):action>")
def refund(refund_id: UUID, action: str) -> ResponseReturnValue:
    """Approve, refuse, or write down the bank's serial number."""
    if action == "transfer":
        form = Form(SerialIn(), request.form)
        return _do(
            lambda actor: service.record_transfer(actor, refund_id, _typed(form)["bank_serial"])
        )
    command = service.approve_refund if action == "approve" else service.refuse_refund
    return _do(lambda actor: command(actor, refund_id))


@views.post("/payouts")
def prepare_payout() -> ResponseReturnValue:
    """Prepare to pay a provider."""
    form = Form(PayoutForm(), request.form)
    return _do(
        lambda actor: service.prepare_payout(
            actor, _typed(form)["provider_id"], _typed(form)["amount_yuan"]
        )
    )


@views.post("/payouts/<uuid:payout_id>/<any(approve, refuse, pay, bounce):action>")
def payout(payout_id: UUID, action: str) -> ResponseReturnValue:
    """Approve, refuse, pay, or write down that the bank sent it back."""
    if action == "pay":
        form = Form(SerialIn(), request.form)
        return _do(lambda actor: service.pay_out(actor, payout_id, _typed(form)["bank_serial"]))
    if action == "bounce":
        form = Form(ReasonIn(), request.form)
        return _do(lambda actor: service.bounce_payout(actor, payout_id, _typed(form)["reason"]))
    command = service.approve_payout if action == "approve" else service.refuse_payout
    return _do(lambda actor: command(actor, payout_id))


@views.post("/bills/<uuid:bill_id>/pay")
def pay_bill(bill_id: UUID) -> ResponseReturnValue:
    """The commission arrived."""
    form = Form(SerialIn(), request.form)
    return _do(lambda actor: service.pay_bill(actor, bill_id, _typed(form)["bank_serial"]))


@views.post("/mismatches/<uuid:mismatch_id>/resolve")
def resolve_mismatch(mismatch_id: UUID) -> ResponseReturnValue:
    """Found out why."""
    form = Form(ReasonIn(), request.form)
    return _do(lambda actor: service.resolve_mismatch(actor, mismatch_id, _typed(form)["reason"]))


@views.get("/earnings")
def earnings() -> ResponseReturnValue:
    """For a provider: held, available, payouts, commission bills."""
    actor = current_actor()
    require(actor, Permission.PAYMENT_CONFIRM)
    assert actor.organisation_id is not None, "a role belongs to an organisation"
    own = actor.organisation_id
    return render_template(
        "payments/earnings.html",
        held=queries.held_fen(own),
        available=queries.available_fen(own),
        payouts=db.session.scalars(
            visible(actor, Payout)
            .where(Payout.provider_id == own)
            .order_by(Payout.id.desc())
            .limit(50)
        ).all(),
        bills=db.session.scalars(
            queries.open_bills(actor).where(CommissionBill.provider_id == own).limit(50)
        ).all(),
    )


@views.route("/orders/<uuid:order_id>/invoice", methods=["GET", "POST"])
def invoice(order_id: UUID) -> ResponseReturnValue:
    """Upload the invoice of an order; what does not fit is named."""
    actor = current_actor()
    one = trading.order(actor, order_id)
    name, code = service.expected(one)
    start = {
        "amount_yuan": papers.plain_yuan(one.price_fen),
        "vat_yuan": papers.plain_yuan(one.vat_fen),
        "buyer_name": name,
        "buyer_credit_code": code,
        "kind": "81" if one.invoice.get("kind") == "special" else "82",
        "issued_on": now().date().isoformat(),
    }
    form = Form(InvoiceForm(), request.form if request.method == "POST" else None, start)
    if request.method == "POST" and form.is_valid:
        try:
            intake.keep_invoice(actor, order_id, form.data)
        except (Invalid, Conflict) as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("payments.order", order_id=order_id), code=303)
    page = render_template(
        "payments/invoice.html",
        form=form,
        order=trading.order(actor, order_id),
        invoice=queries.invoice_of(order_id),
        is_provider=actor.belongs_to(one.provider_id),
    )
    return page, 422 if form.errors else 200


@views.post("/invoices/<uuid:invoice_id>/red")
def redden(invoice_id: UUID) -> ResponseReturnValue:
    """The red-letter invoice."""
    form = Form(RedIn(), request.form)
    with transaction():
        done = service.redden(current_actor(), invoice_id, _typed(form)["number"])
        address = url_for("payments.order", order_id=done.order_id)
    return redirect(address, code=303)
