"""Shapes of valuation: the API and the forms use them."""

from marshmallow import fields, validate

from marketplace.valuation.states import CostKind
from marketplace.web.schemas import Fen, In, Out, Yuan, choice, text

BP = validate.Range(0, 10_000, error="field_out_of_range")


class CostLineIn(In):
    kind = choice(CostKind)
    amount_fen = Fen(required=True)
    note = text(200, required=False, load_default="")


class CostStatementIn(In):
    lines = fields.List(
        fields.Nested(CostLineIn),
        required=True,
        validate=validate.Length(1, 40, error="cost_lines_missing"),
    )
    buyers_expected = fields.Integer(
        strict=True, load_default=1, validate=validate.Range(1, 100_000, error="field_out_of_range")
    )
    margin_bp = fields.Integer(strict=True, load_default=0, validate=BP)
    note = text(1000, required=False, load_default="")


class CostForm(In):
    """The page's form: one amount in yuan per kind of cost."""

    plan = Yuan(load_default=0)
    collect = Yuan(load_default=0)
    clean = Yuan(load_default=0)
    label = Yuan(load_default=0)
    store = Yuan(load_default=0)
    purchase = Yuan(load_default=0)
    indirect = Yuan(load_default=0)
    opportunity = Yuan(load_default=0)
    tax = Yuan(load_default=0)
    buyers_expected = fields.Integer(
        load_default=1, validate=validate.Range(1, 100_000, error="field_out_of_range")
    )
    margin_percent = fields.Decimal(
        places=2, load_default=0, validate=validate.Range(0, 100, error="field_out_of_range")
    )
    note = text(1000, required=False, load_default="")


class CostStatementOut(Out):
    id = fields.UUID()
    dataset_id = fields.UUID()
    lines = fields.List(fields.Dict())
    total_fen = fields.Integer()
    buyers_expected = fields.Integer()
    margin_bp = fields.Integer()
    created_at = fields.AwareDateTime()


class PriceLineOut(Out):
    code = fields.String()
    facts = fields.Dict()


class SwingOut(Out):
    code = fields.String()
    low_fen = fields.Integer()
    high_fen = fields.Integer()


class BandOut(Out):
    method = fields.String()
    low_fen = fields.Integer()
    middle_fen = fields.Integer()
    high_fen = fields.Integer()
    trades = fields.Integer()
    lines = fields.List(fields.Nested(PriceLineOut))
    swings = fields.List(fields.Nested(SwingOut))


class PriceReferenceOut(Out):
    """`kind` is always `reference`: a price reference, never an appraisal."""

    kind = fields.Constant("reference")
    low_fen = fields.Integer()
    high_fen = fields.Integer()
    method = fields.String()
    bands = fields.List(fields.Nested(BandOut))


class MostRevenueIn(In):
    cost_fen = Fen(required=True)
    subsidy_fen = Fen(load_default=0)
    yield_bp = fields.Integer(required=True, strict=True, validate=BP)
    premium_bp = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 600, error="premium_above_six_points"),
    )
    tax_fen = Fen(load_default=0)


class MostRevenueForm(In):
    cost = Yuan(required=True)
    subsidy = Yuan(load_default=0)
    yield_percent = fields.Decimal(
        required=True, validate=validate.Range(0, 100, error="field_out_of_range")
    )
    premium_percent = fields.Decimal(
        required=True, validate=validate.Range(0, 6, error="premium_above_six_points")
    )
    tax = Yuan(load_default=0)


class MostRevenueOut(Out):
    cost_fen = fields.Integer()
    subsidy_fen = fields.Integer()
    yield_bp = fields.Integer()
    premium_bp = fields.Integer()
    tax_fen = fields.Integer()
    net_cost_fen = fields.Integer()
    return_fen = fields.Integer()
    revenue_fen = fields.Integer()


class CapIn(In):
    dataset_id = fields.UUID(required=True)
    cap_fen = Fen(required=True)
    document_no = text(80)
    basis = fields.Nested(MostRevenueIn)


class CapForm(In):
    dataset_id = fields.UUID(required=True)
    cap = Yuan(required=True)
    document_no = text(80)


class CapOut(Out):
    id = fields.UUID()
    dataset_id = fields.UUID()
    cap_fen = fields.Integer()
    document_no = fields.String()
    review_by = fields.Date()
    basis = fields.Dict()
    created_at = fields.AwareDateTime()
