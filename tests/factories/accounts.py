"""Organisations, people, sessions and tokens. Passwords are hashed at the least cost."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import credit_code, papers, service, signing, totp
from marketplace.accounts.models import (
    ApiToken,
    Document,
    Invitation,
    Membership,
    Organisation,
    Person,
    Session,
    SigningKey,
)
from marketplace.accounts.queries import actor_of, digest
from marketplace.core.access import ANYONE, STAFF, Actor, Permission, Role
from marketplace.core.clock import now
from marketplace.core.database import add, db, transaction
from marketplace.core.events import history
from marketplace.core.ids import new_token
from marketplace.core.sealed import seal

PASSWORD = "quan-shui-2027-demo"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_counter = itertools.count(1)
WHOLE = 10**13


def a_credit_code(number: int | None = None) -> str:
    """A valid invented credit code: district 历下区, organisation code MA-test."""
    number = next(_counter) if number is None else number
    return credit_code.complete(f"91370102MAT{number:06d}")


def organisation(kind: str = "enterprise", verified: bool = True, **given: Any) -> Organisation:
    """An organisation; verified unless told otherwise."""
    number = next(_counter)
    values: dict[str, Any] = {
        "name": f"济南测试数据有限公司{number}",
        "credit_code": a_credit_code(number),
        "kind": kind,
        "status": "verified" if verified else "registered",
        "address": "济南市历下区测试路 1 号",
        "contact": "0531-82000000",
        "verified_at": now() if verified else None,
        "bank_account": {
            "name": f"济南测试数据有限公司{number}",
            "number": f"37010{number:011d}",
            "bank": "测试银行济南分行",
        },
    }
    if kind == "registrar":
        values["registrar_code"] = "TEST"
    with transaction():
        return add(Organisation(**(values | given)))


def person(email: str | None = None, name: str = "", **given: Any) -> Person:
    """Somebody with a confirmed e-mail address and PASSWORD."""
    number = next(_counter)
    with transaction():
        return add(
            Person(
                email=email or f"person{number}@example.cn",
                name=name or f"测试人{number}",
                password_hash=_HASH,
                email_confirmed_at=given.pop("email_confirmed_at", now()),
                **given,
            )
        )


def member(org: Organisation | UUID, *roles: Role, limit: int | None = None) -> Actor:
    """A new person with these roles in an organisation. `limit` in fen; traders sign without one."""
    organisation_id = org if isinstance(org, UUID) else org.id
    if limit is None and {Role.PROVIDER, Role.BUYER, Role.MANAGER} & set(roles):
        limit = WHOLE
    one = person()
    with transaction():
        add(
            Membership(
                person_id=one.id,
                organisation_id=organisation_id,
                roles=[str(role) for role in roles],
                signing_limit_fen=limit,
            )
        )
    return actor_of(one.id, organisation_id)


def actor(*roles: Role) -> Actor:
    """Somebody with these roles in a verified organisation of his own."""
    return member(organisation(), *roles)


def platform() -> Organisation:
    """The platform's organisation, made once a database."""
    return _only("platform", "泉数平台（测试）")


def registrar_organisation() -> Organisation:
    """The registrar's organisation, made once a database."""
    return _only("registrar", "测试登记机构")


def staff(*roles: Role) -> Actor:
    """Staff in the platform organisation; a registrar in the registrar's organisation."""
    home = registrar_organisation() if set(roles) == {Role.REGISTRAR} else platform()
    return member(home, *roles)


def _only(kind: str, name: str) -> Organisation:
    row = db.session.scalars(select(Organisation).where(Organisation.kind == kind)).first()
    return row or organisation(kind, name=name)


def sign_in(client: FlaskClient, who: Actor) -> FlaskClient:
    """Give this browser a real session of a factory's actor."""
    token = new_token()
    with transaction():
        add(
            Session(
                person_id=who.person_id,
                organisation_id=who.organisation_id,
                token_digest=digest(token),
                has_passed_totp=True,
                last_seen_at=now(),
            )
        )
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def bearer(who: Actor, *scopes: Permission) -> dict[str, str]:
    """Headers with a real token of a factory's actor; without scopes, all its permissions."""
    token = f"qs_{new_token()}"
    chosen = scopes or tuple(who.permissions)
    with transaction():
        add(
            ApiToken(
                person_id=who.person_id,
                organisation_id=who.organisation_id,
                name="test",
                start=token[:9],
                token_digest=digest(token),
                scopes=[str(one) for one in chosen],
                has_passed_totp=bool(who.roles & STAFF),
                expires_at=now() + timedelta(hours=1),
            )
        )
    return {"Authorization": f"Bearer {token}"}


PIN = "135790"


def signing_key(who: Actor, pin: str = PIN) -> SigningKey:
    """A 托管签名 key of the actor's organisation, opened by PIN; made at the least cost."""
    manager = replace(who, permissions=who.permissions | {Permission.KEY_MANAGE})
    with transaction():
        return signing.make_key(manager, pin, cost=signing.Cost(1, 8, 1))


def document(who: Actor, kind: str = "evidence", content: bytes = b"%PDF-1.7\ntest\n") -> Document:
    """A stored paper of the actor's organisation."""
    paper = papers.receive(kind, "paper.pdf", [content])
    with transaction():
        return service.add_document(who, kind, paper.name, paper.media_type, paper.blob)


def enrol(who: Actor, secret: str | None = None) -> str:
    """Give a person a confirmed second factor; its secret."""
    secret = secret or totp.new_secret()
    with transaction():
        one = db.session.get(Person, who.person_id)
        assert one is not None
        one.totp_secret = seal(secret.encode(), f"people.totp:{one.id}")
        one.totp_confirmed_at = now()
    return secret


def applicant(code: str | None = None, confirmed: bool = True) -> Actor:
    """The manager of an organisation that registered with both papers and waits."""
    number = next(_counter)
    given = [
        papers.receive(kind, f"{kind}.pdf", [b"%PDF-1.7\n" + kind.encode()])
        for kind in ("licence", "authorisation_letter")
    ]
    application = service.Application(
        f"济南申请数据有限公司{number}",
        code or a_credit_code(),
        "enterprise",
        "济南市历下区测试路 2 号",
        "0531-82000001",
    )
    with transaction():
        made = service.register(
            ANYONE,
            application,
            given,
            email=f"founder{number}@example.cn",
            person_name=f"申请人{number}",
            password_hash=_HASH,
            from_address=str(number),
        )
        assert made is not None
        founder = db.session.scalars(
            select(Person).where(Person.email == f"founder{number}@example.cn")
        ).one()
        founder.email_confirmed_at = now() if confirmed else None
        ids = founder.id, made.id
    return actor_of(*ids)


def invitation_token(email: str) -> str:
    """The token that the latest invitation to this address carries in its mail."""
    query = select(Invitation).where(Invitation.email == email).order_by(Invitation.id.desc())
    with transaction():
        token = service.draw_invitation_token(db.session.scalars(query).first().id)
    assert token is not None
    return token


def event_names(table: str, key: UUID) -> list[str]:
    """What happened to a thing, in order."""
    return [one.name for one in history(table, key)]
