"""Shapes of accounts: what forms and API take, and what they show."""

from typing import Any

from marshmallow import fields, validate

from marketplace.accounts.states import OPEN_KINDS, OrganisationKind, ReturnReason
from marketplace.core.access import Permission, Role
from marketplace.web.schemas import In, Out, Yuan, choice, text

OF_A_PERSON = ("person_name", "email", "password")  # known already of whoever is signed in
CASE_ACTIONS = ("uphold", "dismiss")


class OrganisationFacts(In):
    """What an organisation says about itself."""

    name = text(120)
    credit_code = text(60)
    kind = choice(OPEN_KINDS)
    address = text(200)
    contact = text(120)


class RegistrationIn(OrganisationFacts):
    """An organisation and the person who registers it."""

    person_name = text(60)
    email = text(254)
    password = fields.String(required=True, load_only=True)
    language = choice(("zh", "en"), required=False, load_default="zh")
    accepts_terms = fields.Boolean(
        required=True, validate=validate.Equal(True, error="terms_not_accepted")
    )


class SignInIn(In):
    email = text(254)
    password = fields.String(required=True, load_only=True)


class SessionIn(SignInIn):
    """Sign-in of a program: a token for eight hours."""

    totp = fields.String(load_default="", load_only=True)
    organisation_id = fields.UUID(load_default=None)


class SecondFactorIn(In):
    totp = text(20)


class EmailIn(In):
    email = text(254)


class LinkIn(In):
    token = text(100)


class NewPasswordIn(LinkIn):
    password = fields.String(required=True, load_only=True)


class ChangePasswordIn(In):
    current = fields.String(required=True, load_only=True)
    password = fields.String(required=True, load_only=True)


class ResubmitIn(OrganisationFacts):
    """A corrected registration."""


class BankAccountIn(In):
    name = text(120)
    number = text(40)
    bank = text(120)


class OrganisationIn(In):
    """What may change without a new verification."""

    address = text(200)
    contact = text(120)
    bank_name = text(120, required=False, load_default="")
    bank_number = text(40, required=False, load_default="")
    bank = text(120, required=False, load_default="")


class MemberIn(In):
    """Roles, and up to what amount the person may sign; without an amount, not at all."""

    roles = fields.List(choice(Role), required=True, validate=validate.Length(1, 12))
    signing_limit_yuan = Yuan(load_default=None, metadata={"description": "yuan, tax included"})


class InvitationIn(MemberIn):
    email = text(254)
    name = text(60)
    organisation_id = fields.UUID(load_default=None)


class AcceptIn(LinkIn):
    name = text(60, required=False, load_default="")
    password = fields.String(load_default="", load_only=True)


class ApiTokenIn(In):
    name = text(60)
    scopes = fields.List(choice(Permission), required=True, validate=validate.Length(1, 80))
    days = fields.Integer(
        load_default=90, validate=validate.Range(1, 365, error="field_out_of_range")
    )


class PaperKindIn(In):
    kind = text(40)


class PinIn(In):
    pin = fields.String(required=True, load_only=True)


class OwnKeyIn(In):
    """A public Ed25519 JWK and a detached JWS over the possession text, made with it."""

    jwk = fields.Dict(required=True)
    proof = text(2000)


class OwnKeyTextIn(In):
    """The same from a form, where the JWK is typed as text."""

    jwk = text(2000)
    proof = text(2000)


class RegistrationReturnIn(In):
    reasons = fields.List(
        choice(ReturnReason), required=True, validate=validate.Length(1, len(ReturnReason))
    )
    note = text(500, required=False, load_default="")


class SuspensionIn(In):
    note = text(500)


class CaseDecisionIn(SuspensionIn):
    action = choice(CASE_ACTIONS)


class MailLanguageIn(In):
    language = choice(("zh", "en"))


class ReferenceOut(Out):
    """The answer to a registration is the same whether the e-mail address was known or not."""

    reference = fields.UUID()


class TokenOut(Out):
    """A token, shown once."""

    token = fields.String()
    expires_in = fields.Integer(metadata={"description": "seconds"})


class IssuedTokenOut(Out):
    id = fields.UUID()
    token = fields.String(metadata={"description": "shown once"})


class ApiTokenOut(Out):
    id = fields.UUID()
    name = fields.String()
    start = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)


class PublicOrganisationOut(Out):
    """What anybody may know of a verified organisation."""

    id = fields.UUID()
    name = fields.String()
    kind = fields.String()
    status = fields.String()


class OrganisationOut(PublicOrganisationOut):
    credit_code = fields.String()
    address = fields.String()
    contact = fields.String()
    bank_account = fields.Dict(allow_none=True)
    registrar_code = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    verified_at = fields.AwareDateTime(allow_none=True)
    return_reasons = fields.List(fields.String())
    return_note = fields.String()


class MeOut(Out):
    person_id = fields.UUID(allow_none=True)
    name = fields.String()
    organisation_id = fields.UUID(allow_none=True)
    organisation_verified = fields.Boolean()
    roles = fields.List(fields.String())
    permissions = fields.List(fields.String())
    signing_limit_fen = fields.Integer(allow_none=True)


class MembershipOut(Out):
    id = fields.UUID()
    person_id = fields.UUID()
    organisation_id = fields.UUID()
    roles = fields.List(fields.String())
    signing_limit_fen = fields.Integer(allow_none=True)
    name = fields.String()
    email = fields.String()


class InvitationOut(Out):
    id = fields.UUID()
    email = fields.String()
    name = fields.String()
    roles = fields.List(fields.String())
    signing_limit_fen = fields.Integer(allow_none=True)
    status = fields.String()
    expires_at = fields.AwareDateTime()


class DocumentOut(Out):
    id = fields.UUID()
    kind = fields.String()
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    created_at = fields.AwareDateTime()


class SigningKeyOut(Out):
    id = fields.UUID()
    kid = fields.String()
    public_jwk = fields.Dict()
    custody = fields.String()
    valid_from = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(allow_none=True)


class CaseOut(Out):
    id = fields.UUID()
    credit_code = fields.String()
    status = fields.String()
    holder_id = fields.UUID()
    claimant_id = fields.UUID()
    decision_note = fields.String()
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)


class EnrolmentOut(Out):
    secret = fields.String()
    otpauth = fields.String()


class RecoveryCodesOut(Out):
    recovery_codes = fields.List(fields.String())


class QueueArgs(In):
    status = choice(("registered", "verified", "returned", "suspended"), required=False,
                    load_default="registered")  # fmt: skip
    kind = choice(OrganisationKind, required=False)
    cursor = text(40, required=False)


class CaseArgs(In):
    status = choice(("open", "upheld", "dismissed"), required=False, load_default="open")
    cursor = text(40, required=False)


def page_out(item: type[Out]) -> Any:
    """A page of something, with the cursor of the next."""
    return Out.from_dict(
        {
            "items": fields.List(fields.Nested(item)),
            "next": fields.String(allow_none=True),
        },
        name=item.__name__.removesuffix("Out") + "Page",
    )
