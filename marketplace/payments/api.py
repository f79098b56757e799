"""Payments under `/api/v1`. What moves money takes `Idempotency-Key`."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from marketplace.core.access import Permission, require, visible
from marketplace.core.database import Model, find, transaction
from marketplace.core.errors import Invalid
from marketplace.core.idempotency import already, remember
from marketplace.payments import intake, papers, queries, service
from marketplace.payments.models import (
    BankReceipt,
    Invoice,
    Payment,
    Payout,
    Refund,
    StatementImport,
)
from marketplace.payments.schemas import (
    AssignIn,
    BalanceOut,
    ConfirmationIn,
    InvoiceForm,
    InvoiceOut,
    PageArgs,
    PaymentIn,
    PaymentOut,
    PayoutIn,
    PayoutOut,
    ReasonIn,
    ReceiptOut,
    ReceiptsOut,
    RedIn,
    RefundIn,
    RefundOut,
    SerialIn,
    StatementIn,
    StatementOut,
    TransferOut,
)
from marketplace.rights import queries as rights
from marketplace.trading import queries as trading
from marketplace.web.paging import Page, page_of
from marketplace.web.schemas import codes_of
from marketplace.web.session import current_actor

bp = Blueprint("payments_api", __name__, url_prefix="/api/v1", description="Payments and the book")
Json = dict[str, Any]


def _once(route: str, data: Json, model: type[Model], work: Callable[[], Any]) -> Any:
    """Do it once per `Idempotency-Key`; the same request again finds what it made."""
    actor, key = current_actor(), request.headers.get("Idempotency-Key")
    told = {name: str(value) for name, value in data.items()}
    with transaction():
        earlier = already(actor, route, key, told)
        if earlier:
            return find(visible(actor, model), earlier)
        made = work()
        remember(actor, route, key, told, made.id)
        return made


@bp.post("/orders/<uuid:order_id>/payments")
@bp.arguments(PaymentIn)
@bp.response(201, PaymentOut)
def pay(given: Json, order_id: UUID) -> Payment:
    """Begin to pay by card. Ask for the payment until it is no longer under way."""
    data = {"order": order_id, **given}
    work: Callable[[], Payment] = lambda: service.start_card(  # noqa: E731  # bound to its arguments
        current_actor(), order_id, given["test_card"]
    )
    made: Payment = _once("payments.pay", data, Payment, work)
    return made


@bp.get("/orders/<uuid:order_id>/payments")
@bp.response(200, PaymentOut(many=True))
def payments(order_id: UUID) -> Sequence[Payment]:
    """All attempts of an order, the newest first."""
    return queries.payments_of(trading.order(current_actor(), order_id).id)


@bp.get("/payments/<uuid:payment_id>")
@bp.response(200, PaymentOut)
def payment(payment_id: UUID) -> Payment:
    """One attempt."""
    return queries.payment(current_actor(), payment_id)


@bp.post("/payments/<uuid:payment_id>/sync")
@bp.response(202, PaymentOut)
def sync(payment_id: UUID) -> Payment:
    """Look at the gateway again soon."""
    with transaction():
        return service.ask_sync(current_actor(), payment_id)


@bp.post("/payments/<uuid:payment_id>/cancel")
@bp.response(200, PaymentOut)
def cancel(payment_id: UUID) -> Payment:
    """Give an attempt up."""
    with transaction():
        return service.cancel(current_actor(), payment_id)


@bp.post("/orders/<uuid:order_id>/transfer")
@bp.response(200, TransferOut)
def transfer(order_id: UUID) -> Json:
    """The account, the amount and the code of a bank transfer."""
    with transaction():
        code = service.give_code(current_actor(), order_id)
        order = trading.order(current_actor(), order_id)
    return {
        "order_id": order.id,
        "code": code.code,
        "amount_fen": order.price_fen,
        "account": papers.account_of(rights.platform()),
        "expires_at": code.expires_at,
    }


@bp.post("/orders/<uuid:order_id>/confirmation")
@bp.arguments(ConfirmationIn)
@bp.response(201, PaymentOut)
def confirm(given: Json, order_id: UUID) -> Payment:
    """Direct custody: the provider has the money on its own account."""
    data = {"order": order_id, **given}
    work: Callable[[], Payment] = lambda: service.confirm_received(  # noqa: E731  # bound to its arguments
        current_actor(), order_id, **given
    )
    made: Payment = _once("payments.confirm", data, Payment, work)
    return made


@bp.post("/bank-statements")
@bp.arguments(StatementIn)
@bp.response(201, StatementOut)
def import_statement(given: Json) -> StatementImport:
    """Import a bank statement; lines that are known are left alone."""
    require(current_actor(), Permission.BANK_IMPORT)
    return intake.keep_statement(current_actor(), given["file_name"], given["csv"].encode())


@bp.get("/bank-receipts")
@bp.arguments(PageArgs, location="query")
@bp.response(200, ReceiptsOut)
def receipts(args: Json) -> Page[BankReceipt]:
    """Incoming lines that a person has to decide about."""
    require(current_actor(), Permission.BOOK_READ)
    return page_of(queries.open_receipts(current_actor()), BankReceipt, args["cursor"])


@bp.post("/bank-receipts/<uuid:receipt_id>/assign")
@bp.arguments(AssignIn)
@bp.response(200, ReceiptOut)
def assign(given: Json, receipt_id: UUID) -> BankReceipt:
    """Say which order a line pays."""
    with transaction():
        return service.assign(current_actor(), receipt_id, **given)


@bp.post("/bank-receipts/<uuid:receipt_id>/return")
@bp.arguments(ReasonIn)
@bp.response(201, RefundOut)
def return_receipt(given: Json, receipt_id: UUID) -> Refund:
    """Send unclaimed money back; a checker has to approve."""
    with transaction():
        return service.return_receipt(current_actor(), receipt_id, given["reason"])


@bp.post("/orders/<uuid:order_id>/refunds")
@bp.arguments(RefundIn)
@bp.response(201, RefundOut)
def request_refund(given: Json, order_id: UUID) -> Refund:
    """Ask for money back; a checker has to approve."""
    data = {"order": order_id, **given}
    work: Callable[[], Refund] = lambda: service.request_refund(  # noqa: E731  # bound to its arguments
        current_actor(), order_id, **given
    )
    made: Refund = _once("payments.refund", data, Refund, work)
    return made


@bp.get("/refunds/<uuid:refund_id>")
@bp.response(200, RefundOut)
def refund(refund_id: UUID) -> Refund:
    """One refund."""
    return queries.refund(current_actor(), refund_id)


@bp.post("/refunds/<uuid:refund_id>/approve")
@bp.response(200, RefundOut)
def approve_refund(refund_id: UUID) -> Refund:
    """Let money go back."""
    with transaction():
        return service.approve_refund(current_actor(), refund_id)


@bp.post("/refunds/<uuid:refund_id>/refuse")
@bp.response(200, RefundOut)
def refuse_refund(refund_id: UUID) -> Refund:
    """Say no."""
    with transaction():
        return service.refuse_refund(current_actor(), refund_id)


@bp.post("/refunds/<uuid:refund_id>/transfer")
@bp.arguments(SerialIn)
@bp.response(200, RefundOut)
def record_transfer(given: Json, refund_id: UUID) -> Refund:
    """The bank sent an approved refund."""
    with transaction():
        return service.record_transfer(current_actor(), refund_id, given["bank_serial"])


@bp.get("/balance")
@bp.response(200, BalanceOut)
def balance() -> Json:
    """What one's organisation earned as provider."""
    actor = current_actor()
    require(actor, Permission.PAYMENT_CONFIRM)
    assert actor.organisation_id is not None, "a role belongs to an organisation"
    return {
        "held_fen": queries.held_fen(actor.organisation_id),
        "available_fen": queries.available_fen(actor.organisation_id),
    }


@bp.post("/payouts")
@bp.arguments(PayoutIn)
@bp.response(201, PayoutOut)
def prepare_payout(given: Json) -> Payout:
    """Prepare to pay a provider; another person has to approve."""
    work: Callable[[], Payout] = lambda: service.prepare_payout(current_actor(), **given)  # noqa: E731  # bound to its arguments
    made: Payout = _once("payments.payout", given, Payout, work)
    return made


@bp.get("/payouts/<uuid:payout_id>")
@bp.response(200, PayoutOut)
def payout(payout_id: UUID) -> Payout:
    """One payout."""
    return queries.payout(current_actor(), payout_id)


@bp.post("/payouts/<uuid:payout_id>/approve")
@bp.response(200, PayoutOut)
def approve_payout(payout_id: UUID) -> Payout:
    """The second person lets it go."""
    with transaction():
        return service.approve_payout(current_actor(), payout_id)


@bp.post("/payouts/<uuid:payout_id>/refuse")
@bp.response(200, PayoutOut)
def refuse_payout(payout_id: UUID) -> Payout:
    """The second person says no."""
    with transaction():
        return service.refuse_payout(current_actor(), payout_id)


@bp.post("/payouts/<uuid:payout_id>/pay")
@bp.arguments(SerialIn)
@bp.response(200, PayoutOut)
def pay_out(given: Json, payout_id: UUID) -> Payout:
    """The bank sent it."""
    with transaction():
        return service.pay_out(current_actor(), payout_id, given["bank_serial"])


@bp.post("/payouts/<uuid:payout_id>/bounce")
@bp.arguments(ReasonIn)
@bp.response(200, PayoutOut)
def bounce_payout(given: Json, payout_id: UUID) -> Payout:
    """The bank sent it back."""
    with transaction():
        return service.bounce_payout(current_actor(), payout_id, given["reason"])


@bp.post("/orders/<uuid:order_id>/invoice")
@bp.response(201, InvoiceOut)
def upload_invoice(order_id: UUID) -> Invoice:
    """The invoice as multipart form: what stands on it, and `file`."""
    require(current_actor(), Permission.INVOICE_UPLOAD)
    schema = InvoiceForm()
    given = request.form.to_dict()
    wrong = schema.validate(given)
    if wrong:
        raise Invalid("invalid", codes_of(wrong))
    return intake.keep_invoice(current_actor(), order_id, dict(schema.load(given)))


@bp.get("/orders/<uuid:order_id>/invoice")
@bp.response(200, InvoiceOut)
def invoice(order_id: UUID) -> Invoice:
    """The invoice of an order."""
    seen = trading.order(current_actor(), order_id)
    return find(
        visible(current_actor(), Invoice).where(Invoice.order_id == seen.id), _id_of(seen.id)
    )


def _id_of(order_id: UUID) -> UUID:
    found = queries.invoice_of(order_id)
    return found.id if found else order_id


@bp.post("/invoices/<uuid:invoice_id>/red")
@bp.arguments(RedIn)
@bp.response(200, InvoiceOut)
def redden(given: Json, invoice_id: UUID) -> Invoice:
    """The red-letter invoice that a refund made necessary."""
    with transaction():
        return service.redden(current_actor(), invoice_id, given["number"])


@bp.post("/commission-bills/<uuid:bill_id>/pay")
@bp.arguments(SerialIn)
@bp.response(204)
def pay_bill(given: Json, bill_id: UUID) -> None:
    """The provider's commission arrived by bank."""
    with transaction():
        service.pay_bill(current_actor(), bill_id, given["bank_serial"])
