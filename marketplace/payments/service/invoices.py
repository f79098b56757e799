"""Invoices (数电票) that providers upload: what stands on the face must be what the order says."""

import hmac
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.accounts import service as accounts
from marketplace.accounts.papers import Paper
from marketplace.accounts.queries import organisation
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.database import hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.lives import born
from marketplace.payments.invoice_face import NUMBER, Face
from marketplace.payments.models import Invoice
from marketplace.payments.queries import invoice_of
from marketplace.payments.statement import plain
from marketplace.payments.states import INVOICE_LIFE, InvoiceStatus
from marketplace.trading.models import Order
from marketplace.trading.states import OrderStatus

INVOICEABLE = (
    OrderStatus.SECURED,
    OrderStatus.DELIVERED,
    OrderStatus.ACCEPTED,
    OrderStatus.SETTLED,
    OrderStatus.PART_REFUNDED,
)


@dataclass(frozen=True)
class Typed:
    """What the provider's person typed from the paper."""

    kind: str
    number: str
    issued_on: date
    amount_fen: int
    vat_fen: int
    buyer_name: str
    buyer_credit_code: str


def upload_invoice(
    actor: Actor, order_id: UUID, typed: Typed, paper: Paper, face: Face | None
) -> Invoice:
    """Keep the invoice of an order. Invalid `invoice_differs` names each field that does not fit.

    `face` is what the XML says, when the file is XML; it is compared as well.
    """
    require(actor, Permission.INVOICE_UPLOAD)
    order = hold(visible(actor, Order), order_id)
    if not actor.belongs_to(order.provider_id):
        raise Forbidden("wrong_organisation")
    if order.status not in INVOICEABLE:
        raise Conflict("order_not_invoiceable", status=order.status)
    if invoice_of(order.id) is not None:
        raise Conflict("invoice_exists")
    wrong = _differences(order, typed, face)
    if wrong:
        raise Invalid("invoice_differs", wrong)
    document = accounts.add_document(actor, "invoice", paper.name, paper.media_type, paper.blob)
    invoice = Invoice(
        order_id=order.id,
        provider_id=order.provider_id,
        buyer_id=order.buyer_id,
        document_id=document.id,
        was_read=face is not None,
        status=InvoiceStatus.ISSUED,
        **vars(typed),
    )
    born(invoice, actor, "invoice.issued", was_read=invoice.was_read)
    return invoice


def redden(actor: Actor, invoice_id: UUID, number: str) -> Invoice:
    """The provider issued the red-letter invoice that a refund made necessary."""
    invoice = hold(visible(actor, Invoice), invoice_id)
    INVOICE_LIFE.take(actor, invoice, "redden")
    if not NUMBER.fullmatch(number) or number == invoice.number:
        raise Invalid("invalid", {"number": ["invoice_number"]})
    invoice.red_number = number
    return invoice


def expected(order: Order) -> tuple[str, str]:
    """The buyer's name and credit code that have to stand on the invoice."""
    return str(order.invoice["buyer_name"]), str(order.invoice["buyer_credit_code"])


def _differences(order: Order, typed: Typed, face: Face | None) -> dict[str, list[str]]:
    name, code = expected(order)
    wrong: dict[str, list[str]] = {}
    if not NUMBER.fullmatch(typed.number):
        wrong["number"] = ["invoice_number"]
    _compare(wrong, typed, (order.price_fen, order.vat_fen, name, code), "differs_from_order")
    if face is not None:
        stands = (face.amount_fen, face.vat_fen, face.buyer_name, face.buyer_credit_code)
        _compare(wrong, typed, stands, "differs_from_file")
        if face.number != typed.number:
            wrong.setdefault("number", []).append("differs_from_file")
        seller = organisation(order.provider_id).credit_code
        if face.seller_credit_code and not hmac.compare_digest(face.seller_credit_code, seller):
            wrong["file"] = ["invoice_of_another_seller"]
    return wrong


def _compare(
    wrong: dict[str, list[str]], typed: Typed, wanted: tuple[int, int, str, str], code: str
) -> None:
    amount, vat, name, credit_code = wanted
    pairs = {
        "amount_yuan": typed.amount_fen == amount,
        "vat_yuan": typed.vat_fen == vat,
        "buyer_name": plain(typed.buyer_name) == plain(name),
        "buyer_credit_code": typed.buyer_credit_code.upper() == credit_code.upper(),
    }
    for field, fits in pairs.items():
        if not fits:
            wrong.setdefault(field, []).append(code)
