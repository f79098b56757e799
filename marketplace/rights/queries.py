"""Reads of rights. Claims are seen by provider and handler, certificates and notices by anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, or_, select

from marketplace.accounts.models import Organisation
from marketplace.core.access import Actor, Permission, sees, visible
from marketplace.core.clock import today
from marketplace.core.database import Model, db, find
from marketplace.core.errors import NotFound
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.rights.codes import REGISTRAR_CODE
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
from marketplace.rights.states import (
    CertificateStatus,
    ClaimStatus,
    ObjectionStatus,
    PaperStatus,
    Right,
    Scheme,
)

_LIVE = (CertificateStatus.VALID, CertificateStatus.CHALLENGED)
S = ClaimStatus
Filed = OutsideCertificate | PublicRegistration | Authorisation
_FILED: dict[str, Any] = {
    "outside": OutsideCertificate,
    "registration": PublicRegistration,
    "authorisation": Authorisation,
}
_READS_ALL = (Permission.RECORD_READ_ALL, Permission.REVIEW_READ_ALL)


@dataclass(frozen=True)
class PublicStanding:
    """What public data may be supplied under: its live registration and its live authorisation."""

    registration: PublicRegistration | None
    authorisation: Authorisation | None

    @property
    def is_complete(self) -> bool:
        return self.registration is not None and self.authorisation is not None


def _reads_all(actor: Actor) -> bool:
    return actor.is_system or any(actor.may(one) for one in _READS_ALL)


@sees(Claim)
def _claims(actor: Actor) -> Select[Claim]:
    """The provider's own; those it handles once submitted; overseers all but drafts."""
    query = select(Claim)
    own = Claim.provider_id == actor.organisation_id
    if _reads_all(actor):
        return query if actor.is_system else query.where(or_(own, Claim.status != S.DRAFT))
    handled = (Claim.handler_id == actor.organisation_id) & (Claim.status != S.DRAFT)
    may_handle = actor.may(Permission.CLAIM_PRECHECK) or actor.may(Permission.CLAIM_REGISTER)
    return query.where(or_(own, handled) if may_handle else own)


@sees(Objection)
def _objections(actor: Actor) -> Select[Objection]:
    """The applicant's, the handler's, the objector's."""
    query = select(Objection)
    if _reads_all(actor):
        return query
    mine = actor.organisation_id
    if mine is None:  # an objector without an account has no organisation either
        return query.where(false())
    return query.where(
        or_(
            Objection.provider_id == mine,
            Objection.handler_id == mine,
            Objection.objector_id == mine,
        )
    )


@sees(Certificate)
def _certificates(_actor: Actor) -> Select[Certificate]:
    """Anybody may look a certificate up; pages show a stranger its public part."""
    return select(Certificate)


def _filed(actor: Actor, model: type[Model], permission: Permission) -> Select[Model]:
    query = select(model)
    if actor.may(permission) or _reads_all(actor):
        return query
    return query.filter_by(provider_id=actor.organisation_id)


@sees(OutsideCertificate)
def _outside(actor: Actor) -> Select[OutsideCertificate]:
    return _filed(actor, OutsideCertificate, Permission.CLAIM_PRECHECK)  # type: ignore[return-value]


@sees(PublicRegistration)
def _registrations(actor: Actor) -> Select[PublicRegistration]:
    return _filed(actor, PublicRegistration, Permission.PUBLIC_DATA_REGISTER)  # type: ignore[return-value]


@sees(Authorisation)
def _authorisations(actor: Actor) -> Select[Authorisation]:
    return _filed(actor, Authorisation, Permission.PUBLIC_DATA_REGISTER)  # type: ignore[return-value]


def claim(actor: Actor, claim_id: UUID) -> Claim:
    """One claim that the actor may see; NotFound otherwise."""
    return find(visible(actor, Claim), claim_id)


def claims_of(actor: Actor) -> Select[Claim]:
    """The claims of the actor's own organisation, for a page."""
    return visible(actor, Claim).where(Claim.provider_id == actor.organisation_id)


def cases(actor: Actor) -> Sequence[Claim]:
    """The handler's open cases, the one that is due first on top."""
    done = [ClaimStatus.DRAFT, ClaimStatus.WITHDRAWN]
    query = visible(actor, Claim).where(
        Claim.handler_id == actor.organisation_id, Claim.status.not_in(done)
    )
    return db.session.scalars(query.order_by(Claim.id.desc()).limit(200)).all()


def evidence_of(claim_id: UUID) -> Sequence[Evidence]:
    """The papers of a claim that was already seen."""
    query = select(Evidence).where(Evidence.claim_id == claim_id).order_by(Evidence.id)
    return db.session.scalars(query).all()


def notices(is_open: bool = True) -> Select[Claim]:
    """Claims under public notice, or those whose notice is over: for anybody."""
    running = [ClaimStatus.NOTICE, ClaimStatus.OBJECTED]
    query = select(Claim).where(Claim.notice_from.is_not(None))
    return query.where(Claim.status.in_(running) if is_open else Claim.status.not_in(running))


def notice(claim_id: UUID) -> Claim:
    """One claim that is or was under public notice: for anybody."""
    return find(select(Claim).where(Claim.notice_from.is_not(None)), claim_id)


def objections_to(
    claim_id: UUID | None = None, certificate_id: UUID | None = None
) -> Sequence[Objection]:
    """The objections to a claim or certificate that was already seen."""
    query = select(Objection)
    if claim_id is not None:
        query = query.where(Objection.claim_id == claim_id)
    if certificate_id is not None:
        query = query.where(Objection.certificate_id == certificate_id)
    return db.session.scalars(query.order_by(Objection.id).limit(200)).all()


def certificate(certificate_id: UUID) -> Certificate:
    """One certificate, for anybody."""
    return find(select(Certificate), certificate_id)


def certificate_in_full(actor: Actor, certificate_id: UUID) -> Certificate:
    """A certificate with its paper: a registrar's for anybody, others for holder, keeper, overseers."""
    found = certificate(certificate_id)
    concerned = actor.belongs_to(found.holder_id) or actor.belongs_to(found.issuer_id)
    if found.scheme == Scheme.REGISTRAR or concerned or _reads_all(actor):
        return found
    raise NotFound(id=str(certificate_id))


def certificate_by_number(number: str) -> Certificate | None:
    """The certificate of that number, for anybody."""
    return db.session.scalars(select(Certificate).where(Certificate.number == number)).one_or_none()


def certificate_of_claim(claim_id: UUID) -> Certificate | None:
    """The paper that came of a claim."""
    query = select(Certificate).where(Certificate.claim_id == claim_id)
    return db.session.scalars(query).one_or_none()


def certificates_of(dataset_id: UUID) -> Sequence[Certificate]:
    """All papers about one dataset, newest first."""
    query = select(Certificate).where(Certificate.dataset_id == dataset_id)
    return db.session.scalars(query.order_by(Certificate.id.desc()).limit(100)).all()


def live_certificate(
    dataset_id: UUID, holder_id: UUID, right: Right | str = Right.OPERATE
) -> Certificate | None:
    """The paper under which this holder may exercise this right today; a registrar's comes first.

    One that is suspended, past its last day or cancelled is none.
    """
    day = today()
    query = select(Certificate).where(
        Certificate.dataset_id == dataset_id,
        Certificate.holder_id == holder_id,
        Certificate.status.in_(_LIVE),
        Certificate.valid_from <= day,
        Certificate.valid_until >= day,
    )
    found = [one for one in db.session.scalars(query) if one.grants(right)]
    order = {Scheme.REGISTRAR: 0, Scheme.OUTSIDE: 1, Scheme.PRECHECK: 2}
    return min(found, key=lambda one: order[Scheme(one.scheme)], default=None)


def remarks_of(certificate_id: UUID) -> Sequence[Remark]:
    """What is noted on a certificate."""
    query = select(Remark).where(Remark.certificate_id == certificate_id).order_by(Remark.id)
    return db.session.scalars(query).all()


def public_standing(dataset_id: UUID) -> PublicStanding:
    """The live registration and authorisation of a public-data resource, either may be None."""
    day = today()
    registration = db.session.scalars(
        select(PublicRegistration)
        .where(
            PublicRegistration.dataset_id == dataset_id,
            PublicRegistration.status == PaperStatus.VALID,
            PublicRegistration.valid_until >= day,
        )
        .order_by(PublicRegistration.valid_until.desc())
        .limit(1)
    ).one_or_none()
    authorisation = db.session.scalars(
        select(Authorisation)
        .where(
            Authorisation.dataset_id == dataset_id,
            Authorisation.status == PaperStatus.VALID,
            Authorisation.valid_from <= day,
            Authorisation.valid_until >= day,
        )
        .order_by(Authorisation.valid_until.desc())
        .limit(1)
    ).one_or_none()
    return PublicStanding(registration, authorisation)


def registrars() -> Sequence[Organisation]:
    """The registrar organisations that are configured and verified; production often has none."""
    query = select(Organisation).where(
        Organisation.kind == "registrar",
        Organisation.status == "verified",
        Organisation.registrar_code.is_not(None),
    )
    found = db.session.scalars(query.order_by(Organisation.name).limit(100)).all()
    return [one for one in found if may_register(one)]


def may_register(organisation: Organisation) -> bool:
    """Whether an organisation may issue certificates.

    A demo has an invented registrar; in production its three-digit code has to stand in the
    setting REGISTRAR_DIRECTORY.
    """
    code = organisation.registrar_code or ""
    if organisation.kind != "registrar" or not code:
        return False
    if instance().is_demo:
        return True
    return bool(REGISTRAR_CODE.match(code)) and code in holdings().settings.registrar_directory


def platform() -> Organisation | None:
    """The organisation that runs the platform and handles pre-checks."""
    query = select(Organisation).where(Organisation.kind == "platform")
    return db.session.scalars(query.order_by(Organisation.id).limit(1)).one_or_none()


def certificates_held(actor: Actor) -> Sequence[Certificate]:
    """The papers of the actor's own organisation, newest first."""
    query = select(Certificate).where(Certificate.holder_id == actor.organisation_id)
    return db.session.scalars(query.order_by(Certificate.id.desc()).limit(100)).all()


def papers_filed(actor: Actor) -> list[tuple[str, Filed]]:
    """What the actor's own organisation filed, by kind."""
    return [
        (kind, one)
        for kind, model in _FILED.items()
        for one in db.session.scalars(
            select(model)
            .where(model.provider_id == actor.organisation_id)
            .order_by(model.id.desc())
            .limit(50)
        )
    ]


def papers_to_confirm(actor: Actor) -> list[tuple[str, Filed]]:
    """What waits for an operator, by kind."""
    if not actor.may(Permission.CLAIM_PRECHECK):
        return []
    return [
        (kind, one)
        for kind, model in _FILED.items()
        for one in db.session.scalars(
            select(model).where(model.status == PaperStatus.FILED).order_by(model.id).limit(100)
        )
    ]


def objections_open(actor: Actor) -> Sequence[Objection]:
    """The undecided objections that the actor's organisation decides, the one due first on top."""
    query = visible(actor, Objection).where(
        Objection.handler_id == actor.organisation_id, Objection.status == ObjectionStatus.RECEIVED
    )
    return db.session.scalars(query.order_by(Objection.due).limit(100)).all()
