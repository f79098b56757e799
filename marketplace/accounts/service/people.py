"""A person signs in and out, changes a password, confirms an address, adds a second factor."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from marketplace.accounts import addresses, passwords, totp
from marketplace.accounts.models import (
    ApiToken,
    MailLink,
    Membership,
    Person,
    RecoveryCode,
    Session,
)
from marketplace.accounts.queries import digest, memberships_of
from marketplace.accounts.service.registration import new_link
from marketplace.accounts.states import LinkPurpose
from marketplace.core import limits
from marketplace.core.access import ANYONE, Actor, Permission
from marketplace.core.clock import now
from marketplace.core.database import add, db, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotSignedIn
from marketplace.core.events import record
from marketplace.core.ids import new_token
from marketplace.core.sealed import seal, unseal

WRONG_PASSWORDS, WRONG_FROM_ADDRESS, WRONG_CODES = 5, 50, 5
WINDOW = timedelta(minutes=15)
TOKEN_SESSION = timedelta(hours=8)
_ACTS = frozenset({"session", "token"})


def check_password(email: str, password: str, from_address: str) -> UUID:
    """The person whose e-mail and password these are. Run outside a transaction: it takes time.

    The same answer after the same work whether the address is known or not. Five failures in a
    quarter of an hour lock the account, fifty the network address.
    """
    account = f"signin:account:{digest(_plain(email))}"
    place = f"signin:address:{from_address}"
    limits.check(account, WRONG_PASSWORDS, WINDOW)
    limits.check(place, WRONG_FROM_ADDRESS, WINDOW)
    query = select(Person.id, Person.password_hash).where(Person.email == _plain(email))
    row = db.session.execute(query).one_or_none()
    db.session.rollback()  # nothing stays open while the password is hashed
    if not passwords.holds(row.password_hash if row else None, password) or row is None:
        raise Invalid("sign_in_failed", remember=[_counting(account), _counting(place)])
    person_id: UUID = row.id
    return person_id


def open_session(
    person_id: UUID, *, code: str = "", from_address: str = "", agent: str = ""
) -> str:
    """A new session's token for a person whose password was right. Without a code that is due,
    the session has no rights until `pass_code`."""
    person = hold(select(Person), person_id)
    limits.forget(f"signin:account:{digest(person.email)}")
    passed = bool(code) and _shows_code(person, code)
    token = new_token()
    session = add(
        Session(
            person_id=person.id,
            organisation_id=_first_home(person.id),
            token_digest=digest(token),
            address_digest=from_address,
            agent=agent[:120],
            has_passed_totp=passed,
            last_seen_at=now(),
        )
    )
    record("session.opened", session, Actor(person.name, person_id=person.id))
    return token


def open_token(person_id: UUID, *, code: str = "", organisation_id: UUID | None = None) -> str:
    """A token of eight hours for a program that signs in as a person.

    Whoever has a second factor must show it; staff without one get a token that can only enrol.
    """
    person = hold(select(Person), person_id)
    limits.forget(f"signin:account:{digest(person.email)}")
    if person.has_second_factor and not code:
        raise Invalid("invalid", {"totp": ["totp_required"]})
    passed = person.has_second_factor and _shows_code(person, code)
    homes = [home.id for _, home in memberships_of(person.id)]
    chosen = organisation_id or (homes[0] if homes else None)
    if chosen is None or chosen not in homes:
        raise Invalid("invalid", {"organisation_id": ["field_invalid"]})
    token = f"qs_{new_token()}"
    held = add(
        ApiToken(
            person_id=person.id,
            organisation_id=chosen,
            name="session",
            start=token[:9],
            token_digest=digest(token),
            scopes=[str(one) for one in Permission],
            has_passed_totp=passed,
            is_session=True,
            expires_at=now() + TOKEN_SESSION,
        )
    )
    record("session.opened", held, Actor(person.name, person_id=person.id))
    return token


def pass_code(actor: Actor, code: str) -> str:
    """Show the second factor in a session that waits for it; the session gets a new token."""
    if actor.via != "pending" or actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    person = hold(select(Person), actor.person_id)
    if not person.has_second_factor:
        raise Conflict("second_factor_missing")
    _shows_code(person, code)
    token = _promote(actor)
    if token is None:
        raise Conflict("session_required")
    return token


def sign_out(actor: Actor) -> None:
    """End this session or this session token."""
    moment = now()
    for table, column in ((Session, "ended_at"), (ApiToken, "revoked_at")):
        db.session.execute(
            update(table)
            .where(table.id == actor.session_id, table.person_id == actor.person_id)
            .values({column: moment})
        )


def sign_out_everywhere(actor: Actor, *, keep: UUID | None = None) -> None:
    """End all of one's sessions and session tokens, except `keep`."""
    person = _self(actor)
    _end_sessions(person.id, keep)
    record("session.all_ended", person, actor)


def choose_organisation(actor: Actor, organisation_id: UUID) -> None:
    """Go on in another organisation of one's own."""
    person = _self(actor)
    if organisation_id not in {home.id for _, home in memberships_of(person.id)}:
        raise Forbidden("wrong_organisation")
    session = hold(select(Session).where(Session.person_id == person.id), _session_of(actor))
    session.organisation_id = organisation_id


def change_password(actor: Actor, new_hash: str) -> None:
    """Set a new password (the edge has checked the old one); other sessions end."""
    person = _self(actor)
    person.password_hash = new_hash
    _end_sessions(person.id, actor.session_id)
    record("password.changed", person, actor)


def ask_reset(email: str, from_address: str) -> None:
    """Mail a link that sets a new password, if the address has an account. Never says which."""
    for bucket, most in ((f"reset:{digest(_plain(email))}", 3), (f"reset:from:{from_address}", 20)):
        limits.check(bucket, most, timedelta(hours=1))
        limits.count(bucket)
    person = db.session.scalars(select(Person).where(Person.email == _plain(email))).one_or_none()
    if person is not None:
        new_link(person, LinkPurpose.RESET)


def reset_password(token: str, new_hash: str) -> Person:
    """Set a new password by the link of a mail; every session ends, the address is confirmed."""
    person = _use_link(token, LinkPurpose.RESET)
    person.password_hash = new_hash
    person.email_confirmed_at = person.email_confirmed_at or now()
    _end_sessions(person.id, None)
    limits.forget(f"signin:account:{digest(person.email)}")
    record("password.reset", person, ANYONE)
    return person


def confirm_email(token: str) -> Person:
    """Confirm an address by the link that was mailed to it."""
    person = _use_link(token, LinkPurpose.CONFIRM)
    person.email_confirmed_at = person.email_confirmed_at or now()
    record("email.confirmed", person, ANYONE)
    return person


def draw_link_token(link_id: UUID) -> str | None:
    """A fresh token for a link that is about to be mailed; the one before no longer works."""
    link = hold(select(MailLink), link_id)
    if link.used_at is not None or link.expires_at < now():
        return None
    token = new_token()
    link.token_digest = digest(token)
    return token


def choose_language(actor: Actor, language: str) -> None:
    """In which language mails come."""
    _self(actor).language = "en" if language == "en" else "zh"


# -- the second factor


def begin_enrolment(actor: Actor) -> str:
    """The secret to scan; the one made before, until it is confirmed. Staff may do only this."""
    person = _enrolling(actor)
    if person.totp_secret is None:
        person.totp_secret = seal(totp.new_secret().encode(), _bound(person))
    return _secret_of(person)


def confirm_enrolment(actor: Actor, code: str) -> tuple[list[str], str | None]:
    """Prove that the authenticator works. Recovery codes, shown once, and the session's new token."""
    person = _enrolling(actor)
    if person.totp_secret is None:
        raise Conflict("second_factor_missing")
    _match(person, code)
    person.totp_confirmed_at = now()
    codes = totp.new_recovery_codes()
    for one in codes:
        db.session.add(
            RecoveryCode(person_id=person.id, code_digest=digest(totp.plain_recovery(one)))
        )
    record("second_factor.added", person, actor)
    return codes, _promote(actor)


def drop_second_factor(actor: Actor, code: str) -> None:
    """Remove one's second factor, showing it (or a recovery code) once more."""
    person = _self(actor)
    if not person.has_second_factor:
        raise Conflict("second_factor_missing")
    _shows_code(person, code)
    person.totp_secret = person.totp_confirmed_at = None
    db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
        .values(used_at=now())
    )
    db.session.execute(
        update(Session).where(Session.person_id == person.id).values(has_passed_totp=False)
    )
    db.session.execute(
        update(ApiToken).where(ApiToken.person_id == person.id).values(has_passed_totp=False)
    )
    record("second_factor.dropped", person, actor)


def _enrolling(actor: Actor) -> Person:
    """The person who enrols: signed in, and without a confirmed second factor."""
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    person = hold(select(Person), actor.person_id)
    if person.has_second_factor:
        raise Conflict("second_factor_exists")
    return person


def _shows_code(person: Person, code: str) -> bool:
    """True when the code is the authenticator's or a recovery code; Invalid otherwise, counted."""
    bucket = f"totp:{person.id}"
    limits.check(bucket, WRONG_CODES, WINDOW)
    if not person.has_second_factor:
        return False
    if len(totp.plain_recovery(code)) == 10:
        used = _use_recovery(person, code)
        if not used:
            raise _wrong_code(bucket)
        return True
    _match(person, code)
    return True


def _match(person: Person, code: str) -> None:
    bucket = f"totp:{person.id}"
    limits.check(bucket, WRONG_CODES, WINDOW)
    step = totp.matching_step(_secret_of(person), code, now(), person.totp_last_step)
    if step is None:
        raise _wrong_code(bucket)
    person.totp_last_step = step
    limits.forget(bucket)


def _use_recovery(person: Person, code: str) -> bool:
    query = (
        select(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_digest == digest(totp.plain_recovery(code)),
        )
        .with_for_update(key_share=True)
    )
    found = db.session.scalars(query).first()
    if found is None:
        return False
    found.used_at = now()
    record("recovery_code.used", person, Actor(person.name, person_id=person.id))
    return True


def _wrong_code(bucket: str) -> Invalid:
    return Invalid("invalid", {"totp": ["totp_wrong"]}, remember=[_counting(bucket)])


def _promote(actor: Actor) -> str | None:
    """The session has shown the second factor: a session gets a new token, an API token stays."""
    held = db.session.get(ApiToken, actor.session_id) if actor.session_id else None
    if held is not None:
        held.has_passed_totp = True
        return None
    session = hold(select(Session), _session_of(actor))
    token = new_token()
    session.has_passed_totp = True
    session.token_digest = digest(token)
    session.last_seen_at = now()
    return token


def _secret_of(person: Person) -> str:
    assert person.totp_secret is not None
    return unseal(person.totp_secret, _bound(person)).decode()


def _bound(person: Person) -> str:
    return f"people.totp:{person.id}"


# -- parts


def _self(actor: Actor) -> Person:
    """The signed-in person who has shown everything that is due."""
    if actor.person_id is None or actor.via not in _ACTS:
        raise NotSignedIn("sign_in_required")
    return hold(select(Person), actor.person_id)


def _session_of(actor: Actor) -> UUID:
    if actor.session_id is None:
        raise Conflict("session_required")
    return actor.session_id


def _first_home(person_id: UUID) -> UUID | None:
    query = select(Membership.organisation_id).where(
        Membership.person_id == person_id, Membership.ended_at.is_(None)
    )
    return db.session.scalar(query.order_by(Membership.created_at, Membership.id).limit(1))


def _use_link(token: str, purpose: LinkPurpose) -> Person:
    query = (
        select(MailLink)
        .where(MailLink.token_digest == digest(token), MailLink.purpose == purpose)
        .with_for_update(key_share=True)
    )
    link = db.session.scalars(query).one_or_none()
    if link is None or link.used_at is not None or link.expires_at < now():
        raise Invalid("link_not_valid")
    link.used_at = now()
    return hold(select(Person), link.person_id)


def _end_sessions(person_id: UUID, keep: UUID | None) -> None:
    moment = now()
    ending = update(Session).where(Session.person_id == person_id, Session.ended_at.is_(None))
    revoking = update(ApiToken).where(
        ApiToken.person_id == person_id,
        ApiToken.is_session.is_(True),
        ApiToken.revoked_at.is_(None),
    )
    if keep is not None:
        ending, revoking = ending.where(Session.id != keep), revoking.where(ApiToken.id != keep)
    db.session.execute(ending.values(ended_at=moment))
    db.session.execute(revoking.values(revoked_at=moment))


def _counting(bucket: str) -> Callable[[], None]:
    return lambda: limits.count(bucket)


def _plain(email: str) -> str:
    """The address normalised, or what was typed when it is none: unknown like any other."""
    try:
        return addresses.normalise(email)
    except Invalid:
        return email.strip()[:254]
