"""Shapes of notices."""

from marshmallow import fields

from marketplace.web.schemas import In, Out, text


class OwnNoticeArgs(In):
    cursor = text(40, required=False)


class OwnNoticeOut(Out):
    id = fields.UUID()
    event = fields.String()
    subject_type = fields.String()
    subject_id = fields.UUID()
    title = fields.String()
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class OwnNoticePage(Out):
    items = fields.List(fields.Nested(OwnNoticeOut))
    next = fields.String(allow_none=True)
