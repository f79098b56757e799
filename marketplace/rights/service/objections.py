"""Objections: filed by anybody by name, answered by the applicant, decided by the handler."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.core.access import Actor, Permission, require, system, visible
from marketplace.core.clock import now, today
from marketplace.core.database import db, everything, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.lives import born
from marketplace.core.working_days import deadline
from marketplace.ledger import log
from marketplace.rights import clocks, queries
from marketplace.rights.models import Certificate, Claim, Objection
from marketplace.rights.service import cases
from marketplace.rights.states import (
    OBJECTION_LIVES,
    CertificateStatus,
    ClaimStatus,
    ObjectionStatus,
    Scheme,
    certificate_life,
)


@dataclass(frozen=True)
class EvidenceFile:
    """A stored file of somebody who may have no organisation here."""

    name: str
    media_type: str
    sha256: str
    address: str


def file_objection(
    actor: Actor,
    *,
    claim_id: UUID | None = None,
    certificate_id: UUID | None = None,
    name: str,
    contact: str,
    grounds: str,
    evidence: EvidenceFile | None = None,
) -> Objection:
    """Object to a claim under notice or to a certificate, by one's real name and with grounds.

    Nobody needs an account: then name and contact are what the objector typed. Conflict
    `notice_over` after the notice; Forbidden `own_claim` for the applicant.
    """
    if not actor.is_anonymous:
        require(actor, Permission.OBJECTION_FILE)
    if (claim_id is None) == (certificate_id is None):
        raise Invalid("objection_target")
    if claim_id is not None:
        objection = _to_claim(hold(everything(Claim), claim_id))
    else:
        assert certificate_id is not None
        objection = _to_certificate(hold(everything(Certificate), certificate_id))
    if actor.belongs_to(objection.provider_id):
        raise Forbidden("own_claim")
    objection.objector_id = actor.organisation_id
    objection.objector_name = name
    objection.contact = contact
    objection.grounds = grounds
    objection.answer_due = deadline(today(), clocks.OBJECTION_ANSWER).day
    objection.due = deadline(today(), clocks.OBJECTION).day
    if evidence:
        objection.evidence_name = evidence.name
        objection.evidence_type = evidence.media_type
        objection.evidence_sha256 = evidence.sha256
        objection.evidence_address = evidence.address
    born(objection, actor, "objection.received")
    _hold_up(objection)
    return objection


def answer_objection(actor: Actor, objection_id: UUID, *, answer: str) -> Objection:
    """The applicant's or holder's reply, while the objection is undecided."""
    require(actor, Permission.CLAIM_SUBMIT)
    objection = hold(visible(actor, Objection), objection_id)
    if not actor.belongs_to(objection.provider_id):
        raise Forbidden("wrong_organisation")
    if objection.status != ObjectionStatus.RECEIVED:
        raise Conflict("wrong_state", status=objection.status, action="answer")
    objection.answer = answer
    db.session.flush()
    return objection


def decide_objection(actor: Actor, objection_id: UUID, *, upheld: bool, decision: str) -> Objection:
    """Uphold or dismiss, in words the parties read. Upheld ends the claim or the certificate."""
    objection = hold(visible(actor, Objection), objection_id)
    life = OBJECTION_LIVES[Scheme(objection.scheme)]
    life.take(actor, objection, "uphold" if upheld else "dismiss")
    objection.decision = decision
    objection.decided_at = now()
    db.session.flush()
    parties = [objection.provider_id, objection.handler_id]
    if objection.objector_id:
        parties.append(objection.objector_id)
    record = {
        "objection": str(objection.id),
        "claim": str(objection.claim_id or ""),
        "certificate": str(objection.certificate_id or ""),
        "upheld": upheld,
        "decision": decision,
    }
    log.append("objection", objection, record, parties=parties, actor=actor, retain_years=20)
    _go_on(objection)
    return objection


def _to_claim(claim: Claim) -> Objection:
    day = today()
    running = claim.status in {ClaimStatus.NOTICE, ClaimStatus.OBJECTED}
    if not running or claim.notice_until is None or claim.notice_until < day:
        raise Conflict("notice_over", claim_id=str(claim.id))
    assert claim.handler_id is not None
    return Objection(
        status=ObjectionStatus.RECEIVED,
        claim_id=claim.id,
        scheme=Scheme.REGISTRAR,
        provider_id=claim.provider_id,
        handler_id=claim.handler_id,
    )


def _to_certificate(certificate: Certificate) -> Objection:
    if certificate.status not in {
        CertificateStatus.VALID,
        CertificateStatus.CHALLENGED,
        CertificateStatus.SUSPENDED,
    }:
        raise Conflict("certificate_not_valid", status=certificate.status)
    return Objection(
        status=ObjectionStatus.RECEIVED,
        certificate_id=certificate.id,
        scheme=certificate.scheme,
        provider_id=certificate.holder_id,
        handler_id=certificate.issuer_id,
    )


def _hold_up(objection: Objection) -> None:
    """What waits for the decision: the notice, or the undisputed standing of the certificate."""
    if objection.claim_id:
        cases.objected(system("rights"), hold(everything(Claim), objection.claim_id))
        return
    assert objection.certificate_id is not None
    certificate = hold(everything(Certificate), objection.certificate_id)
    if certificate.status == CertificateStatus.VALID:
        certificate_life(certificate).take(system("rights"), certificate, "challenge")


def _go_on(objection: Objection) -> None:
    """Once no objection is left: the claim or the certificate stands or falls with them."""
    others = queries.objections_to(objection.claim_id, objection.certificate_id)
    if any(one.status == ObjectionStatus.RECEIVED for one in others):
        return
    upheld = any(one.status == ObjectionStatus.UPHELD for one in others)
    if objection.claim_id:
        cases.objections_decided(
            system("rights"), hold(everything(Claim), objection.claim_id), upheld=upheld
        )
        return
    assert objection.certificate_id is not None
    certificate = hold(everything(Certificate), objection.certificate_id)
    life = certificate_life(certificate)
    if upheld and "cancel" in life.open_to(system("rights"), certificate):
        life.take(system("rights"), certificate, "cancel", reason="objection_upheld")
    elif certificate.status == CertificateStatus.CHALLENGED:
        life.take(system("rights"), certificate, "settle")
