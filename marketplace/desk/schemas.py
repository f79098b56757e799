"""Shapes of the operations pages."""

from marshmallow import fields

from marketplace.web.schemas import In, Out, text


class DayIn(In):
    """One entry of the calendar of working days."""

    day = fields.Date(required=True, error_messages={"invalid": "field_invalid"})
    is_working = fields.Boolean(load_default=False)
    note = text(80, required=False, load_default="")


class HealthOut(Out):
    """The answer of `/readyz`."""

    ready = fields.Boolean(attribute="is_ready")
    database = fields.Boolean()
    oldest_job_seconds = fields.Float(allow_none=True)
    parked_jobs = fields.Integer()
