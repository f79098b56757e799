"""An organisation comes: it registers, corrects what was returned, and edits its own facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import addresses, credit_code
from marketplace.accounts.models import ClaimCase, MailLink, Membership, Organisation, Person
from marketplace.accounts.papers import Paper
from marketplace.accounts.queries import claims_on
from marketplace.accounts.service.documents import enter
from marketplace.accounts.states import (
    OPEN_KINDS,
    ORGANISATION_LIFE,
    CaseStatus,
    LinkPurpose,
    OrganisationStatus,
)
from marketplace.core import limits
from marketplace.core.access import Actor, Permission, Role, require, system, visible
from marketplace.core.clock import now
from marketplace.core.database import add, db, hold
from marketplace.core.errors import Conflict, Invalid, NotSignedIn
from marketplace.core.events import record
from marketplace.core.lives import born

LINK_LASTS = {LinkPurpose.CONFIRM: timedelta(days=3), LinkPurpose.RESET: timedelta(hours=1)}
WHOLE_LIMIT = 10**13  # fen; the authorised person signs for the whole organisation
_FOUNDERS_ROLES = (Role.MANAGER, Role.PROVIDER, Role.BUYER)
_COUNTS = {OrganisationStatus.REGISTERED, OrganisationStatus.VERIFIED, OrganisationStatus.SUSPENDED}


@dataclass(frozen=True)
class Application:
    """What an organisation says about itself."""

    name: str
    credit_code: str
    kind: str
    address: str
    contact: str


def register(
    actor: Actor,
    application: Application,
    papers: Sequence[Paper],
    *,
    email: str = "",
    person_name: str = "",
    password_hash: str = "",
    language: str = "zh",
    from_address: str = "",
) -> Organisation | None:
    """Enter an organisation with the person who registers it as its manager.

    A signed-in person registers a further organisation; anybody else becomes a new person. For an
    e-mail address that has an account nothing is made and its owner is told by mail: None, which
    the edge must not show. A code that another organisation claims opens a case.
    """
    bucket = f"register:{from_address}"
    limits.check(bucket, 20, timedelta(hours=1))
    limits.count(bucket)
    code = _code_of(application)
    founder = _founder(actor, addresses.normalise(email) if email else "")
    if founder is not None and actor.is_anonymous:
        record("registration.repeated", founder, actor)
        return None
    if founder is None:
        founder = _new_person(addresses.normalise(email), person_name, password_hash, language)
    return _found(founder, application, code, papers)


def _found(
    founder: Person, application: Application, code: str, papers: Sequence[Paper]
) -> Organisation:
    organisation = Organisation(
        name=application.name,
        credit_code=code,
        kind=application.kind,
        address=application.address,
        contact=application.contact,
        status=OrganisationStatus.REGISTERED,
    )
    db.session.add(organisation)
    db.session.flush()
    add(
        Membership(
            person_id=founder.id,
            organisation_id=organisation.id,
            roles=[str(role) for role in _FOUNDERS_ROLES],
            signing_limit_fen=WHOLE_LIMIT,
        )
    )
    registrant = Actor(founder.name, person_id=founder.id, organisation_id=organisation.id)
    for paper in papers:
        enter(
            registrant,
            organisation.id,
            founder.id,
            paper.kind,
            paper.name,
            paper.media_type,
            paper.blob,
        )
    record("organisation.registered", organisation, registrant)
    open_case(organisation)
    return organisation


def ask_confirmation(actor: Actor) -> None:
    """Send the link that confirms one's e-mail address once more."""
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    person = hold(select(Person), actor.person_id)
    if person.email_confirmed_at is not None:
        raise Conflict("email_already_confirmed")
    bucket = f"confirm:{person.id}"
    limits.check(bucket, 5, timedelta(hours=1))
    limits.count(bucket)
    new_link(person, LinkPurpose.CONFIRM)


def new_link(person: Person, purpose: LinkPurpose) -> MailLink:
    """A single-use link that a job mails; the token is drawn when it is sent."""
    link = MailLink(person_id=person.id, purpose=purpose, expires_at=now() + LINK_LASTS[purpose])
    born(link, system("accounts"), f"mail_link.{purpose}")
    return link


def open_case(organisation: Organisation) -> ClaimCase | None:
    """A case for operators when somebody else claims this organisation's code."""
    others = [
        other
        for other in claims_on(organisation.credit_code)
        if other.id != organisation.id and other.status in _COUNTS
    ]
    if not others:
        return None
    holder = next((one for one in others if one.is_verified), others[0])
    query = select(ClaimCase.id).where(
        ClaimCase.holder_id == holder.id, ClaimCase.claimant_id == organisation.id
    )
    if db.session.scalar(query):
        return None
    case = ClaimCase(
        credit_code=organisation.credit_code,
        holder_id=holder.id,
        claimant_id=organisation.id,
        status=CaseStatus.OPEN,
    )
    born(case, system("accounts"), "claim_case.opened")
    return case


def resubmit(actor: Actor, organisation_id: UUID, application: Application) -> Organisation:
    """Hand in a returned registration again, corrected."""
    organisation = hold(visible(actor, Organisation), organisation_id)
    ORGANISATION_LIFE.take(actor, organisation, "resubmit")
    organisation.credit_code = _code_of(application)
    organisation.name = application.name
    organisation.kind = application.kind
    organisation.address = application.address
    organisation.contact = application.contact
    organisation.return_reasons, organisation.return_note = [], ""
    db.session.flush()
    open_case(organisation)
    return organisation


def bank_account_of(data: Mapping[str, str]) -> dict[str, str] | None:
    """The account for payouts: all three parts or none."""
    parts = {"name": "bank_name", "number": "bank_number", "bank": "bank"}
    account = {part: data.get(field, "") for part, field in parts.items()}
    missing = {parts[part]: ["field_required"] for part, given in account.items() if not given}
    if len(missing) == len(parts):
        return None
    if missing:
        raise Invalid("invalid", missing)
    return account | {"number": "".join(account["number"].split())}


def edit_organisation(
    actor: Actor, *, address: str, contact: str, bank_account: dict[str, Any] | None
) -> Organisation:
    """Change what does not need a new verification: address, contact, account for payouts."""
    require(actor, Permission.ORGANISATION_EDIT)
    if actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    organisation = hold(visible(actor, Organisation), actor.organisation_id)
    changed = [
        name
        for name, value in (
            ("address", address),
            ("contact", contact),
            ("bank_account", bank_account),
        )
        if getattr(organisation, name) != value
    ]
    organisation.address, organisation.contact = address, contact
    organisation.bank_account = bank_account
    record("organisation.edited", organisation, actor, changed=changed)
    return organisation


def _code_of(application: Application) -> str:
    reading = credit_code.read(application.credit_code)
    if reading.problem:
        raise Invalid("invalid", {"credit_code": [reading.problem]})
    if application.kind not in {str(kind) for kind in OPEN_KINDS}:
        raise Invalid("invalid", {"kind": ["field_invalid"]})
    return reading.code


def _founder(actor: Actor, email: str) -> Person | None:
    if actor.person_id is not None:
        return db.session.get(Person, actor.person_id)
    return db.session.scalars(select(Person).where(Person.email == email)).one_or_none()


def _new_person(email: str, name: str, password_hash: str, language: str) -> Person:
    person = Person(email=email, name=name, password_hash=password_hash, language=language)
    db.session.add(person)
    db.session.flush()
    new_link(person, LinkPurpose.CONFIRM)
    return person
