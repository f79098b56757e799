"""Certificates: issue, remark, suspend, change, cancel, expire."""

from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Organisation
from marketplace.core.access import Actor, require, visible
from marketplace.core.clock import now, today
from marketplace.core.database import add, db, everything, hold
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.instance import instance
from marketplace.core.lives import born
from marketplace.core.numbers import next_number
from marketplace.datasets import queries as datasets
from marketplace.ledger import log
from marketplace.rights import clocks, codes, credential, queries
from marketplace.rights.models import Certificate, Claim, Remark
from marketplace.rights.states import (
    SUSPENDING,
    CertificateStatus,
    RemarkKind,
    Scheme,
)
from marketplace.rights.states import certificate_life as life_of


def issue(actor: Actor, claim: Claim, scheme: Scheme) -> Certificate:
    """Make the paper of a decided claim, sign it as a credential and log it.

    The instant of the log entry is the legal completion (存证): the term, at most five years, runs
    from it. A registrar's certificate stands in the log in clear, a pre-check as a commitment.
    """
    assert claim.handler_id is not None
    issuer = accounts.organisation(claim.handler_id)
    day = today()
    until = clocks.years_after(day, clocks.VALID_YEARS)
    certificate = Certificate(
        status=CertificateStatus.VALID,
        dataset_id=claim.dataset_id,
        holder_id=claim.provider_id,
        issuer_id=issuer.id,
        issuer_name=issuer.name,
        claim_id=claim.id,
        scheme=scheme,
        number=_number(issuer, scheme),
        title=claim.name,
        rights=list(claim.rights),
        restrictions=claim.restrictions,
        valid_from=day,
        valid_until=max(day, min(until, claim.rights_until or until)),
    )
    born(certificate, actor, "certificate.issued", number=certificate.number, scheme=str(scheme))
    sign(actor, certificate)
    return certificate


def sign(actor: Actor, certificate: Certificate) -> None:
    """Sign the credential, and enter it in the log so that nobody can unsay it."""
    version = datasets.latest_version(certificate.dataset_id)
    content = credential.content(
        certificate,
        holder=accounts.organisation(certificate.holder_id),
        issuer_id=log.issuer(),
        public_url=instance().public_url,
        sha256=version.sha256 if version else None,
    )
    entry = log.append(
        "registration",
        certificate,
        content,
        parties=[certificate.holder_id, certificate.issuer_id],
        actor=actor,
        public=certificate.scheme == Scheme.REGISTRAR,
        typ="vc+jwt",
        retain_years=20,
    )
    certificate.vc_jws = entry.jws or ""
    db.session.flush()


def remark(
    actor: Actor, certificate_id: UUID, *, kind: str, text: str, document_number: str = ""
) -> Remark:
    """Note what the law wants noted (guide art. 23); seizure and temporary control suspend."""
    certificate = hold(visible(actor, Certificate), certificate_id)
    _ask(actor, certificate)
    if RemarkKind(kind) in SUSPENDING and certificate.status != CertificateStatus.SUSPENDED:
        life_of(certificate).take(actor, certificate, "suspend", kind=kind)
    return add(
        Remark(certificate_id=certificate.id, kind=kind, text=text, document_number=document_number)
    )


def lift_remark(actor: Actor, certificate_id: UUID, remark_id: UUID) -> Certificate:
    """End a seizure or control; the certificate is restored when none is left."""
    certificate = hold(visible(actor, Certificate), certificate_id)
    _ask(actor, certificate)
    standing = [one for one in queries.remarks_of(certificate.id) if one.lifted_at is None]
    lifted = next((one for one in standing if one.id == remark_id), None)
    if lifted is None:
        raise Conflict("remark_not_standing", remark_id=str(remark_id))
    others = [one for one in standing if one.id != remark_id and RemarkKind(one.kind) in SUSPENDING]
    if certificate.status == CertificateStatus.SUSPENDED and not others:
        life_of(certificate).take(actor, certificate, "restore")
    lifted.lifted_at = now()
    db.session.flush()
    return certificate


def cancel_certificate(actor: Actor, certificate_id: UUID, *, reason: str) -> Certificate:
    """Cancel a certificate: on request, after an objection, or because the data is gone."""
    return _end(actor, certificate_id, "cancel", reason)


def change_certificate(actor: Actor, certificate_id: UUID, *, reason: str) -> Certificate:
    """Mark a certificate as changed: another one takes its place."""
    return _end(actor, certificate_id, "change", reason)


def expire_certificate(actor: Actor, certificate_id: UUID) -> Certificate:
    """The last day is over. By the scheduler."""
    certificate = hold(everything(Certificate), certificate_id)
    life = life_of(certificate)
    if certificate.valid_until < today() and "expire" in life.open_to(actor, certificate):
        life.take(actor, certificate, "expire")
    return certificate


def _ask(actor: Actor, certificate: Certificate) -> None:
    """Who keeps the register may write remarks, whatever the status: as `cancel` in its Life."""
    require(actor, life_of(certificate).steps["cancel"].permission)
    if actor.is_system:
        return
    if not actor.belongs_to(certificate.issuer_id):
        raise Forbidden("wrong_organisation", action="remark")
    if actor.belongs_to(certificate.holder_id):
        raise Forbidden("conflict_of_interest", action="remark")


def _end(actor: Actor, certificate_id: UUID, action: str, reason: str) -> Certificate:
    certificate = hold(visible(actor, Certificate), certificate_id)
    life_of(certificate).take(actor, certificate, action, reason=reason)
    return certificate


def _number(issuer: Organisation, scheme: Scheme) -> str:
    """A pre-check's own number, or the code of a configured registrar and of nobody else."""
    day = today()
    if scheme == Scheme.PRECHECK:
        return codes.precheck_number(day, next_number(f"precheck:{day:%Y%m}"))
    if not queries.may_register(issuer):
        raise Conflict("registrar_not_configured", organisation_id=str(issuer.id))
    code = str(issuer.registrar_code)
    is_demo = instance().is_demo
    serial = next_number(codes.certificate_series(code, day, is_demo=is_demo))
    return codes.certificate_code(code, day, serial, is_demo=is_demo)
