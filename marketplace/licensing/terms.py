"""The typed terms of a data-provision contract. Their words and help stand in `terms.json`.

Amounts are fen including VAT, rates basis points, periods calendar days.
"""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.core.errors import Invalid
from marketplace.datasets.states import Purpose
from marketplace.web.schemas import Fen, In, choice, codes_of, text

PLACES = ("cn", "provider", "jinan")
OWNERS = ("buyer", "provider", "shared")
DELIVERIES = ("file", "api")
INVOICES = ("special", "general")
CUSTODIES = ("direct", "licensed", "platform")
BORDERS = ("no", "assessed")
FORUMS = ("court", "arbitration")
BOOLEANS = frozenset({"silence_accepts", "use_accepts"})


def number(least: int, most: int) -> fields.Integer:
    """A whole number within bounds."""
    bounds = validate.Range(least, most, error="field_out_of_range")
    return fields.Integer(required=True, strict=True, validate=bounds)


def some_purposes(*, required: bool = True) -> fields.List[Any]:
    """Some of the coded purposes."""
    size = validate.Length(min=1 if required else 0, max=len(Purpose), error="field_required")
    return fields.List(choice(Purpose), required=required, validate=size)


class DraftIn(In):
    """What the provider fills in when a request has been agreed."""

    data_name = text(80)
    data_content = text(600)
    data_scale = text(200)
    data_source = text(300)
    time_range = text(100)
    update_note = text(200)
    provider_hold = text(200, required=False, load_default="")
    provider_use = text(200, required=False, load_default="")
    provider_operate = text(200, required=False, load_default="")
    buyer_hold = text(200, required=False, load_default="")
    buyer_use = text(200)
    buyer_operate = text(200, required=False, load_default="")
    place = choice(PLACES)
    derived_data = choice(OWNERS)
    derived_note = text(300, required=False, load_default="")
    quality = text(600)
    delivery_mode = choice(DELIVERIES)
    delivery_days = number(0, 90)
    invoice_kind = choice(INVOICES)
    custody = choice(CUSTODIES)
    silence_accepts = fields.Boolean(load_default=True)
    use_accepts = fields.Boolean(load_default=True)
    cure_days = number(0, 90)
    confidentiality_years = number(0, 30)
    security = text(600)
    incident_hours = number(1, 240)
    cross_border = choice(BORDERS)
    termination_days = number(0, 90)
    delete_days = number(0, 180)
    late_rate_bp = number(0, 100)
    liability_cap_percent = number(0, 1000)
    resolution = choice(FORUMS)
    forum = text(120)


class TermsIn(DraftIn):
    """All terms: what was drafted, and what offer and negotiation settled."""

    purposes = some_purposes()
    purpose_text = text(200)
    prohibited = some_purposes(required=False)
    recipients = text(300, required=False, load_default="")
    quota = number(1, 1_000_000)
    price_fen = Fen(required=True)
    tax_rate_bp = number(0, 10_000)
    inspection_days = number(0, 180)
    dispute_days = number(0, 180)
    term_days = number(1, 3650)

    @validates_schema
    def _not_both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if set(data.get("purposes", ())) & set(data.get("prohibited", ())):
            raise ValidationError("purpose_forbidden", "purposes")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Terms that are complete and typed; Invalid `terms_not_complete` with a code per field."""
    try:
        loaded: dict[str, Any] = TermsIn().load(given)
    except ValidationError as wrong:
        raise Invalid("terms_not_complete", codes_of(wrong.messages)) from wrong
    return loaded
