"""People of an organisation: invited, given roles and a signing limit, removed. Also API tokens."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.accounts import addresses
from marketplace.accounts.models import (
    ApiToken,
    Invitation,
    Membership,
    Organisation,
    Person,
    Session,
)
from marketplace.accounts.queries import digest
from marketplace.accounts.states import (
    INVITATION_LIFE,
    ROLES_IN,
    STAFFED_KINDS,
    InvitationStatus,
)
from marketplace.core import limits
from marketplace.core.access import STAFF, Actor, Permission, Role, require, system, visible
from marketplace.core.clock import now
from marketplace.core.database import add, db, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotSignedIn
from marketplace.core.events import record
from marketplace.core.ids import new_token
from marketplace.core.lives import born

INVITATION_LASTS = timedelta(days=7)
MOST_TOKENS, MOST_DAYS = 20, 365


def invite(
    actor: Actor,
    email: str,
    name: str,
    roles: Sequence[str],
    signing_limit_fen: int | None,
    organisation_id: UUID | None = None,
) -> Invitation:
    """Offer somebody a place by mail. Staff roles are given by an administrator only."""
    home = _home_for(actor, organisation_id)
    chosen = _allowed(actor, home, roles, signing_limit_fen)
    address = addresses.normalise(email)
    bucket = f"invite:{home.id}"
    limits.check(bucket, 50, timedelta(hours=1))
    limits.count(bucket)
    if _is_member(home.id, address):
        raise Conflict("already_member")
    invitation = Invitation(
        organisation_id=home.id,
        email=address,
        name=name,
        roles=[str(role) for role in chosen],
        signing_limit_fen=signing_limit_fen,
        invited_by=actor.person_id,
        expires_at=now() + INVITATION_LASTS,
        status=InvitationStatus.WAITING,
    )
    born(invitation, actor, "invitation.sent")
    return invitation


def withdraw_invitation(actor: Actor, invitation_id: UUID) -> Invitation:
    """Take an invitation back before it is accepted."""
    invitation = hold(visible(actor, Invitation), invitation_id)
    INVITATION_LIFE.take(actor, invitation, "withdraw")
    invitation.token_digest = None
    return invitation


def draw_invitation_token(invitation_id: UUID) -> str | None:
    """A fresh token for an invitation that is about to be mailed; None when it is over."""
    invitation = hold(select(Invitation), invitation_id)
    if invitation.status != InvitationStatus.WAITING or invitation.expires_at < now():
        return None
    token = new_token()
    invitation.token_digest = digest(token)
    return token


def invitation_by(token: str) -> Invitation:
    """The open invitation of a mailed link; Invalid `link_not_valid` for any other token."""
    query = select(Invitation).where(
        Invitation.token_digest == digest(token), Invitation.status == InvitationStatus.WAITING
    )
    invitation = db.session.scalars(query).one_or_none()
    if invitation is None or invitation.expires_at < now():
        raise Invalid("link_not_valid")
    return invitation


def accept_invitation(
    actor: Actor, token: str, *, name: str = "", password_hash: str = "", language: str = "zh"
) -> Membership:
    """Take the place offered: as oneself when signed in with that address, else as a new person.

    An address that has an account must sign in first: holding the mail is not enough.
    """
    invitation = hold(select(Invitation), invitation_by(token).id)
    person = db.session.scalars(
        select(Person).where(Person.email == invitation.email)
    ).one_or_none()
    if person is not None and person.id != actor.person_id:
        raise NotSignedIn("sign_in_to_accept")
    if person is None:
        person = add(
            Person(
                email=invitation.email,
                name=name or invitation.name,
                password_hash=password_hash,
                language=language,
                email_confirmed_at=now(),
            )
        )
    INVITATION_LIFE.take(system("invitation"), invitation, "accept")
    invitation.token_digest = None
    place = _place(person, invitation)
    record("member.joined", place, Actor(person.name, person_id=person.id), roles=place.roles)
    return place


def change_member(
    actor: Actor, membership_id: UUID, roles: Sequence[str], signing_limit_fen: int | None
) -> Membership:
    """Give a colleague other roles or another signing limit. Nobody changes his own."""
    place = _colleague(actor, membership_id)
    home = find(select(Organisation), place.organisation_id)
    chosen = _allowed(actor, home, roles, signing_limit_fen)
    if Role.MANAGER in place.roles and Role.MANAGER not in chosen:
        _check_other_manager(place)
    place.roles = [str(role) for role in chosen]
    place.signing_limit_fen = signing_limit_fen
    record("member.changed", place, actor, roles=place.roles, signing_limit_fen=signing_limit_fen)
    return place


def remove_member(actor: Actor, membership_id: UUID) -> Membership:
    """End a colleague's membership; his sessions and tokens in this organisation end with it."""
    place = _colleague(actor, membership_id)
    if Role.MANAGER in place.roles:
        _check_other_manager(place)
    place.ended_at = now()
    mine = (ApiToken.person_id == place.person_id, ApiToken.revoked_at.is_(None))
    db.session.execute(
        update(ApiToken)
        .where(*mine, ApiToken.organisation_id == place.organisation_id)
        .values(revoked_at=now())
    )
    db.session.execute(
        update(Session)
        .where(
            Session.person_id == place.person_id, Session.organisation_id == place.organisation_id
        )
        .values(ended_at=now())
    )
    record("member.removed", place, actor)
    return place


def issue_token(
    actor: Actor, name: str, scopes: Sequence[str], days: int = 90
) -> tuple[ApiToken, str]:
    """A program's token, shown once: at most the actor's own permissions, for at most a year."""
    require(actor, Permission.TOKEN_ISSUE)
    if actor.person_id is None or actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    if not scopes or not set(scopes) <= {str(one) for one in actor.permissions}:
        raise Invalid("invalid", {"scopes": ["scope_not_held"]})
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("invalid", {"days": ["field_out_of_range"]})
    live = select(func.count()).where(
        ApiToken.person_id == actor.person_id,
        ApiToken.is_session.is_(False),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > now(),
    )
    if (db.session.scalar(live) or 0) >= MOST_TOKENS:
        raise Conflict("too_many_tokens", most=MOST_TOKENS)
    secret = f"qs_{new_token()}"
    token = add(
        ApiToken(
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            name=name,
            start=secret[:9],
            token_digest=digest(secret),
            scopes=sorted(set(scopes)),
            has_passed_totp=True,
            expires_at=now() + timedelta(days=days),
        )
    )
    record("api_token.issued", token, actor, scopes=token.scopes)
    return token, secret


def revoke_token(actor: Actor, token_id: UUID) -> ApiToken:
    """End a token: one's own, or as manager any of the organisation."""
    if actor.is_anonymous or actor.via == "pending":
        raise NotSignedIn("sign_in_required")
    token = hold(visible(actor, ApiToken), token_id)
    if token.revoked_at is None:
        token.revoked_at = now()
        record("api_token.revoked", token, actor)
    return token


def _home_for(actor: Actor, organisation_id: UUID | None) -> Organisation:
    """The organisation to invite into: one's own; an administrator also any staffed one."""
    require(actor, Permission.MEMBER_INVITE)
    wanted = organisation_id or actor.organisation_id
    if wanted is None:
        raise NotSignedIn("organisation_required")
    home = find(visible(actor, Organisation), wanted)
    own = actor.belongs_to(home.id)
    if not own and not (Role.ADMINISTRATOR in actor.roles and home.kind in STAFFED_KINDS):
        raise Forbidden("wrong_organisation")
    return home


def _colleague(actor: Actor, membership_id: UUID) -> Membership:
    require(actor, Permission.MEMBER_INVITE)
    place = hold(visible(actor, Membership), membership_id)
    _home_for(actor, place.organisation_id)
    if place.person_id == actor.person_id:
        raise Forbidden("own_rights")
    if place.ended_at is not None:
        raise Conflict("wrong_state", status="ended", action="change")
    if set(place.roles) & {str(role) for role in STAFF} and Role.ADMINISTRATOR not in actor.roles:
        raise Forbidden("staff_role_by_administrator")
    return place


def _allowed(
    actor: Actor, home: Organisation, roles: Sequence[str], signing_limit_fen: int | None
) -> list[Role]:
    """The roles as asked for, if this organisation may have them and this actor may give them."""
    known = {str(role) for role in Role}
    chosen = sorted({Role(role) for role in roles if role in known})
    if not chosen or len(chosen) != len(set(roles)):
        raise Invalid("invalid", {"roles": ["field_invalid"]})
    if not set(chosen) <= ROLES_IN[home.kind]:
        raise Invalid("invalid", {"roles": ["role_not_in_kind"]})
    is_administrator = Role.ADMINISTRATOR in actor.roles
    if set(chosen) & STAFF and not is_administrator:
        raise Forbidden("staff_role_by_administrator")
    own = actor.signing_limit_fen
    if signing_limit_fen is not None and not is_administrator and signing_limit_fen > (own or 0):
        raise Invalid("invalid", {"signing_limit": ["signing_limit_above_own"]})
    return chosen


def _is_member(organisation_id: UUID, email: str) -> bool:
    query = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
            Person.email == email,
        )
    )
    return db.session.scalar(query) is not None


def _place(person: Person, invitation: Invitation) -> Membership:
    query = select(Membership).where(
        Membership.person_id == person.id,
        Membership.organisation_id == invitation.organisation_id,
    )
    place = db.session.scalars(query.with_for_update(key_share=True)).one_or_none()
    if place is None:
        place = Membership(person_id=person.id, organisation_id=invitation.organisation_id)
        db.session.add(place)
    place.roles = list(invitation.roles)
    place.signing_limit_fen = invitation.signing_limit_fen
    place.ended_at = None
    db.session.flush()
    return place


def _check_other_manager(place: Membership) -> None:
    query = select(Membership).where(
        Membership.organisation_id == place.organisation_id,
        Membership.id != place.id,
        Membership.ended_at.is_(None),
    )
    if not any(Role.MANAGER in other.roles for other in db.session.scalars(query)):
        raise Conflict("last_manager")
