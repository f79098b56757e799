"""Shapes of the log's API."""

from marshmallow import fields, validate

from marketplace.web.schemas import In, Out

DIGEST = validate.Regexp(r"^[0-9a-fA-F]{64}$", error="field_invalid")


class LogHeadOut(Out):
    """A signed tree head; `note` is the C2SP checkpoint as published."""

    size = fields.Integer()
    root = fields.String(metadata={"description": "hex"})
    note = fields.String()
    created_at = fields.DateTime()


class LogConsistencyIn(In):
    """Two sizes that checkpoints have."""

    old = fields.Integer(required=True, validate=validate.Range(0, error="field_out_of_range"))
    new = fields.Integer(required=True, validate=validate.Range(0, error="field_out_of_range"))


class LogConsistencyOut(Out):
    """RFC 6962 hashes in base64."""

    old = fields.Integer()
    new = fields.Integer()
    proof = fields.List(fields.String())


class LogProofOut(Out):
    """Where a digest stands in the log, and the proof; nothing of what was recorded."""

    origin = fields.String()
    index = fields.Integer()
    size = fields.Integer()
    inclusion = fields.List(fields.String())
    checkpoint = fields.String()
    proof = fields.String(metadata={"description": "C2SP tlog-proof"})
    vkeys = fields.List(fields.String())
