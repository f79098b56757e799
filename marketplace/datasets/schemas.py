"""Shapes of datasets, for the API and the forms."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.datasets.masks import Method
from marketplace.datasets.states import (
    DataKind,
    DeliveryMode,
    Frequency,
    Location,
    PriceBasis,
    Purpose,
    Sector,
    Source,
)
from marketplace.web.schemas import In, Out, choice, text


class DatasetIn(In):
    """What a provider says of a dataset."""

    title = text(40)
    summary = text(400)
    sector = choice(Sector)
    data_kind = choice(DataKind)
    location = choice(Location, required=False, load_default=str(Location.PLATFORM))
    region = text(60, required=False, load_default="")
    update_frequency = choice(Frequency, required=False, load_default=str(Frequency.ONCE))
    coverage_from = fields.Date(load_default=None, allow_none=True)
    coverage_to = fields.Date(load_default=None, allow_none=True)
    known_limits = text(2000, required=False, load_default="")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, last = data.get("coverage_from"), data.get("coverage_to")
        if first and last and first > last:
            raise ValidationError({"coverage_to": ["coverage_reversed"]})


class DeclarationIn(In):
    """What must be said before the first byte."""

    source = choice(Source)
    personal_information = fields.Boolean(required=True)
    state_secret_reviewed = fields.Boolean(required=True)
    right_to_supply = fields.Boolean(required=True)


class UseIn(In):
    """What the data is offered for."""

    purposes = fields.List(
        choice(Purpose), required=True, validate=validate.Length(1, 20, error="field_required")
    )
    prohibited = fields.List(choice(Purpose), load_default=list, validate=validate.Length(max=20))
    delivery_modes = fields.List(
        choice(DeliveryMode), required=True, validate=validate.Length(1, 5, error="field_required")
    )
    price_basis = choice(PriceBasis)


class FieldIn(In):
    """One line of the dictionary."""

    name = text(255)
    meaning = text(400, required=False)
    unit = text(40, required=False)
    code_list = text(1000, required=False)
    is_key = fields.Boolean()


class DictionaryIn(In):
    """The dictionary; columns that are not named stay as they are."""

    fields_ = fields.List(
        fields.Nested(FieldIn), required=True, data_key="fields", validate=validate.Length(1, 2000)
    )


class StepIn(In):
    """What is done to one column."""

    column = text(255)
    method = choice(Method)
    to = text(20, required=False, load_default="")


class RecipeIn(In):
    """How a version is derived."""

    recipe = fields.List(fields.Nested(StepIn), required=True, validate=validate.Length(1, 2000))


class SignedProfileIn(In):
    """A profile as the text that was signed, and its detached signature (RFC 7797)."""

    profile = fields.String(required=True, validate=validate.Length(2, 2 * 1024 * 1024))
    jws = text(4000)
    filename = text(200, required=False, load_default="profile")


class UploadQuery(In):
    """The name of the file whose bytes are the body."""

    filename = text(255)


class PageQuery(In):
    cursor = fields.String(load_default=None)


class DatasetOut(Out):
    """A dataset as its provider and staff see it."""

    id = fields.UUID()
    provider_id = fields.UUID()
    title = fields.String()
    summary = fields.String()
    sector = fields.String()
    data_kind = fields.String()
    location = fields.String()
    source = fields.String(allow_none=True)
    declaration = fields.Dict(allow_none=True)
    region = fields.String()
    update_frequency = fields.String()
    coverage_from = fields.Date(allow_none=True)
    coverage_to = fields.Date(allow_none=True)
    known_limits = fields.String()
    is_stopped = fields.Boolean()
    created_at = fields.AwareDateTime()


class DatasetPage(Out):
    items = fields.List(fields.Nested(DatasetOut))
    next = fields.String(allow_none=True)


class FieldOut(Out):
    """One line of the dictionary."""

    position = fields.Integer()
    name = fields.String()
    type = fields.String()
    meaning = fields.String()
    unit = fields.String()
    code_list = fields.String()
    is_key = fields.Boolean()


class VersionOut(Out):
    """Where a version stands. `size` is bytes, `sha256` of the content in hex."""

    id = fields.UUID()
    dataset_id = fields.UUID()
    number = fields.Integer()
    status = fields.String()
    location = fields.String()
    filename = fields.String()
    format = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    rows = fields.Integer(allow_none=True)
    columns = fields.Integer(allow_none=True)
    has_personal_information = fields.Boolean(allow_none=True)
    contradicts_declaration = fields.Boolean()
    refusal = fields.Dict(allow_none=True)
    derived_from_id = fields.UUID(allow_none=True)
    recipe = fields.List(fields.Dict(), allow_none=True)
    created_at = fields.AwareDateTime()


class ExaminationOut(Out):
    """What was found in a version."""

    profile = fields.Dict(allow_none=True)
    public_profile = fields.Dict(allow_none=True)
    scan = fields.Dict(allow_none=True)
    quality = fields.Dict(allow_none=True)
    sample = fields.Dict(allow_none=True)


class UseOut(Out):
    """The declared use and its digest."""

    purposes = fields.List(fields.String())
    prohibited = fields.List(fields.String())
    delivery_modes = fields.List(fields.String())
    price_basis = fields.String()
    digest = fields.String()
