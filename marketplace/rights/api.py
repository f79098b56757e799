"""The programs' face of rights. What issues something takes an `Idempotency-Key`."""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_smorest import Blueprint

from marketplace.core import limits
from marketplace.core.access import Actor
from marketplace.core.database import transaction
from marketplace.core.errors import NotFound
from marketplace.core.idempotency import already, remember
from marketplace.rights import eligibility, limiting, printing, queries, schemas, service
from marketplace.rights.models import (
    Authorisation,
    Certificate,
    Claim,
    Evidence,
    Objection,
    OutsideCertificate,
    PublicRegistration,
    Remark,
)
from marketplace.web.paging import Page, page_of
from marketplace.web.session import current_actor

bp = Blueprint(
    "rights_api", __name__, url_prefix="/api/v1/rights", description="Registration of data rights"
)


def _key() -> str | None:
    return request.headers.get("Idempotency-Key")


def _input(**path: object) -> dict[str, Any]:
    """The request as it came, for the idempotency key."""
    return {"body": request.get_json(silent=True) or {}, **{k: str(v) for k, v in path.items()}}


@bp.get("/eligibility")
@bp.arguments(schemas.EligibilityIn, location="query")
@bp.response(200, schemas.JudgementOut(many=True))
def eligibility_of(data: dict[str, Any]) -> list[eligibility.Judgement]:
    """Which rights may be claimed, and why."""
    return list(
        eligibility.judge(data["circumstance"], data["contract_grants"], data["conditions"])
    )


@bp.get("/claims")
@bp.arguments(schemas.ClaimsPageIn, location="query")
@bp.response(200, schemas.ClaimsOut)
def list_claims(data: dict[str, Any]) -> Page[Claim]:
    """The organisation's own claims, newest first."""
    return page_of(queries.claims_of(current_actor()), Claim, data["cursor"])


@bp.get("/cases")
@bp.response(200, schemas.ClaimOut(many=True))
def list_cases() -> Any:
    """The cases the actor's organisation handles."""
    return queries.cases(current_actor())


@bp.post("/claims")
@bp.arguments(schemas.NewClaimIn)
@bp.response(201, schemas.ClaimOut)
def draft_claim(data: dict[str, Any]) -> Claim:
    """Begin a claim."""
    with transaction():
        return service.draft(current_actor(), **data)


@bp.get("/claims/<uuid:claim_id>")
@bp.response(200, schemas.ClaimOut)
def show_claim(claim_id: UUID) -> Claim:
    """One claim."""
    return queries.claim(current_actor(), claim_id)


@bp.put("/claims/<uuid:claim_id>")
@bp.arguments(schemas.ClaimIn)
@bp.response(200, schemas.ClaimOut)
def revise_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Change a draft or a claim under supplement."""
    with transaction():
        return service.revise(current_actor(), claim_id, **data)


@bp.post("/claims/<uuid:claim_id>/evidence")
@bp.arguments(schemas.ClaimEvidenceIn)
@bp.response(201, schemas.ClaimEvidenceOut)
def attach_evidence(data: dict[str, Any], claim_id: UUID) -> Evidence:
    """Put a paper of the organisation beside the claim."""
    with transaction():
        return service.attach(current_actor(), claim_id, data["document_id"], data["proves"])


@bp.delete("/claims/<uuid:claim_id>/evidence/<uuid:evidence_id>")
@bp.response(204)
def detach_evidence(claim_id: UUID, evidence_id: UUID) -> None:
    """Take a paper away again."""
    with transaction():
        service.detach(current_actor(), claim_id, evidence_id)


@bp.post("/claims/<uuid:claim_id>/submit")
@bp.response(200, schemas.ClaimOut)
def submit_claim(claim_id: UUID) -> Claim:
    """Hand the claim to its handler."""
    with transaction():
        return service.submit(current_actor(), claim_id)


@bp.post("/claims/<uuid:claim_id>/supply")
@bp.response(200, schemas.ClaimOut)
def supply_claim(claim_id: UUID) -> Claim:
    """Answer the supplement list."""
    with transaction():
        return service.supply(current_actor(), claim_id)


@bp.post("/claims/<uuid:claim_id>/withdraw")
@bp.response(200, schemas.ClaimOut)
def withdraw_claim(claim_id: UUID) -> Claim:
    """Give the claim up."""
    with transaction():
        return service.withdraw(current_actor(), claim_id)


@bp.post("/claims/<uuid:claim_id>/accept")
@bp.response(200, schemas.ClaimOut)
def accept_claim(claim_id: UUID) -> Claim:
    """Take the case on."""
    with transaction():
        return service.accept(current_actor(), claim_id)


@bp.post("/claims/<uuid:claim_id>/ask-supplement")
@bp.arguments(schemas.SupplementIn)
@bp.response(200, schemas.ClaimOut)
def ask_supplement(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Ask once for what is missing."""
    with transaction():
        return service.ask_supplement(current_actor(), claim_id, **data)


@bp.post("/claims/<uuid:claim_id>/refuse")
@bp.arguments(schemas.RefuseClaimIn)
@bp.response(200, schemas.ClaimOut)
def refuse_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Refuse in writing."""
    with transaction():
        return service.refuse(current_actor(), claim_id, **data)


@bp.post("/claims/<uuid:claim_id>/terminate")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.ClaimOut)
def terminate_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """End a case that cannot be evidenced."""
    with transaction():
        return service.terminate(current_actor(), claim_id, **data)


@bp.post("/claims/<uuid:claim_id>/extend")
@bp.arguments(schemas.ExtendCaseIn)
@bp.response(200, schemas.ClaimOut)
def extend_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Lengthen the case clock once."""
    with transaction():
        return service.extend(current_actor(), claim_id, **data)


@bp.post("/claims/<uuid:claim_id>/publish")
@bp.response(200, schemas.ClaimOut)
def publish_claim(claim_id: UUID) -> Claim:
    """Begin the public notice."""
    with transaction():
        return service.publish(current_actor(), claim_id)


@bp.post("/claims/<uuid:claim_id>/waive-notice")
@bp.arguments(schemas.CaseReasonIn)
@bp.response(200, schemas.ClaimOut)
def waive_notice(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Agree to do without a notice; the certificate is issued."""
    return _issued(claim_id, "waive", lambda actor: service.waive_notice(actor, claim_id, **data))


@bp.post("/claims/<uuid:claim_id>/endorse")
@bp.arguments(schemas.OptionalCaseNoteIn)
@bp.response(200, schemas.ClaimOut)
def endorse_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Issue the platform's own paper."""
    return _issued(claim_id, "endorse", lambda actor: service.endorse(actor, claim_id, **data))


def _issued(claim_id: UUID, route: str, command: Any) -> Claim:
    actor = current_actor()
    with transaction():
        if already(actor, f"rights.{route}", _key(), _input(claim=claim_id)):
            return queries.claim(actor, claim_id)
        claim: Claim = command(actor)
        remember(actor, f"rights.{route}", _key(), _input(claim=claim_id), claim.id)
        return claim


@bp.post("/claims/<uuid:claim_id>/hand-over")
@bp.arguments(schemas.HandOverIn)
@bp.response(200, schemas.ClaimOut)
def hand_over_claim(data: dict[str, Any], claim_id: UUID) -> Claim:
    """Hand the checked case to a registrar outside."""
    with transaction():
        return service.hand_over(current_actor(), claim_id, **data)


@bp.get("/claims/<uuid:claim_id>/certificate")
@bp.response(200, schemas.RightsCertificateOut)
def certificate_of_claim(claim_id: UUID) -> Certificate:
    """The paper that came of a claim."""
    claim = queries.claim(current_actor(), claim_id)
    found = queries.certificate_of_claim(claim.id)
    if found is None:
        raise NotFound(id=str(claim_id))
    return found


@bp.get("/notices")
@bp.arguments(schemas.ClaimsPageIn, location="query")
@bp.response(200, schemas.NoticesOut)
def list_notices(data: dict[str, Any]) -> Page[Claim]:
    """Claims under public notice; for anybody."""
    return page_of(queries.notices(), Claim, data["cursor"])


@bp.get("/notices/<uuid:claim_id>")
@bp.response(200, schemas.NoticeOut)
def show_notice(claim_id: UUID) -> Claim:
    """One public notice; for anybody."""
    return queries.notice(claim_id)


@bp.post("/notices/<uuid:claim_id>/objections")
@bp.arguments(schemas.ObjectionIn)
@bp.response(201, schemas.ObjectionOut)
def object_to_claim(data: dict[str, Any], claim_id: UUID) -> Objection:
    """Object to a claim under notice."""
    with transaction():
        limits.check(*limiting.objections(current_actor(), request.remote_addr))
        limits.count(limiting.objections(current_actor(), request.remote_addr)[0])
        return service.file_objection(current_actor(), claim_id=claim_id, **data)


@bp.post("/certificates/<uuid:certificate_id>/objections")
@bp.arguments(schemas.ObjectionIn)
@bp.response(201, schemas.ObjectionOut)
def object_to_certificate(data: dict[str, Any], certificate_id: UUID) -> Objection:
    """Object to a certificate."""
    with transaction():
        limits.check(*limiting.objections(current_actor(), request.remote_addr))
        limits.count(limiting.objections(current_actor(), request.remote_addr)[0])
        return service.file_objection(current_actor(), certificate_id=certificate_id, **data)


@bp.post("/objections/<uuid:objection_id>/answer")
@bp.arguments(schemas.ObjectionAnswerIn)
@bp.response(200, schemas.ObjectionOut)
def answer_objection(data: dict[str, Any], objection_id: UUID) -> Objection:
    """The applicant's reply."""
    with transaction():
        return service.answer_objection(current_actor(), objection_id, **data)


@bp.post("/objections/<uuid:objection_id>/decide")
@bp.arguments(schemas.ObjectionDecisionIn)
@bp.response(200, schemas.ObjectionOut)
def decide_objection(data: dict[str, Any], objection_id: UUID) -> Objection:
    """Uphold or dismiss."""
    with transaction():
        return service.decide_objection(current_actor(), objection_id, **data)


@bp.get("/certificates/<uuid:certificate_id>")
@bp.response(200, schemas.RightsCertificateOut)
def show_certificate(certificate_id: UUID) -> Certificate:
    """The public part of a certificate; for anybody."""
    return queries.certificate(certificate_id)


@bp.get("/certificates/<uuid:certificate_id>/credential")
@bp.response(200, content_type="application/vc+jwt")
def credential(certificate_id: UUID) -> Response:
    """The certificate as a signed `vc+jwt`; a pre-check's only to holder, issuer and auditor."""
    found = queries.certificate_in_full(current_actor(), certificate_id)
    return Response(found.vc_jws, content_type="application/vc+jwt")


@bp.get("/certificates/<uuid:certificate_id>/pdf")
@bp.response(200, content_type="application/pdf")
def certificate_pdf(certificate_id: UUID) -> Response:
    """The paper, with a QR code that leads to its check."""
    found = queries.certificate_in_full(current_actor(), certificate_id)
    return Response(printing.of_certificate(found), content_type="application/pdf")


@bp.post("/certificates/<uuid:certificate_id>/remarks")
@bp.arguments(schemas.CertificateRemarkIn)
@bp.response(201, schemas.CertificateRemarkOut)
def remark_certificate(data: dict[str, Any], certificate_id: UUID) -> Remark:
    """Note a seizure, a control or another thing; the first two suspend."""
    with transaction():
        return service.remark(current_actor(), certificate_id, **data)


@bp.post("/certificates/<uuid:certificate_id>/remarks/<uuid:remark_id>/lift")
@bp.response(200, schemas.RightsCertificateOut)
def lift_remark(certificate_id: UUID, remark_id: UUID) -> Certificate:
    """End a remark."""
    with transaction():
        return service.lift_remark(current_actor(), certificate_id, remark_id)


@bp.post("/certificates/<uuid:certificate_id>/cancel")
@bp.arguments(schemas.CaseReasonIn)
@bp.response(200, schemas.RightsCertificateOut)
def cancel_certificate(data: dict[str, Any], certificate_id: UUID) -> Certificate:
    """Cancel a certificate."""
    with transaction():
        return service.cancel_certificate(current_actor(), certificate_id, **data)


@bp.post("/outside-certificates")
@bp.arguments(schemas.OutsideCertificateApiIn)
@bp.response(201, schemas.OutsideCertificateOut)
def enter_outside(data: dict[str, Any]) -> OutsideCertificate:
    """Enter another registrar's certificate."""
    with transaction():
        return service.enter_outside(current_actor(), **data)


@bp.post("/outside-certificates/<uuid:paper_id>/confirm")
@bp.arguments(schemas.OptionalCaseNoteIn)
@bp.response(200, schemas.RightsCertificateOut)
def confirm_outside(data: dict[str, Any], paper_id: UUID) -> Certificate:
    """Confirm it after checking with the registrar."""
    actor: Actor = current_actor()
    with transaction():
        return service.confirm_outside(actor, paper_id, **data)


@bp.post("/outside-certificates/<uuid:paper_id>/refuse")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.OutsideCertificateOut)
def refuse_outside(data: dict[str, Any], paper_id: UUID) -> OutsideCertificate:
    """Refuse the entry."""
    with transaction():
        return service.refuse_outside(current_actor(), paper_id, **data)


@bp.post("/public-registrations")
@bp.arguments(schemas.PublicRegistrationApiIn)
@bp.response(201, schemas.PublicRegistrationOut)
def file_registration(data: dict[str, Any]) -> PublicRegistration:
    """File the registration of a public-data resource."""
    with transaction():
        return service.file_registration(current_actor(), **data)


@bp.post("/public-registrations/<uuid:paper_id>/confirm")
@bp.arguments(schemas.OptionalCaseNoteIn)
@bp.response(200, schemas.PublicRegistrationOut)
def confirm_registration(data: dict[str, Any], paper_id: UUID) -> PublicRegistration:
    """Confirm its code."""
    with transaction():
        return service.confirm_registration(current_actor(), paper_id, **data)


@bp.post("/public-registrations/<uuid:paper_id>/refuse")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.PublicRegistrationOut)
def refuse_registration(data: dict[str, Any], paper_id: UUID) -> PublicRegistration:
    """Refuse the filing."""
    with transaction():
        return service.refuse_registration(current_actor(), paper_id, **data)


@bp.post("/public-registrations/<uuid:paper_id>/cancel")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.PublicRegistrationOut)
def cancel_registration(data: dict[str, Any], paper_id: UUID) -> PublicRegistration:
    """Cancel the registration."""
    with transaction():
        return service.cancel_registration(current_actor(), paper_id, **data)


@bp.post("/authorisations")
@bp.arguments(schemas.AuthorisationApiIn)
@bp.response(201, schemas.AuthorisationOut)
def file_authorisation(data: dict[str, Any]) -> Authorisation:
    """File an authorised operation."""
    with transaction():
        return service.file_authorisation(current_actor(), **data)


@bp.post("/authorisations/<uuid:paper_id>/confirm")
@bp.arguments(schemas.OptionalCaseNoteIn)
@bp.response(200, schemas.AuthorisationOut)
def confirm_authorisation(data: dict[str, Any], paper_id: UUID) -> Authorisation:
    """Confirm it with the grantor."""
    with transaction():
        return service.confirm_authorisation(current_actor(), paper_id, **data)


@bp.post("/authorisations/<uuid:paper_id>/refuse")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.AuthorisationOut)
def refuse_authorisation(data: dict[str, Any], paper_id: UUID) -> Authorisation:
    """Refuse the filing."""
    with transaction():
        return service.refuse_authorisation(current_actor(), paper_id, **data)


@bp.post("/authorisations/<uuid:paper_id>/cancel")
@bp.arguments(schemas.CaseNoteIn)
@bp.response(200, schemas.AuthorisationOut)
def cancel_authorisation(data: dict[str, Any], paper_id: UUID) -> Authorisation:
    """Cancel the authorisation."""
    with transaction():
        return service.cancel_authorisation(current_actor(), paper_id, **data)
