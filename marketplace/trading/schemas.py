"""Shapes of trading: the API and the forms use them."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.datasets.states import Purpose
from marketplace.licensing.terms import DraftIn
from marketplace.trading.states import EndReason, InvoiceKind, Method, RefusalReason
from marketplace.web.schemas import Fen, In, Out, Yuan, choice, text

__all__ = ["DraftIn"]
MOST_TERM_DAYS = 3650
ENDABLE = [one for one in EndReason if one != EndReason.EXPIRED]


def _days(*, required: bool = True) -> fields.Integer:
    bounds = validate.Range(1, MOST_TERM_DAYS, error="field_out_of_range")
    if required:
        return fields.Integer(required=True, strict=True, validate=bounds)
    return fields.Integer(load_default=None, allow_none=True, strict=True, validate=bounds)


class UseIn(In):
    """For what, by whom, how long."""

    purposes = fields.List(
        choice(Purpose),
        required=True,
        validate=validate.Length(1, len(Purpose), error="field_required"),
    )
    recipients = text(300, required=False, load_default="")


class AskForm(UseIn):
    """A request on the page: what is left out is as the offer says; the price is in yuan."""

    purpose_text = text(200)
    term_days = _days(required=False)
    price = Yuan(load_default=None)


class AskIn(UseIn):
    offer_id = fields.UUID(required=True)
    purpose_text = text(200)
    term_days = _days(required=False)
    price_fen = Fen(load_default=None, allow_none=True)


class RoundForm(UseIn):
    price = Yuan(required=True)
    term_days = _days()
    note = text(400, required=False, load_default="")


class RoundIn(UseIn):
    price_fen = Fen(required=True)
    term_days = _days()
    note = text(400, required=False, load_default="")


class AgreeIn(In):
    """Which round is agreed to, so that nobody agrees to what he has not read."""

    round = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100))


class RequestRefuseIn(In):
    reason = choice(RefusalReason)
    note = text(400, required=False, load_default="")


class SignIn(In):
    """Either the PIN of the key that is held here (托管签名), or a detached JWS of one's own key."""

    pin = fields.String(load_default=None, validate=validate.Length(max=64))
    jws = fields.String(load_default=None, validate=validate.Length(max=4000))

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if bool(data.get("pin")) == bool(data.get("jws")):
            raise ValidationError("pin_or_signature", "pin")


class ContractEndIn(In):
    reason = choice(ENDABLE)
    note = text(400, required=False, load_default="")


class OrderNoteIn(In):
    note = text(200, required=False, load_default="")


class PlaceForm(In):
    method = choice(Method)
    invoice_kind = choice(InvoiceKind)
    invoice_email = text(254, required=False, load_default="")

    @validates_schema
    def _mail(self, data: dict[str, Any], **_kwargs: Any) -> None:
        address = data.get("invoice_email", "")
        if address:
            validate.Email(error="field_invalid")(address)


class PlaceIn(PlaceForm):
    contract_id = fields.UUID(required=True)


class DisputeIn(In):
    reason = text(400)


class ResolveForm(In):
    refund = Yuan(required=True)
    note = text(400)


class DisputeResolveIn(In):
    refund_fen = Fen(required=True)
    note = text(400)


class RoundOut(Out):
    number = fields.Integer()
    party = fields.String()
    price_fen = fields.Integer()
    term_days = fields.Integer()
    purposes = fields.List(fields.String())
    recipients = fields.String()
    note = fields.String()
    created_at = fields.DateTime()


class RequestOut(Out):
    id = fields.UUID()
    product_id = fields.UUID()
    offer_id = fields.UUID()
    version_id = fields.UUID()
    provider_id = fields.UUID()
    buyer_id = fields.UUID()
    status = fields.String()
    purpose_text = fields.String()
    due_at = fields.DateTime()
    expires_at = fields.DateTime()
    refusal_reason = fields.String(allow_none=True)
    refusal_note = fields.String()
    rounds = fields.List(fields.Nested(RoundOut))
    created_at = fields.DateTime()


class SignatureOut(Out):
    organisation_id = fields.UUID()
    kid = fields.String()
    custody = fields.String(metadata={"description": "platform: 托管签名"})
    jws = fields.String()
    signed_at = fields.DateTime()


class ContractOut(Out):
    id = fields.UUID()
    number = fields.String()
    request_id = fields.UUID()
    provider_id = fields.UUID()
    buyer_id = fields.UUID()
    version_id = fields.UUID()
    status = fields.String()
    template = fields.String()
    template_version = fields.String()
    template_digest = fields.String()
    terms = fields.Dict()
    amount_fen = fields.Integer()
    digest = fields.String(allow_none=True)
    policy = fields.Dict(allow_none=True)
    policy_digest = fields.String(allow_none=True)
    concluded_at = fields.DateTime(allow_none=True)
    valid_until = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    end_reason = fields.String(allow_none=True)
    signatures = fields.List(fields.Nested(SignatureOut))
    created_at = fields.DateTime()


class OrderOut(Out):
    id = fields.UUID()
    number = fields.String()
    contract_id = fields.UUID()
    product_id = fields.UUID()
    version_id = fields.UUID()
    provider_id = fields.UUID()
    buyer_id = fields.UUID()
    status = fields.String()
    price_fen = fields.Integer()
    tax_rate_bp = fields.Integer()
    vat_fen = fields.Integer()
    commission_bp = fields.Integer()
    commission_fen = fields.Integer()
    custody = fields.String()
    method = fields.String()
    invoice = fields.Dict()
    simulated = fields.Boolean()
    pay_by = fields.DateTime(allow_none=True)
    secured_at = fields.DateTime(allow_none=True)
    deliver_by = fields.DateTime(allow_none=True)
    delivered_at = fields.DateTime(allow_none=True)
    inspect_by = fields.DateTime(allow_none=True)
    accepted_at = fields.DateTime(allow_none=True)
    accepted_how = fields.String(allow_none=True)
    dispute_until = fields.DateTime(allow_none=True)
    refunded_fen = fields.Integer()
    settled_at = fields.DateTime(allow_none=True)
    created_at = fields.DateTime()
