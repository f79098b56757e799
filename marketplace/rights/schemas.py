"""Shapes of claims, objections, certificates and filed papers, for API and forms alike."""

from typing import Any

from marshmallow import fields, validate

from marketplace.rights.states import (
    Circumstance,
    ClaimReason,
    Purpose,
    RemarkKind,
    Right,
    Route,
)
from marketplace.web.schemas import In, Out, choice, text

REGIONS = ("international", "national", "province", "city", "county", "below_county")
FREQUENCIES = ("realtime", "day", "week", "month", "year", "on_demand", "other")
FORMS = ("image", "text", "video", "audio", "table", "other")
STRUCTURES = ("structured", "semi_structured", "unstructured")
PROVES = ("acquisition", "contract", "identity", "consent", "sample", "other")
CONDITIONS = (
    "not_substituting",
    "others_consent",
    "contract_decides",
    "input_use_right",
    "substantive_difference",
    "law_or_contract_allows",
    "public_registered",
)


def many(options: Any, **kwargs: Any) -> fields.List[str]:
    """Some of the values of an enum."""
    return fields.List(choice(options), validate=validate.Length(max=20), **kwargs)


class AllocationIn(In):
    """One holder's share in a joint right (annex 1: 权利分配)."""

    holder = text(120)
    credit_code = text(18)
    right = choice(Right)
    until = fields.Date(load_default=None, allow_none=True)
    limits = text(200, required=False, load_default="")


class ClaimIn(In):
    """The form of annex 1."""

    route = choice(Route)
    registrar_id = fields.UUID(load_default=None, allow_none=True)
    name = text(40)
    overview = text(400)
    industry = text(4)
    circumstance = choice(Circumstance)
    rights = many(Right, required=True)
    contract_grants = many(Right, load_default=list)
    conditions = many(CONDITIONS, load_default=list)
    region = choice(REGIONS)
    covers_from = fields.Date(load_default=None, allow_none=True)
    covers_until = fields.Date(load_default=None, allow_none=True)
    update_frequency = choice(FREQUENCIES)
    volume_rows = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 10**15)
    )
    volume_bytes = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 10**18)
    )
    form = choice(FORMS)
    structure = choice(STRUCTURES)
    restrictions = text(400, required=False, load_default="无")
    allocation = fields.List(
        fields.Nested(AllocationIn), load_default=list, validate=validate.Length(max=50)
    )
    rights_until = fields.Date(load_default=None, allow_none=True)
    waiver_request = text(400, required=False, load_default="")


class NewClaimIn(ClaimIn):
    """A claim to one dataset."""

    dataset_id = fields.UUID(required=True)


class ClaimEvidenceIn(In):
    """A paper of the organisation, and what it proves."""

    document_id = fields.UUID(required=True)
    proves = choice(PROVES)


class EvidenceFileIn(In):
    """What an uploaded file proves; the file comes beside the form."""

    proves = choice(PROVES)


class SupplementIn(In):
    items = text(2000)
    working_days = fields.Integer(required=True, validate=validate.Range(1, 30))


class RefuseClaimIn(In):
    reasons = many(ClaimReason, required=True)
    note = text(800)


class CaseNoteIn(In):
    note = text(800)


class OptionalCaseNoteIn(In):
    note = text(400, required=False, load_default="")


class ExtendCaseIn(In):
    working_days = fields.Integer(required=True, validate=validate.Range(1, 10))
    reason = text(400)


class CaseReasonIn(In):
    reason = text(400)


class HandOverIn(In):
    outside_registrar = text(120)


class ObjectionIn(In):
    """By one's real name, with a way to reach one."""

    name = text(80)
    contact = text(120)
    grounds = text(2000)


class ObjectionAnswerIn(In):
    answer = text(2000)


class ObjectionDecisionIn(In):
    upheld = fields.Boolean(load_default=False)
    decision = text(2000)


class CertificateRemarkIn(In):
    kind = choice(RemarkKind)
    document_number = text(80, required=False, load_default="")
    text = text(400)


class OutsideCertificateIn(In):
    """Another registrar's certificate."""

    registrar_name = text(120)
    number = text(60)
    rights = many(Right, required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)


class OutsideCertificateApiIn(OutsideCertificateIn):
    dataset_id = fields.UUID(required=True)
    document_id = fields.UUID(required=True)


class PublicRegistrationIn(In):
    code = text(60)
    coded_on = fields.Date(required=True)


class PublicRegistrationApiIn(PublicRegistrationIn):
    dataset_id = fields.UUID(required=True)
    document_id = fields.UUID(required=True)


class AuthorisationIn(In):
    grantor = text(120)
    scope = text(400)
    purpose = choice(Purpose)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)


class AuthorisationApiIn(AuthorisationIn):
    dataset_id = fields.UUID(required=True)
    document_id = fields.UUID(required=True)


class ClaimsPageIn(In):
    cursor = fields.String(load_default=None)


class EligibilityIn(In):
    """The question what may be claimed."""

    circumstance = choice(Circumstance)
    contract_grants = many(Right, load_default=list)
    conditions = many(CONDITIONS, load_default=list)


class JudgementOut(Out):
    right = fields.String()
    is_allowed = fields.Boolean()
    reason = fields.String()
    condition = fields.String()


class ClaimOut(Out):
    id = fields.UUID()
    dataset_id = fields.UUID()
    provider_id = fields.UUID()
    handler_id = fields.UUID(allow_none=True)
    route = fields.String()
    status = fields.String()
    number = fields.String(allow_none=True)
    name = fields.String()
    overview = fields.String()
    industry = fields.String()
    circumstance = fields.String()
    source = fields.String()
    rights = fields.List(fields.String())
    restrictions = fields.String()
    submitted_at = fields.DateTime(allow_none=True)
    acceptance_due = fields.Date(allow_none=True)
    supplement_list = fields.String()
    supplement_due = fields.Date(allow_none=True)
    accepted_at = fields.DateTime(allow_none=True)
    case_due = fields.Date(allow_none=True)
    notice_from = fields.Date(allow_none=True)
    notice_until = fields.Date(allow_none=True)
    waiver_reason = fields.String()
    decided_at = fields.DateTime(allow_none=True)
    reasons = fields.List(fields.String())
    decision_note = fields.String()
    outside_registrar = fields.String()


class ClaimsOut(Out):
    items = fields.List(fields.Nested(ClaimOut))
    next = fields.String(allow_none=True)


class NoticeOut(Out):
    """What the law makes public of a claim."""

    id = fields.UUID()
    number = fields.String()
    name = fields.String()
    overview = fields.String()
    rights = fields.List(fields.String())
    restrictions = fields.String()
    status = fields.String()
    notice_from = fields.Date()
    notice_until = fields.Date()


class NoticesOut(Out):
    items = fields.List(fields.Nested(NoticeOut))
    next = fields.String(allow_none=True)


class ClaimEvidenceOut(Out):
    id = fields.UUID()
    document_id = fields.UUID()
    proves = fields.String()


class ObjectionOut(Out):
    id = fields.UUID()
    claim_id = fields.UUID(allow_none=True)
    certificate_id = fields.UUID(allow_none=True)
    status = fields.String()
    due = fields.Date()
    decision = fields.String()


class RightsCertificateOut(Out):
    """The public part of a certificate."""

    id = fields.UUID()
    dataset_id = fields.UUID()
    scheme = fields.String()
    number = fields.String()
    title = fields.String()
    issuer_name = fields.String()
    rights = fields.List(fields.String())
    restrictions = fields.String()
    valid_from = fields.Date()
    valid_until = fields.Date()
    status = fields.String()


class CertificateRemarkOut(Out):
    id = fields.UUID()
    kind = fields.String()
    text = fields.String()
    lifted_at = fields.DateTime(allow_none=True)


class FiledPaperOut(Out):
    """A paper that was filed for an operator to confirm."""

    id = fields.UUID()
    dataset_id = fields.UUID()
    status = fields.String()
    note = fields.String()
    valid_until = fields.Date()


class PublicRegistrationOut(FiledPaperOut):
    code = fields.String()
    coded_on = fields.Date()


class AuthorisationOut(FiledPaperOut):
    grantor = fields.String()
    scope = fields.String()
    purpose = fields.String()
    valid_from = fields.Date()


class OutsideCertificateOut(FiledPaperOut):
    registrar_name = fields.String()
    number = fields.String()
    rights = fields.List(fields.String())
    valid_from = fields.Date()
