"""Shapes of receipts."""

from marshmallow import fields

from marketplace.web.schemas import In, Out


class ReceiptPageIn(In):
    """Where a list goes on, and of which order."""

    cursor = fields.String(load_default=None)
    order_id = fields.UUID(load_default=None)


class UsageReceiptOut(Out):
    """A receipt; the signed record is in its bundle."""

    id = fields.UUID()
    order_id = fields.UUID()
    contract_id = fields.UUID()
    version_id = fields.UUID()
    download_id = fields.UUID()
    purpose = fields.String()
    bytes_sent = fields.Integer()
    rows = fields.Integer(allow_none=True)
    quantity = fields.Integer()
    ending = fields.String()
    decision = fields.String()
    digest = fields.String(metadata={"description": "SHA-256 of the signed record, in hex"})
    created_at = fields.DateTime()


class UsageReceiptsOut(Out):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(UsageReceiptOut))
    next = fields.String(allow_none=True)


class ProofBundleOut(Out):
    """What the offline verifier eats; see /verify/quanshu_verify.py."""

    format = fields.String()
    kind = fields.String()
    public = fields.Boolean()
    record = fields.String(metadata={"description": "the signed record, a compact JWS"})
    salt = fields.String(allow_none=True)
    leaf = fields.String()
    log = fields.Dict()
    keys = fields.List(fields.Dict())
    documents = fields.List(fields.Dict())
