"""Accounts under `/api/v1`: registration, tokens, organisation, members, papers, keys, verification."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import ValidationError

from marketplace.accounts import passwords, queries, service, signing, totp, uploads
from marketplace.accounts.actors import from_address
from marketplace.accounts.models import (
    ApiToken,
    ClaimCase,
    Document,
    Invitation,
    Membership,
    Organisation,
    SigningKey,
)
from marketplace.accounts.schemas import (
    AcceptIn,
    ApiTokenIn,
    ApiTokenOut,
    CaseArgs,
    CaseDecisionIn,
    CaseOut,
    DocumentOut,
    EmailIn,
    EnrolmentOut,
    InvitationIn,
    InvitationOut,
    IssuedTokenOut,
    LinkIn,
    MemberIn,
    MembershipOut,
    MeOut,
    NewPasswordIn,
    OrganisationIn,
    OrganisationOut,
    OwnKeyIn,
    PinIn,
    PublicOrganisationOut,
    QueueArgs,
    RecoveryCodesOut,
    ReferenceOut,
    RegistrationIn,
    RegistrationReturnIn,
    ResubmitIn,
    SecondFactorIn,
    SessionIn,
    SigningKeyOut,
    SuspensionIn,
    TokenOut,
    page_out,
)
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.clock import iso
from marketplace.core.database import everything, find, transaction
from marketplace.core.errors import Invalid, NotSignedIn
from marketplace.core.idempotency import already, remember
from marketplace.core.ids import new_id
from marketplace.web.paging import Page, page_of
from marketplace.web.schemas import codes_of
from marketplace.web.session import current_actor

bp = Blueprint(
    "accounts_api", __name__, url_prefix="/api/v1", description="Organisations, people and keys"
)


def _signed_in() -> Actor:
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    return actor


def _home() -> UUID:
    actor = _signed_in()
    if actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    return actor.organisation_id


# -- coming in


@bp.post("/registrations")
@bp.response(202, ReferenceOut)
def register() -> dict[str, UUID]:
    """Register an organisation. `multipart/form-data` with the fields of `Registration` and the
    files `licence` and `authorisation_letter`, or JSON first and the papers afterwards.

    The answer does not say whether the e-mail address already had an account: the mail does.
    """
    uploads.bound_request(files=2)
    data = _registration()
    passwords.check_strength(data["password"], data["email"].split("@")[0])
    papers = [
        uploads.form_paper(kind, kind)
        for kind in ("licence", "authorisation_letter")
        if kind in request.files
    ]
    password_hash = passwords.hash_password(data["password"])
    with transaction():
        made = service.register(
            current_actor(),
            _application(data),
            papers,
            email=data["email"],
            person_name=data["person_name"],
            password_hash=password_hash,
            language=data["language"],
            from_address=from_address(),
        )
        return {"reference": made.id if made else new_id()}


def _registration() -> dict[str, Any]:
    given = request.get_json() if request.is_json else request.form.to_dict()
    try:
        data: dict[str, Any] = RegistrationIn().load(given)
    except ValidationError as wrong:
        raise Invalid("invalid", codes_of(wrong.messages)) from wrong
    return data


def _application(data: dict[str, Any]) -> service.Application:
    return service.Application(
        data["name"], data["credit_code"], data["kind"], data["address"], data["contact"]
    )


@bp.post("/registrations/confirmation")
@bp.arguments(LinkIn)
@bp.response(204)
def confirm(data: dict[str, str]) -> None:
    """Confirm an e-mail address by the token of the mailed link."""
    with transaction():
        service.confirm_email(data["token"])


@bp.post("/registrations/confirmation/request")
@bp.response(202)
def ask_confirmation() -> None:
    """Mail the confirmation link again."""
    with transaction():
        service.ask_confirmation(current_actor())


@bp.post("/sessions")
@bp.arguments(SessionIn)
@bp.response(201, TokenOut)
def open_session(data: dict[str, Any]) -> dict[str, Any]:
    """Sign in as a person: a token for eight hours with all of the person's permissions."""
    person_id = service.check_password(data["email"], data["password"], from_address())
    with transaction():
        token = service.open_token(
            person_id, code=data["totp"], organisation_id=data["organisation_id"]
        )
    return {"token": token, "expires_in": int(service.TOKEN_SESSION.total_seconds())}


@bp.delete("/sessions/current")
@bp.response(204)
def close_session() -> None:
    """End the session of this token."""
    with transaction():
        service.sign_out(_signed_in())


@bp.delete("/sessions")
@bp.response(204)
def close_sessions() -> None:
    """End every session of this person, and this one."""
    with transaction():
        service.sign_out_everywhere(_signed_in())


@bp.post("/password-resets")
@bp.arguments(EmailIn)
@bp.response(202)
def ask_reset(data: dict[str, str]) -> None:
    """Mail a link that sets a new password, if the address has an account."""
    with transaction():
        service.ask_reset(data["email"], from_address())


@bp.post("/password-resets/use")
@bp.arguments(NewPasswordIn)
@bp.response(204)
def reset_password(data: dict[str, str]) -> None:
    """Set a new password by the token of the mailed link."""
    passwords.check_strength(data["password"])
    password_hash = passwords.hash_password(data["password"])
    with transaction():
        service.reset_password(data["token"], password_hash)


@bp.get("/me")
@bp.response(200, MeOut)
def me() -> Actor:
    """Who this token is, and what it may do."""
    return _signed_in()


@bp.post("/me/second-factor")
@bp.response(200, EnrolmentOut)
def begin_enrolment() -> dict[str, str]:
    """The secret for an authenticator. Staff must enrol before anything else."""
    actor = _signed_in()
    with transaction():
        secret = service.begin_enrolment(actor)
        email = queries.person(actor.person_id).email if actor.person_id else ""
    return {"secret": secret, "otpauth": totp.address_of(secret, email)}


@bp.put("/me/second-factor")
@bp.arguments(SecondFactorIn)
@bp.response(200, RecoveryCodesOut)
def confirm_enrolment(data: dict[str, str]) -> dict[str, list[str]]:
    """Prove that the authenticator works. The recovery codes are shown once."""
    with transaction():
        codes, _ = service.confirm_enrolment(_signed_in(), data["totp"])
    return {"recovery_codes": codes}


# -- the organisation


@bp.get("/organisation")
@bp.response(200, OrganisationOut)
def own_organisation() -> Organisation:
    """The organisation this token acts for."""
    return find(visible(current_actor(), Organisation), _home())


@bp.put("/organisation")
@bp.arguments(OrganisationIn)
@bp.response(200, OrganisationOut)
def edit_organisation(data: dict[str, str]) -> Organisation:
    """Change address, contact or bank account."""
    with transaction():
        return service.edit_organisation(
            current_actor(),
            address=data["address"],
            contact=data["contact"],
            bank_account=service.bank_account_of(data),
        )


@bp.post("/organisation/resubmission")
@bp.arguments(ResubmitIn)
@bp.response(200, OrganisationOut)
def resubmit(data: dict[str, str]) -> Organisation:
    """Hand in a returned registration again."""
    with transaction():
        return service.resubmit(current_actor(), _home(), _application(data))


@bp.get("/organisation/members")
@bp.response(200, MembershipOut(many=True))
def members() -> list[dict[str, Any]]:
    """The people of this organisation."""
    return [
        _member(place, person.name, person.email)
        for place, person in queries.members_of(current_actor(), _home())
    ]


def _member(place: Membership, name: str, email: str) -> dict[str, Any]:
    return {
        "id": place.id,
        "person_id": place.person_id,
        "organisation_id": place.organisation_id,
        "roles": place.roles,
        "signing_limit_fen": place.signing_limit_fen,
        "name": name,
        "email": email,
    }


@bp.put("/organisation/members/<uuid:membership_id>")
@bp.arguments(MemberIn)
@bp.response(200, MembershipOut)
def change_member(data: dict[str, Any], membership_id: UUID) -> dict[str, Any]:
    """Give a colleague other roles or another signing limit."""
    with transaction():
        place = service.change_member(
            current_actor(), membership_id, data["roles"], data["signing_limit_yuan"]
        )
        person = queries.person(place.person_id)
        return _member(place, person.name, person.email)


@bp.delete("/organisation/members/<uuid:membership_id>")
@bp.response(204)
def remove_member(membership_id: UUID) -> None:
    """End a colleague's membership."""
    with transaction():
        service.remove_member(current_actor(), membership_id)


@bp.get("/organisation/invitations")
@bp.response(200, InvitationOut(many=True))
def invitations() -> Any:
    """The latest invitations of this organisation."""
    require(current_actor(), Permission.MEMBER_INVITE)
    rows = visible(current_actor(), Invitation).where(Invitation.organisation_id == _home())
    return page_of(rows, Invitation, None, 100).items


@bp.post("/organisation/invitations")
@bp.arguments(InvitationIn)
@bp.response(201, InvitationOut)
def invite(data: dict[str, Any]) -> Invitation:
    """Offer somebody a place in the organisation by mail. Takes `Idempotency-Key`."""
    actor, key = current_actor(), request.headers.get("Idempotency-Key")
    said = {name: str(value) for name, value in data.items()}
    with transaction():
        before = already(actor, "invitations", key, said)
        if before:
            return find(visible(actor, Invitation), before)
        made = service.invite(
            actor,
            data["email"],
            data["name"],
            data["roles"],
            data["signing_limit_yuan"],
            data["organisation_id"],
        )
        remember(actor, "invitations", key, said, made.id)
        return made


@bp.delete("/organisation/invitations/<uuid:invitation_id>")
@bp.response(204)
def withdraw_invitation(invitation_id: UUID) -> None:
    """Take an invitation back."""
    with transaction():
        service.withdraw_invitation(current_actor(), invitation_id)


@bp.post("/invitations/acceptance")
@bp.arguments(AcceptIn)
@bp.response(201, MembershipOut)
def accept_invitation(data: dict[str, str]) -> dict[str, Any]:
    """Take the place offered. Whoever has an account signs in first; others choose a password."""
    password_hash = ""
    if current_actor().person_id is None:
        passwords.check_strength(data["password"])
        password_hash = passwords.hash_password(data["password"])
    with transaction():
        place = service.accept_invitation(
            current_actor(), data["token"], name=data["name"], password_hash=password_hash
        )
        person = queries.person(place.person_id)
        return _member(place, person.name, person.email)


# -- papers


@bp.get("/documents")
@bp.response(200, DocumentOut(many=True))
def documents() -> Any:
    """The papers of this organisation."""
    return queries.papers_of(current_actor(), _home())


@bp.post("/documents/<kind>")
@bp.response(201, DocumentOut)
def add_document(kind: str) -> Document:
    """Upload a paper: the raw body with its name in `X-File-Name`, or a form with `file`.

    PDF, PNG, JPEG, XML, OFD, TXT, CSV or XLSX up to 20 MiB.
    """
    _home()
    uploads.bound_request()
    kind = service.document_kind(kind)
    is_form = request.mimetype == "multipart/form-data"
    paper = uploads.form_paper("file", kind) if is_form else uploads.body_paper(kind)
    with transaction():
        return service.add_document(current_actor(), kind, paper.name, paper.media_type, paper.blob)


@bp.get("/documents/<uuid:document_id>")
@bp.response(200, DocumentOut)
def show_document(document_id: UUID) -> Document:
    """What is known about a paper."""
    return queries.document(_signed_in(), document_id)


@bp.get("/documents/<uuid:document_id>/content")
def download_document(document_id: UUID) -> Response:
    """The paper itself, as an attachment."""
    with transaction():
        document = service.open_document(_signed_in(), document_id)
        return uploads.as_attachment(document)


@bp.delete("/documents/<uuid:document_id>")
@bp.response(204)
def remove_document(document_id: UUID) -> None:
    """Put a paper away."""
    with transaction():
        service.remove_document(_signed_in(), document_id)


# -- tokens and keys


@bp.get("/tokens")
@bp.response(200, ApiTokenOut(many=True))
def tokens() -> Any:
    """The API tokens one may see, the newest first."""
    rows = visible(_signed_in(), ApiToken).where(ApiToken.is_session.is_(False))
    return page_of(rows, ApiToken, None, 100).items


@bp.post("/tokens")
@bp.arguments(ApiTokenIn)
@bp.response(201, IssuedTokenOut)
def issue_token(data: dict[str, Any]) -> dict[str, Any]:
    """A token with some of one's own permissions, shown this once."""
    with transaction():
        token, secret = service.issue_token(
            current_actor(), data["name"], data["scopes"], data["days"]
        )
        return {"id": token.id, "token": secret}


@bp.delete("/tokens/<uuid:token_id>")
@bp.response(204)
def revoke_token(token_id: UUID) -> None:
    """End a token."""
    with transaction():
        service.revoke_token(current_actor(), token_id)


@bp.get("/organisation/keys")
@bp.response(200, SigningKeyOut(many=True))
def keys() -> Any:
    """The organisation's signing keys, retired ones included."""
    return queries.keys_of(_home())


@bp.post("/organisation/keys/held")
@bp.arguments(PinIn)
@bp.response(201, SigningKeyOut)
def make_key(data: dict[str, str]) -> SigningKey:
    """托管签名: a new key held here, opened by a PIN that is never stored. Retires the former."""
    with transaction():
        return signing.make_key(current_actor(), data["pin"])


@bp.post("/organisation/keys/own")
@bp.arguments(OwnKeyIn)
@bp.response(201, SigningKeyOut)
def register_key(data: dict[str, Any]) -> SigningKey:
    """Enter the organisation's own public key. `proof` is a detached JWS (RFC 7797) over the
    canonical JSON {"kid", "organisation_id", "purpose": "quanshu-key-possession"}."""
    with transaction():
        return signing.register_key(current_actor(), data["jwk"], data["proof"])


@bp.delete("/organisation/keys/<uuid:key_id>")
@bp.response(200, SigningKeyOut)
def retire_key(key_id: UUID) -> SigningKey:
    """Stop using a key; it stays published with its validity."""
    with transaction():
        return signing.retire_key(current_actor(), key_id)


@bp.get("/organisations/<uuid:organisation_id>")
@bp.response(200, PublicOrganisationOut)
def public_organisation(organisation_id: UUID) -> Organisation:
    """The public facts of a verified organisation."""
    rows = everything(Organisation).where(Organisation.verified_at.is_not(None))
    return find(rows, organisation_id)


@bp.get("/organisations/<uuid:organisation_id>/keys.json")
def key_set(organisation_id: UUID) -> Response:
    """The organisation's public keys as a JWK set; each with the time in which it is valid."""
    return jsonify(
        {
            "keys": [
                key.public_jwk
                | {
                    "kid": key.kid,
                    "use": "sig",
                    "alg": "EdDSA",
                    "custody": key.custody,
                    "valid_from": iso(key.valid_from),
                    "retired_at": iso(key.retired_at) if key.retired_at else None,
                }
                for key in queries.keys_of(organisation_id)
            ]
        }
    )


# -- the operator's desk


@bp.get("/organisations")
@bp.arguments(QueueArgs, location="query")
@bp.response(200, page_out(OrganisationOut))
def queue(data: dict[str, str]) -> Page[Organisation]:
    """Organisations by status, for operators."""
    require(current_actor(), Permission.ORGANISATION_VERIFY)
    return page_of(
        queries.queue(current_actor(), data["status"], data.get("kind")),
        Organisation,
        data.get("cursor"),
    )


@bp.get("/organisations/<uuid:organisation_id>/case")
@bp.response(200, OrganisationOut)
def show_case(organisation_id: UUID) -> Organisation:
    """All that an operator or the organisation itself sees of a registration."""
    return find(visible(_signed_in(), Organisation), organisation_id)


@bp.get("/organisations/<uuid:organisation_id>/documents")
@bp.response(200, DocumentOut(many=True))
def case_documents(organisation_id: UUID) -> Any:
    """The papers handed in with a registration."""
    return queries.papers_of(_signed_in(), organisation_id)


@bp.post("/organisations/<uuid:organisation_id>/verification")
@bp.response(200, OrganisationOut)
def verify(organisation_id: UUID) -> Organisation:
    """Confirm that the organisation is who it says."""
    with transaction():
        return service.verify(_signed_in(), organisation_id)


@bp.post("/organisations/<uuid:organisation_id>/return")
@bp.arguments(RegistrationReturnIn)
@bp.response(200, OrganisationOut)
def return_registration(data: dict[str, Any], organisation_id: UUID) -> Organisation:
    """Give a registration back with coded reasons."""
    with transaction():
        return service.return_registration(
            _signed_in(), organisation_id, data["reasons"], data["note"]
        )


@bp.post("/organisations/<uuid:organisation_id>/suspension")
@bp.arguments(SuspensionIn)
@bp.response(200, OrganisationOut)
def suspend(data: dict[str, str], organisation_id: UUID) -> Organisation:
    """Stop an organisation from trading."""
    with transaction():
        return service.suspend(_signed_in(), organisation_id, data["note"])


@bp.delete("/organisations/<uuid:organisation_id>/suspension")
@bp.response(200, OrganisationOut)
def restore(organisation_id: UUID) -> Organisation:
    """Let a suspended organisation trade again."""
    with transaction():
        return service.restore(_signed_in(), organisation_id)


@bp.get("/claim-cases")
@bp.arguments(CaseArgs, location="query")
@bp.response(200, page_out(CaseOut))
def cases(data: dict[str, str]) -> Page[ClaimCase]:
    """Cases in which two organisations claim one credit code."""
    require(current_actor(), Permission.ORGANISATION_VERIFY)
    rows = visible(current_actor(), ClaimCase).where(ClaimCase.status == data["status"])
    return page_of(rows, ClaimCase, data.get("cursor"))


@bp.post("/claim-cases/<uuid:case_id>/decision")
@bp.arguments(CaseDecisionIn)
@bp.response(200, CaseOut)
def decide_case(data: dict[str, str], case_id: UUID) -> ClaimCase:
    """Decide whose the code is."""
    with transaction():
        return service.decide_case(_signed_in(), case_id, data["action"], data["note"])
