"""Shapes of money. No field takes a card's number, and unknown fields are refused."""

from marshmallow import fields, validate

from marketplace.payments.service import TestCard
from marketplace.web.schemas import Fen, In, Out, Yuan, choice, text


class PaymentIn(In):
    """Pay by card. In a demo one of the named test cards; in production nothing."""

    test_card = choice(TestCard, required=False, load_default=None)


class PaymentOut(Out):
    """One attempt."""

    id = fields.UUID()
    order_id = fields.UUID()
    attempt_no = fields.Integer()
    method = fields.String()
    status = fields.String()
    amount_fen = fields.Integer()
    refunded_fen = fields.Integer()
    currency = fields.String()
    is_simulated = fields.Boolean()
    is_duplicate = fields.Boolean()
    checkout_url = fields.String(allow_none=True)
    failure_code = fields.String()
    captured_at = fields.DateTime(allow_none=True)


class TransferOut(Out):
    """Where to send a bank transfer and what to write."""

    order_id = fields.UUID()
    code = fields.String()
    amount_fen = fields.Integer()
    account = fields.Dict()
    expires_at = fields.DateTime()


class ConfirmationIn(In):
    """Direct custody: what the provider's bank says."""

    amount_fen = Fen(required=True)
    bank_serial = text(80)
    paid_on = fields.Date(required=True)
    evidence_id = fields.UUID(load_default=None)


class ConfirmationForm(In):
    """The same, as a person types it."""

    amount_yuan = Yuan(required=True)
    bank_serial = text(80)
    paid_on = fields.Date(required=True)


class StatementIn(In):
    """A statement as text: CSV with a header line."""

    file_name = text(160)
    csv = fields.String(required=True, validate=validate.Length(max=2_000_000))


class StatementOut(Out):
    """What an import did."""

    id = fields.UUID()
    file_name = fields.String()
    lines = fields.Integer()
    known = fields.Integer()


class ReceiptOut(Out):
    """One incoming line."""

    id = fields.UUID()
    status = fields.String()
    serial_no = fields.String()
    booked_on = fields.Date()
    amount_fen = fields.Integer()
    payer_name = fields.String()
    remark = fields.String()
    order_id = fields.UUID(allow_none=True)
    suggestion_id = fields.UUID(allow_none=True)


class ReceiptsOut(Out):
    """A page of lines."""

    items = fields.List(fields.Nested(ReceiptOut))
    next = fields.String(allow_none=True)


class AssignIn(In):
    """Which order a line pays, and why one may think so."""

    order_id = fields.UUID(required=True)
    note = text(300)


class AssignForm(In):
    """The same, by the order's number."""

    order_number = text(24)
    note = text(300)


class ReasonIn(In):
    """Why."""

    reason = text(200)


class RefundIn(In):
    """How much goes back, and why."""

    amount_fen = Fen(required=True)
    reason = text(300)


class RefundForm(In):
    """The same in yuan."""

    amount_yuan = Yuan(required=True)
    reason = text(300)


class SerialIn(In):
    """The bank's serial number of a transfer that was sent."""

    bank_serial = text(80)


class RefundOut(Out):
    """Money on its way back."""

    id = fields.UUID()
    order_id = fields.UUID(allow_none=True)
    payment_id = fields.UUID(allow_none=True)
    channel = fields.String()
    status = fields.String()
    amount_fen = fields.Integer()
    reason = fields.String()
    failure_code = fields.String()


class PayoutIn(In):
    """Whom to pay how much."""

    provider_id = fields.UUID(required=True)
    amount_fen = Fen(required=True)


class PayoutForm(In):
    """The same in yuan."""

    provider_id = fields.UUID(required=True)
    amount_yuan = Yuan(required=True)


class PayoutOut(Out):
    """Money to a provider."""

    id = fields.UUID()
    provider_id = fields.UUID()
    amount_fen = fields.Integer()
    status = fields.String()
    bank_serial = fields.String(allow_none=True)


class BalanceOut(Out):
    """What a provider earned: still held, and available."""

    held_fen = fields.Integer()
    available_fen = fields.Integer()


class InvoiceForm(In):
    """What stands on the invoice."""

    kind = choice(("81", "82"))
    number = text(20)
    issued_on = fields.Date(required=True)
    amount_yuan = Yuan(required=True)
    vat_yuan = Yuan(required=True)
    buyer_name = text(120)
    buyer_credit_code = text(18)


class InvoiceOut(Out):
    """An invoice that fits its order."""

    id = fields.UUID()
    order_id = fields.UUID()
    number = fields.String()
    kind = fields.String()
    status = fields.String()
    issued_on = fields.Date()
    amount_fen = fields.Integer()
    vat_fen = fields.Integer()
    was_read = fields.Boolean()
    document_id = fields.UUID()


class RedIn(In):
    """The red-letter invoice's number."""

    number = text(20)


class PageArgs(In):
    """Which page."""

    cursor = fields.String(load_default=None)
