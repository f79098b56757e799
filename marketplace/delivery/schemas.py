"""Shapes of grants, addresses and downloads."""

from marshmallow import fields

from marketplace.web.schemas import In, Out, text


class AddressIn(In):
    """What the data will be used for; the contract's first purpose when left out."""

    purpose = text(80, required=False)


class AddressOut(Out):
    """An address that opens one download for a while."""

    url = fields.String()
    expires_at = fields.DateTime()


class ReasonIn(In):
    """Why a door is shut."""

    reason = text(200)


class GrantOut(Out):
    """What one order allows."""

    id = fields.UUID()
    order_id = fields.UUID()
    contract_id = fields.UUID()
    version_id = fields.UUID()
    buyer_id = fields.UUID()
    provider_id = fields.UUID()
    status = fields.String()
    purpose = fields.String()
    most_downloads = fields.Integer(allow_none=True)
    used_downloads = fields.Integer()
    used_bytes = fields.Integer()
    valid_until = fields.DateTime(allow_none=True)


class GrantsOut(Out):
    """A page of grants."""

    items = fields.List(fields.Nested(GrantOut))
    next = fields.String(allow_none=True)


class DownloadOut(Out):
    """One transfer that ended."""

    id = fields.UUID()
    grant_id = fields.UUID()
    order_id = fields.UUID()
    version_sha256 = fields.String()
    purpose = fields.String()
    range_start = fields.Integer()
    range_end = fields.Integer()
    bytes_sent = fields.Integer()
    ending = fields.String()
    decision = fields.String()
    started_at = fields.DateTime()
    finished_at = fields.DateTime()


class PageArgs(In):
    """Which page."""

    cursor = fields.String(load_default=None)
