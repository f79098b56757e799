"""The scheduler's part of rights: deemed acceptance, lapse, end of notice, expiry. Done twice, done once."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, or_, select

from marketplace.core.access import Actor, system
from marketplace.core.clock import today
from marketplace.core.database import db, transaction
from marketplace.rights import service
from marketplace.rights.models import (
    Authorisation,
    Certificate,
    Claim,
    OutsideCertificate,
    PublicRegistration,
)
from marketplace.rights.states import CertificateStatus, ClaimStatus, PaperStatus

Filed = TypeVar("Filed", OutsideCertificate, PublicRegistration, Authorisation)
CLOCKS = system("clocks")
BATCH = 500


def keep_clocks() -> None:
    """Move every case and paper whose day has passed, each in a transaction of its own."""
    day = today()
    claims: list[tuple[Select[Claim], Callable[[Actor, UUID], object]]] = [
        (_due(ClaimStatus.SUBMITTED, Claim.acceptance_due < day), service.deem_accepted),
        (_due(ClaimStatus.SUPPLEMENT, Claim.supplement_due < day), service.lapse),
        (_due(ClaimStatus.NOTICE, Claim.notice_until < day), service.end_notice),
    ]
    for query, command in claims:
        for key in _ids(query):
            with transaction():
                command(CLOCKS, key)
    _expire()


def _due(status: ClaimStatus, late: object) -> Select[Claim]:
    return select(Claim).where(Claim.status == status, late)  # type: ignore[arg-type]


def _expire() -> None:
    day = today()
    over = select(Certificate).where(
        Certificate.valid_until < day,
        or_(
            *(
                Certificate.status == one
                for one in (
                    CertificateStatus.VALID,
                    CertificateStatus.CHALLENGED,
                    CertificateStatus.SUSPENDED,
                )
            )
        ),
    )
    for key in _ids(over):
        with transaction():
            service.expire_certificate(CLOCKS, key)
    _expire_papers(PublicRegistration)
    _expire_papers(Authorisation)
    _expire_papers(OutsideCertificate)


def _expire_papers(model: type[Filed]) -> None:
    query = select(model).where(model.valid_until < today(), model.status == PaperStatus.VALID)
    for key in _ids(query):
        with transaction():
            service.expire_papers(CLOCKS, model, key)


def _ids(query: Select) -> list[UUID]:  # type: ignore[type-arg]  # of any model
    keys = [one.id for one in db.session.scalars(query.limit(BATCH))]
    db.session.rollback()
    return keys
