"""Who may see which organisation, person's place, paper, key and case; and who an actor is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select

from marketplace.accounts.models import (
    ApiToken,
    ClaimCase,
    Document,
    Invitation,
    Membership,
    Organisation,
    Person,
    Session,
    SigningKey,
)
from marketplace.accounts.states import ROLES_IN
from marketplace.core.access import (
    STAFF,
    Actor,
    Permission,
    Role,
    permissions_of,
    sees,
    visible,
)
from marketplace.core.clock import now
from marketplace.core.database import db, find
from marketplace.core.errors import NotFound
from marketplace.core.holdings import holdings

STAFF_IDLE = timedelta(minutes=15)
_READS_PAPERS = frozenset(
    {
        Permission.ORGANISATION_VERIFY,
        Permission.DATASET_READ_ALL,
        Permission.REVIEW_READ_ALL,
        Permission.CLAIM_REGISTER,
        Permission.ORDER_READ_ALL,
        Permission.RECORD_READ_ALL,
    }
)


def digest(secret: str) -> str:
    """What is stored instead of a token that has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _oversees(actor: Actor) -> bool:
    """Whether the actor's work is to look after other organisations."""
    return (
        actor.is_system
        or actor.may(Permission.ORGANISATION_VERIFY)
        or actor.may(Permission.ORGANISATION_SUSPEND)
        or actor.may(Permission.RECORD_READ_ALL)
    )


def _own(actor: Actor) -> UUID | None:
    return actor.organisation_id


@sees(Organisation)
def _organisations(actor: Actor) -> Select[Organisation]:
    rows = select(Organisation)
    return rows if _oversees(actor) else rows.where(Organisation.id == _own(actor))


@sees(Membership)
def _memberships(actor: Actor) -> Select[Membership]:
    rows = select(Membership)
    return rows if _oversees(actor) else rows.where(Membership.organisation_id == _own(actor))


@sees(Invitation)
def _invitations(actor: Actor) -> Select[Invitation]:
    rows = select(Invitation)
    return rows if _oversees(actor) else rows.where(Invitation.organisation_id == _own(actor))


@sees(Document)
def _documents(actor: Actor) -> Select[Document]:
    """Papers are seen by their organisation and, for their work, by staff."""
    rows = select(Document).where(Document.removed_at.is_(None))
    if actor.is_system or actor.permissions & _READS_PAPERS:
        return rows
    return rows.where(Document.organisation_id == _own(actor))


@sees(SigningKey)
def _keys(actor: Actor) -> Select[SigningKey]:
    rows = select(SigningKey)
    return rows if actor.is_system else rows.where(SigningKey.organisation_id == _own(actor))


@sees(ApiToken)
def _tokens(actor: Actor) -> Select[ApiToken]:
    """One's own; a manager sees those of the whole organisation, to be able to revoke them."""
    rows = select(ApiToken).where(ApiToken.organisation_id == _own(actor))
    if actor.may(Permission.MEMBER_INVITE):
        return rows
    return rows.where(ApiToken.person_id == actor.person_id)


@sees(ClaimCase)
def _cases(actor: Actor) -> Select[ClaimCase]:
    """Operators and auditors see both sides; a party learns the outcome by notice only."""
    rows = select(ClaimCase)
    if actor.may(Permission.ORGANISATION_VERIFY) or actor.may(Permission.RECORD_READ_ALL):
        return rows
    return rows.where(ClaimCase.id.is_(None))


# -- faces for other steps


def organisation(organisation_id: UUID) -> Organisation:
    """An organisation, for its public facts (name, kind, status)."""
    return find(select(Organisation), organisation_id)


def names(organisation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of some organisations, for lists."""
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisation_ids))
    return {row.id: row.name for row in db.session.execute(query)}


def person(person_id: UUID) -> Person:
    """A person, for a name on a page; the caller has asked leave."""
    return find(select(Person), person_id)


def document(actor: Actor, document_id: UUID) -> Document:
    """A paper that the actor may see."""
    return find(visible(actor, Document), document_id)


def document_of(document_id: UUID) -> Document:
    """A paper whatever its owner: the calling step has decided that it may be seen."""
    return find(select(Document), document_id)


def signing_limit(actor: Actor) -> int | None:
    """Up to how many fen the actor may sign; None: not at all."""
    return actor.signing_limit_fen


def keys_of(organisation_id: UUID) -> Sequence[SigningKey]:
    """All keys an organisation ever had, the newest first."""
    query = (
        select(SigningKey)
        .where(SigningKey.organisation_id == organisation_id)
        .order_by(SigningKey.valid_from.desc(), SigningKey.id.desc())
    )
    return db.session.scalars(query).all()


def key_now(organisation_id: UUID, custody: str | None = None) -> SigningKey | None:
    """The key an organisation signs with today."""
    query = select(SigningKey).where(
        SigningKey.organisation_id == organisation_id, SigningKey.retired_at.is_(None)
    )
    if custody:
        query = query.where(SigningKey.custody == custody)
    return db.session.scalars(query.order_by(SigningKey.valid_from.desc()).limit(1)).first()


def people_with(organisation_id: UUID, permission: Permission | None = None) -> list[Person]:
    """The people of an organisation (who hold a permission): recipients of notices."""
    query = (
        select(Person, Membership, Organisation)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at)
    )
    rows = db.session.execute(query).all()
    return [
        one
        for one, place, home in rows
        if permission is None or permission in permissions_of(_roles(place, home))
    ]


def staff_with(permission: Permission) -> list[Person]:
    """Staff of every platform, registrar and review organisation who hold a permission."""
    query = (
        select(Person, Membership, Organisation)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.ended_at.is_(None),
            Organisation.kind.in_(("platform", "registrar", "review")),
        )
    )
    found: dict[UUID, Person] = {}
    for one, place, home in db.session.execute(query):
        if permission in permissions_of(_roles(place, home) & STAFF):
            found[one.id] = one
    return list(found.values())


# -- who an actor is


@dataclass(frozen=True)
class Visit:
    """A session or token that is alive, its actor, and whether its use is worth writing down."""

    actor: Actor
    row_id: UUID
    is_stale: bool
    is_token: bool = False
    needs_code: bool = False
    needs_enrolment: bool = False


def _roles(place: Membership | None, home: Organisation | None) -> frozenset[Role]:
    if place is None or home is None or place.ended_at is not None:
        return frozenset()
    return frozenset(Role(role) for role in place.roles) & ROLES_IN[home.kind]


def build_actor(
    one: Person,
    place: Membership | None,
    home: Organisation | None,
    *,
    via: str = "session",
    scopes: Sequence[str] | None = None,
    session_id: UUID | None = None,
    passed: bool = True,
) -> Actor:
    """The actor a person is in an organisation; without rights until the second factor is shown."""
    roles = _roles(place, home)
    if not passed and (roles & STAFF or one.has_second_factor):
        return Actor(one.name, person_id=one.id, via="pending", session_id=session_id)
    permissions = permissions_of(roles)
    if scopes is not None:
        permissions = permissions & frozenset(Permission(scope) for scope in scopes)
    return Actor(
        name=one.name,
        person_id=one.id,
        organisation_id=home.id if home is not None and roles else None,
        organisation_verified=home is not None and bool(roles) and home.is_verified,
        roles=roles,
        permissions=permissions,
        signing_limit_fen=place.signing_limit_fen if place is not None and roles else None,
        via=via,
        session_id=session_id,
    )


def actor_of(person_id: UUID, organisation_id: UUID, via: str = "session") -> Actor:
    """A person as a member of an organisation, freshly read."""
    query = (
        select(Person, Membership, Organisation)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Person.id == person_id, Organisation.id == organisation_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return build_actor(row[0], row[1], row[2], via=via)


def visit_by_session(token: str) -> Visit | None:
    """The live session of this cookie token: not ended, not idle too long."""
    query = (
        select(Session, Person, Membership, Organisation)
        .join(Person, Person.id == Session.person_id)
        .outerjoin(
            Membership,
            (Membership.person_id == Session.person_id)
            & (Membership.organisation_id == Session.organisation_id),
        )
        .outerjoin(Organisation, Organisation.id == Session.organisation_id)
        .where(Session.token_digest == digest(token), Session.ended_at.is_(None))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    seen, one, place, home = row
    is_staff = bool(_roles(place, home) & STAFF)
    if seen.last_seen_at + _idle(is_staff) < now():
        return None
    actor = build_actor(one, place, home, session_id=seen.id, passed=seen.has_passed_totp)
    return Visit(
        actor,
        seen.id,
        is_stale=_is_stale(seen.last_seen_at),
        needs_code=one.has_second_factor and not seen.has_passed_totp,
        needs_enrolment=is_staff and not one.has_second_factor and not seen.has_passed_totp,
    )


_BY_TOKEN = (  # built once: every request with a token asks this
    select(ApiToken, Person, Membership, Organisation)
    .join(Person, Person.id == ApiToken.person_id)
    .join(
        Membership,
        (Membership.person_id == ApiToken.person_id)
        & (Membership.organisation_id == ApiToken.organisation_id),
    )
    .join(Organisation, Organisation.id == ApiToken.organisation_id)
    .where(
        ApiToken.token_digest == bindparam("digest"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("moment"),
        Membership.ended_at.is_(None),
    )
)


def visit_by_token(token: str) -> Visit | None:
    """The actor of an API token that is neither expired nor revoked. One query."""
    given = {"digest": digest(token), "moment": now()}
    row = db.session.execute(_BY_TOKEN, given).one_or_none()
    if row is None:
        return None
    held, one, place, home = row
    actor = build_actor(
        one,
        place,
        home,
        via="token",
        scopes=held.scopes,
        session_id=held.id,
        passed=held.has_passed_totp,
    )
    return Visit(actor, held.id, is_stale=_is_stale(held.last_used_at), is_token=True)


def _idle(is_staff: bool) -> timedelta:
    limit = timedelta(minutes=holdings().settings.idle_minutes)
    return min(STAFF_IDLE, limit) if is_staff else limit


def _is_stale(seen_at: datetime | None) -> bool:
    return seen_at is None or now() - seen_at > timedelta(minutes=1)


def memberships_of(person_id: UUID) -> list[tuple[Membership, Organisation]]:
    """The organisations a person may act for."""
    query = (
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    )
    return [(place, home) for place, home in db.session.execute(query)]


def members_of(actor: Actor, organisation_id: UUID) -> list[tuple[Membership, Person]]:
    """The people of an organisation that the actor may see."""
    query = (
        visible(actor, Membership)
        .add_columns(Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    )
    return [(place, one) for place, one in db.session.execute(query)]


def claims_on(credit_code: str) -> Sequence[Organisation]:
    """Every organisation that registered with this code, the earliest first."""
    query = select(Organisation).where(Organisation.credit_code == credit_code)
    return db.session.scalars(query.order_by(Organisation.id)).all()


def queue(actor: Actor, status: str, kind: str | None = None) -> Select[Organisation]:
    """Organisations in one status that the actor may see."""
    rows = visible(actor, Organisation).where(Organisation.status == status)
    return rows.where(Organisation.kind == kind) if kind else rows


def papers_of(actor: Actor, organisation_id: UUID) -> Sequence[Document]:
    """An organisation's papers that the actor may see, the newest first."""
    query = visible(actor, Document).where(Document.organisation_id == organisation_id)
    return db.session.scalars(query.order_by(Document.id.desc()).limit(100)).all()


def open_case_of(organisation_id: UUID) -> ClaimCase | None:
    """The undecided case about an organisation's credit code."""
    query = select(ClaimCase).where(
        ClaimCase.status == "open",
        or_(ClaimCase.holder_id == organisation_id, ClaimCase.claimant_id == organisation_id),
    )
    return db.session.scalars(query.limit(1)).first()


def count_cases(actor: Actor, status: str) -> int:
    """How many cases there are in one status."""
    rows = visible(actor, ClaimCase).where(ClaimCase.status == status)
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def membership(actor: Actor, membership_id: UUID) -> Membership:
    """A colleague's place."""
    return find(visible(actor, Membership), membership_id)


def staffed() -> Sequence[Organisation]:
    """The organisations whose people are staff."""
    query = select(Organisation).where(Organisation.kind.in_(("platform", "registrar", "review")))
    return db.session.scalars(query.order_by(Organisation.id)).all()


def has_confirmed_member(organisation_id: UUID) -> bool:
    """Whether somebody of the organisation has shown to read mail."""
    query = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
            Person.email_confirmed_at.is_not(None),
        )
    )
    return db.session.scalar(query.limit(1)) is not None
