"""Organisations that run the marketplace, founded from the command line: platform, registrar, review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import addresses
from marketplace.accounts.models import Membership, Organisation, Person
from marketplace.accounts.service.registration import WHOLE_LIMIT, new_link
from marketplace.accounts.states import ROLES_IN, LinkPurpose, OrganisationKind, OrganisationStatus
from marketplace.core.access import STAFF, Actor, Role
from marketplace.core.clock import now
from marketplace.core.database import add, db
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.events import record
from marketplace.core.sealed import seal


@dataclass(frozen=True)
class Founder:
    """A person to make with an organisation. `totp_secret` in base 32, for staff."""

    email: str
    name: str
    roles: tuple[Role, ...]
    password_hash: str
    totp_secret: str | None = None


def found_staff(
    actor: Actor,
    kind: OrganisationKind,
    name: str,
    credit_code: str,
    people: Sequence[Founder],
    facts: Mapping[str, Any] | None = None,
) -> Organisation:
    """Make a verified organisation and its people, as the installation's owner. Done twice is done once."""
    if not actor.is_system:
        raise Forbidden("permission_missing", permission="system:act")
    query = select(Organisation).where(
        Organisation.kind == kind, Organisation.credit_code == credit_code
    )
    home = db.session.scalars(query).first()
    if home is None:
        home = add(
            Organisation(
                name=name,
                credit_code=credit_code,
                kind=kind,
                status=OrganisationStatus.VERIFIED,
                verified_at=now(),
                **(facts or {}),
            )
        )
        record("organisation.founded", home, actor)
    for founder in people:
        _seat(actor, home, founder)
    return home


def found_platform(actor: Actor, name: str, credit_code: str, email: str) -> UUID:
    """The first administrator of a production installation; the mail link's id for a one-time link."""
    query = select(Organisation.id).where(Organisation.kind == OrganisationKind.PLATFORM)
    if db.session.scalar(query):
        raise Conflict("platform_exists")
    first = Founder(addresses.normalise(email), "管理员", (Role.ADMINISTRATOR,), "!")
    home = found_staff(actor, OrganisationKind.PLATFORM, name, credit_code, [first])
    person = db.session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == home.id)
    ).one()
    return new_link(person, LinkPurpose.RESET).id


def _seat(actor: Actor, home: Organisation, founder: Founder) -> None:
    roles = set(founder.roles)
    assert roles <= ROLES_IN[home.kind], "a role that this kind of organisation may not have"
    if db.session.scalar(select(Person.id).where(Person.email == founder.email)):
        return
    person = add(
        Person(
            email=founder.email,
            name=founder.name,
            password_hash=founder.password_hash,
            email_confirmed_at=now(),
        )
    )
    if founder.totp_secret:
        person.totp_secret = seal(founder.totp_secret.encode(), f"people.totp:{person.id}")
        person.totp_confirmed_at = now()
    place = add(
        Membership(
            person_id=person.id,
            organisation_id=home.id,
            roles=[str(role) for role in founder.roles],
            signing_limit_fen=None if roles & STAFF else WHOLE_LIMIT,
        )
    )
    record("member.joined", place, actor, roles=place.roles)
