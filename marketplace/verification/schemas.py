"""Shapes of the public check."""

from marshmallow import fields

from marketplace.web.schemas import In, Out, text


class VerifyIn(In):
    """What is looked for."""

    q = text(120, metadata={"description": "certificate number, digest in hex, or record id"})


class VerifyCheckOut(Out):
    """One of the five checks. `state`: ok, w (attention), b (failed), empty (not decided)."""

    name = fields.String()
    state = fields.String()
    says = fields.String()
    technical = fields.String()


class VerifiedCertificateOut(Out):
    """What anybody may know of a certificate."""

    number = fields.String()
    scheme = fields.String()
    status = fields.String()
    issuer_name = fields.String()
    rights = fields.List(fields.String())
    valid_from = fields.Date()
    valid_until = fields.Date()


class VerificationOut(Out):
    """The verdict: valid, changed, suspended, expired, cancelled, tampered, unknown, undecided."""

    verdict = fields.String()
    kind = fields.String(allow_none=True)
    mode = fields.String()
    checked_at = fields.DateTime()
    checks = fields.List(fields.Nested(VerifyCheckOut))
    certificate = fields.Nested(VerifiedCertificateOut, allow_none=True)
    leaf = fields.String(allow_none=True)
    proves = fields.String()
