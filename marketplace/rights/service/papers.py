"""Papers a provider files and an operator confirms: of outside registrars, of public data."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core.access import (
    Actor,
    Permission,
    require,
    require_verified,
    system,
    visible,
)
from marketplace.core.clock import today
from marketplace.core.database import db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.core.lives import Life, born
from marketplace.datasets.models import Dataset
from marketplace.rights import clocks, codes
from marketplace.rights.models import (
    Authorisation,
    Certificate,
    OutsideCertificate,
    PublicRegistration,
)
from marketplace.rights.service.certificates import sign
from marketplace.rights.states import (
    AUTHORISATION_LIFE,
    OUTSIDE_LIFE,
    REGISTRATION_LIFE,
    CertificateStatus,
    PaperStatus,
    Scheme,
)

Filed = TypeVar("Filed", OutsideCertificate, PublicRegistration, Authorisation)
LIVES: dict[type, Life] = {
    OutsideCertificate: OUTSIDE_LIFE,
    PublicRegistration: REGISTRATION_LIFE,
    Authorisation: AUTHORISATION_LIFE,
}


def enter_outside(
    actor: Actor,
    dataset_id: UUID,
    *,
    registrar_name: str,
    number: str,
    rights: Sequence[str],
    valid_from: date,
    valid_until: date,
    document_id: UUID,
) -> OutsideCertificate:
    """Enter another registrar's certificate with its number and file, for an operator to check.

    A demo takes no number that could pass for a real one (Invalid `number_looks_real`).
    """
    dataset = _own_dataset(actor, dataset_id)
    if instance().is_demo and codes.looks_real(number):
        raise Invalid("invalid", {"number": ["number_looks_real"]})
    _term(valid_from, valid_until, clocks.VALID_YEARS)
    entered = OutsideCertificate(
        status=PaperStatus.FILED,
        provider_id=dataset.provider_id,
        dataset_id=dataset.id,
        registrar_name=registrar_name,
        number=number,
        rights=[str(one) for one in rights],
        valid_from=valid_from,
        valid_until=valid_until,
        document_id=_paper(actor, document_id),
    )
    born(entered, actor, "outside_certificate.filed")
    return entered


def confirm_outside(actor: Actor, paper_id: UUID, *, note: str = "") -> Certificate:
    """The operator checked number and file with the registrar: the rights are not reviewed again."""
    entered = _take(actor, OutsideCertificate, paper_id, "confirm", note)
    assert actor.organisation_id is not None
    certificate = Certificate(
        status=CertificateStatus.VALID,
        dataset_id=entered.dataset_id,
        holder_id=entered.provider_id,
        issuer_id=actor.organisation_id,
        issuer_name=entered.registrar_name,
        scheme=Scheme.OUTSIDE,
        number=entered.number,
        title=find(everything(Dataset), entered.dataset_id).title,
        rights=list(entered.rights),
        valid_from=entered.valid_from,
        valid_until=entered.valid_until,
        document_id=entered.document_id,
    )
    born(
        certificate,
        system("rights"),
        "certificate.issued",
        number=certificate.number,
        scheme=str(Scheme.OUTSIDE),
    )
    sign(system("rights"), certificate)
    return certificate


def refuse_outside(actor: Actor, paper_id: UUID, *, note: str) -> OutsideCertificate:
    """The entry does not hold; `note` tells the provider why."""
    return _take(actor, OutsideCertificate, paper_id, "refuse", note)


def file_registration(
    actor: Actor, dataset_id: UUID, *, code: str, coded_on: date, document_id: UUID
) -> PublicRegistration:
    """File the registration of a public-data resource: its query code, valid three years.

    Invalid `code_format` when the code does not match the setting PUBLIC_CODE_PATTERN.
    """
    dataset = _own_dataset(actor, dataset_id, public=True)
    if not re.fullmatch(holdings().settings.public_code_pattern, code):
        raise Invalid("invalid", {"code": ["code_format"]})
    if coded_on > today():
        raise Invalid("invalid", {"coded_on": ["day_in_future"]})
    filed = PublicRegistration(
        status=PaperStatus.FILED,
        provider_id=dataset.provider_id,
        dataset_id=dataset.id,
        code=code,
        coded_on=coded_on,
        valid_until=clocks.years_after(coded_on, clocks.PUBLIC_VALID_YEARS),
        document_id=_paper(actor, document_id),
    )
    born(filed, actor, "public_registration.filed")
    return filed


def confirm_registration(actor: Actor, paper_id: UUID, *, note: str = "") -> PublicRegistration:
    """The operator found the code in the public-data registry."""
    return _take(actor, PublicRegistration, paper_id, "confirm", note)


def refuse_registration(actor: Actor, paper_id: UUID, *, note: str) -> PublicRegistration:
    return _take(actor, PublicRegistration, paper_id, "refuse", note)


def cancel_registration(actor: Actor, paper_id: UUID, *, note: str) -> PublicRegistration:
    return _take(actor, PublicRegistration, paper_id, "cancel", note)


def file_authorisation(
    actor: Actor,
    dataset_id: UUID,
    *,
    grantor: str,
    scope: str,
    purpose: str,
    valid_from: date,
    valid_until: date,
    document_id: UUID,
) -> Authorisation:
    """File the authorised operation of public data: at most five years, for welfare or industry."""
    dataset = _own_dataset(actor, dataset_id, public=True)
    _term(valid_from, valid_until, clocks.AUTHORISATION_YEARS)
    filed = Authorisation(
        status=PaperStatus.FILED,
        provider_id=dataset.provider_id,
        dataset_id=dataset.id,
        operator_id=dataset.provider_id,
        grantor=grantor,
        scope=scope,
        purpose=purpose,
        valid_from=valid_from,
        valid_until=valid_until,
        document_id=_paper(actor, document_id),
    )
    born(filed, actor, "authorisation.filed", purpose=purpose)
    return filed


def confirm_authorisation(actor: Actor, paper_id: UUID, *, note: str = "") -> Authorisation:
    """The operator checked the agreement with the grantor."""
    return _take(actor, Authorisation, paper_id, "confirm", note)


def refuse_authorisation(actor: Actor, paper_id: UUID, *, note: str) -> Authorisation:
    return _take(actor, Authorisation, paper_id, "refuse", note)


def cancel_authorisation(actor: Actor, paper_id: UUID, *, note: str) -> Authorisation:
    return _take(actor, Authorisation, paper_id, "cancel", note)


def expire_papers(actor: Actor, model: type[Filed], paper_id: UUID) -> Filed:
    """The last day of a filed paper is over. By the scheduler."""
    filed = hold(everything(model), paper_id)
    life = LIVES[model]
    if filed.valid_until < today() and "expire" in life.open_to(actor, filed):
        life.take(actor, filed, "expire")
    return filed


def _take(actor: Actor, model: type[Filed], paper_id: UUID, action: str, note: str) -> Filed:
    filed = hold(visible(actor, model), paper_id)
    LIVES[model].take(actor, filed, action)
    filed.note = note
    db.session.flush()
    return filed


def _own_dataset(actor: Actor, dataset_id: UUID, *, public: bool = False) -> Dataset:
    require(actor, Permission.CLAIM_SUBMIT)
    require_verified(actor)
    dataset = find(visible(actor, Dataset), dataset_id)
    if not actor.belongs_to(dataset.provider_id):
        raise Forbidden("wrong_organisation")
    if public and dataset.data_kind != "public":
        raise Conflict("not_public_data", dataset_id=str(dataset.id))
    return dataset


def _paper(actor: Actor, document_id: UUID) -> UUID:
    document = accounts.document(actor, document_id)
    if not actor.belongs_to(document.organisation_id):
        raise Forbidden("wrong_organisation")
    return document.id


def _term(begin: date, end: date, most_years: int) -> None:
    if end < begin:
        raise Invalid("invalid", {"valid_until": ["period_reversed"]})
    if end > clocks.years_after(begin, most_years):
        raise Invalid("invalid", {"valid_until": ["term_too_long"]}, years=most_years)
    if end < today():
        raise Invalid("invalid", {"valid_until": ["already_expired"]})
