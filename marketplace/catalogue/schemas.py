"""Shapes of the catalogue: the API and the forms use them."""

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.catalogue.search import FACETS, PAGE_SIZE, SORTS
from marketplace.catalogue.states import PriceModel
from marketplace.datasets.states import Purpose
from marketplace.web.schemas import Fen, In, Out, Yuan, choice, text

OUT_OF_RANGE = "field_out_of_range"


class ProductIn(In):
    dataset_id = fields.UUID(required=True)
    title = text(40, required=False, load_default="")
    summary = text(400, required=False, load_default="")
    scenario = text(400, required=False, load_default="")


class WordsIn(In):
    title = text(40)
    summary = text(400)
    scenario = text(400)


def _days(most: int, least: int = 0, default: int | None = None) -> fields.Integer:
    bounds = validate.Range(least, most, error=OUT_OF_RANGE)
    if default is None:
        return fields.Integer(required=True, strict=True, validate=bounds)
    return fields.Integer(load_default=default, strict=True, validate=bounds)


class TermsIn(In):
    """What API and form share of an offer."""

    name = text(40)
    model = choice(PriceModel)
    tax_rate_bp = fields.Integer(
        load_default=600, strict=True, validate=validate.Range(0, 1_300, error=OUT_OF_RANGE)
    )
    purposes = fields.List(
        choice(Purpose), required=True, validate=validate.Length(1, 9, error="field_required")
    )
    prohibited = fields.List(
        choice(Purpose), load_default=list, validate=validate.Length(0, 9, error=OUT_OF_RANGE)
    )
    term_days = _days(3_650, least=1)
    inspection_days = _days(90, default=5)
    dispute_days = _days(90, default=7)
    quota = fields.Integer(
        load_default=10, strict=True, validate=validate.Range(1, 1_000, error=OUT_OF_RANGE)
    )
    price_reason = text(200, required=False, load_default="")


class OfferIn(TermsIn):
    price_fen = Fen(required=True)


class OfferForm(TermsIn):
    """The page asks in yuan."""

    price = Yuan(load_default=0)


class OfferOut(Out):
    id = fields.UUID()
    product_id = fields.UUID()
    version_id = fields.UUID()
    name = fields.String()
    model = fields.String()
    price_fen = fields.Integer()
    tax_rate_bp = fields.Integer()
    purposes = fields.List(fields.String())
    prohibited = fields.List(fields.String())
    term_days = fields.Integer()
    inspection_days = fields.Integer()
    dispute_days = fields.Integer()
    quota = fields.Integer()
    is_open = fields.Boolean()


class ProductOut(Out):
    id = fields.UUID()
    dataset_id = fields.UUID()
    provider_id = fields.UUID()
    number = fields.String(allow_none=True)
    title = fields.String()
    summary = fields.String()
    scenario = fields.String()
    status = fields.String()
    listed_version_id = fields.UUID(allow_none=True)
    listed_at = fields.AwareDateTime(allow_none=True)
    delist_reason = fields.String(allow_none=True)


class GateOut(Out):
    name = fields.String()
    code = fields.String()
    is_met = fields.Boolean()


class ReadinessOut(Out):
    gates = fields.List(fields.Nested(GateOut))


class DelistReasonIn(In):
    reason = text(60)


class QuestionIn(In):
    body = text(1000, least=4)


class QuestionAnswerIn(In):
    answer = text(2000)


class QuestionOut(Out):
    id = fields.UUID()
    product_id = fields.UUID()
    body = fields.String()
    answer = fields.String(allow_none=True)
    status = fields.String()
    created_at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(allow_none=True)


class SearchIn(In):
    """Everything of a search stands in its address. Facets may come several times."""

    q = fields.String(load_default="", validate=validate.Length(max=200, error="field_too_long"))
    sector = fields.List(fields.String())
    data_kind = fields.List(fields.String())
    model = fields.List(fields.String())
    update_frequency = fields.List(fields.String())
    format = fields.List(fields.String())
    quality_band = fields.List(fields.String())
    price_min = fields.Integer(validate=validate.Range(0, 10**15, error=OUT_OF_RANGE))
    price_max = fields.Integer(validate=validate.Range(0, 10**15, error=OUT_OF_RANGE))
    sort = choice(SORTS, required=False, load_default="relevance")
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10**9, error=OUT_OF_RANGE))
    size = fields.Integer(
        load_default=PAGE_SIZE, validate=validate.Range(1, 100, error=OUT_OF_RANGE)
    )

    @validates_schema
    def _few(self, data: dict[str, object], **_kwargs: object) -> None:
        for name in FACETS:
            chosen = data.get(name) or []
            if isinstance(chosen, list) and (len(chosen) > 20 or any(len(o) > 24 for o in chosen)):
                raise ValidationError(OUT_OF_RANGE, name)
