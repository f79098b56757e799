"""An organisation's signatures: 托管签名 (key held here, wrapped under a PIN) or a key of its own.

The PIN is never stored: Argon2id makes of it the key that opens the private key, and the
result is sealed once more under `KEY_DIR/fields.key`. A signature is judged by the key that
was valid when it was made.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from marketplace.accounts.models import SigningKey
from marketplace.accounts.queries import key_now
from marketplace.accounts.states import Custody
from marketplace.core import limits
from marketplace.core.access import Actor, Permission, require
from marketplace.core.canonical import canonical
from marketplace.core.clock import now
from marketplace.core.database import add, db, hold
from marketplace.core.errors import Conflict, Invalid, NotSignedIn
from marketplace.core.events import record
from marketplace.core.sealed import seal, unseal
from marketplace.core.signing import (
    b64url,
    detached_with,
    header_of,
    public_from_jwk,
    public_jwk,
    thumbprint,
    unb64url,
    verify_detached,
)

LEAST_PIN, MOST_PIN = 6, 32
WRONG_PINS, PIN_WINDOW = 5, timedelta(minutes=30)
SIGNATURE_TYPE = "contract-signature+jws"
POSSESSION_TYPE = "key-possession+jws"


@dataclass(frozen=True)
class Cost:
    """Argon2id's work for one PIN: passes, KiB of memory, lanes."""

    passes: int = 3
    memory: int = 32 * 1024
    lanes: int = 1


USUAL = Cost()


def make_key(actor: Actor, pin: str, cost: Cost = USUAL) -> SigningKey:
    """A new 托管签名 key for the actor's organisation; the former one is retired."""
    require(actor, Permission.KEY_MANAGE)
    organisation_id = _home(actor)
    if not LEAST_PIN <= len(pin) <= MOST_PIN or len(set(pin)) < 3:
        raise Invalid("invalid", {"pin": ["pin_too_simple"]})
    private = Ed25519PrivateKey.generate()
    kid = thumbprint(private.public_key())
    return _enter(
        actor,
        organisation_id,
        SigningKey(
            organisation_id=organisation_id,
            kid=kid,
            public_jwk=public_jwk(private.public_key()),
            custody=Custody.PLATFORM,
            wrapped=_wrap(private, kid, pin, cost),
            made_by=actor.person_id,
            valid_from=now(),
        ),
    )


def possession_payload(organisation_id: UUID, jwk: dict[str, Any]) -> bytes:
    """What the holder of an own key signs (RFC 7797) to show that it has the private half."""
    kid = thumbprint(public_from_jwk(jwk))
    return canonical(
        {"kid": kid, "organisation_id": str(organisation_id), "purpose": "quanshu-key-possession"}
    )


def register_key(actor: Actor, jwk: dict[str, Any], proof: str) -> SigningKey:
    """Enter an organisation's own public key, with a signature made by it."""
    require(actor, Permission.KEY_MANAGE)
    organisation_id = _home(actor)
    public = public_from_jwk(jwk)
    if not _fits(public, proof, possession_payload(organisation_id, jwk)):
        raise Invalid("invalid", {"proof": ["key_possession_not_shown"]})
    kid = thumbprint(public)
    if db.session.scalar(select(SigningKey.id).where(SigningKey.kid == kid)):
        raise Conflict("key_already_known")
    return _enter(
        actor,
        organisation_id,
        SigningKey(
            organisation_id=organisation_id,
            kid=kid,
            public_jwk=public_jwk(public),
            custody=Custody.OWN,
            made_by=actor.person_id,
            valid_from=now(),
        ),
    )


def retire_key(actor: Actor, key_id: UUID) -> SigningKey:
    """Stop using a key. It stays published with the time in which it was valid."""
    require(actor, Permission.KEY_MANAGE)
    rows = select(SigningKey).where(SigningKey.organisation_id == _home(actor))
    key = hold(rows, key_id)
    if key.retired_at is not None:
        raise Conflict("wrong_state", status="retired", action="retire")
    key.retired_at = now()
    record("signing_key.retired", key, actor, kid=key.kid)
    return key


def sign_for(
    actor: Actor, payload: bytes, pin: str, typ: str = SIGNATURE_TYPE
) -> tuple[str, SigningKey]:
    """托管签名: the organisation's detached signature (RFC 7797) over `payload`.

    Invalid `pin` when the PIN is wrong (counted: five lock the key for 30 minutes),
    Conflict `no_signing_key` without a key held here.
    """
    require(actor, Permission.CONTRACT_SIGN)
    key = key_now(_home(actor), Custody.PLATFORM)
    if key is None:
        raise Conflict("no_signing_key")
    bucket = f"pin:{key.kid}"
    limits.check(bucket, WRONG_PINS, PIN_WINDOW)
    private = _unwrap(key, pin)
    if private is None:
        raise Invalid("invalid", {"pin": ["pin_wrong"]}, remember=[_counting(bucket)])
    return detached_with(private, key.kid, payload, typ), key


def check(
    organisation_id: UUID, jws: str, payload: bytes, at: datetime | None = None
) -> SigningKey:
    """The organisation's key that made this detached signature, valid at `at` (default: now).

    Invalid `signature_not_valid` for any other signature, key, owner or time.
    """
    kid = header_of(jws).get("kid")
    query = select(SigningKey).where(
        SigningKey.kid == str(kid), SigningKey.organisation_id == organisation_id
    )
    key = db.session.scalars(query).one_or_none()
    valid = key is not None and key.was_valid(at or now())
    if key is None or not valid or not _fits(public_from_jwk(key.public_jwk), jws, payload):
        raise Invalid("signature_not_valid")
    return key


def _home(actor: Actor) -> UUID:
    if actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    return actor.organisation_id


def _fits(public: Any, jws: str, payload: bytes) -> bool:
    try:
        return verify_detached(public, jws, payload)
    except (Invalid, ValueError):
        return False


def _enter(actor: Actor, organisation_id: UUID, key: SigningKey) -> SigningKey:
    query = select(SigningKey).where(
        SigningKey.organisation_id == organisation_id,
        SigningKey.custody == key.custody,
        SigningKey.retired_at.is_(None),
    )
    for former in db.session.scalars(query.with_for_update(key_share=True)):
        former.retired_at = key.valid_from
        record("signing_key.retired", former, actor, kid=former.kid)
    add(key)
    record("signing_key.made", key, actor, kid=key.kid, custody=str(key.custody))
    return key


def _counting(bucket: str) -> Callable[[], None]:
    return lambda: limits.count(bucket)


def _wrap(private: Ed25519PrivateKey, kid: str, pin: str, cost: Cost) -> str:
    raw = private.private_bytes(
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    salt, nonce = os.urandom(16), os.urandom(12)
    inner = AESGCM(_key_of(pin, salt, cost)).encrypt(nonce, raw, kid.encode())
    parts = {"cost": asdict(cost), "salt": b64url(salt), "nonce": b64url(nonce)}
    return seal(json.dumps(parts | {"key": b64url(inner)}).encode(), f"signing_keys:{kid}")


def _unwrap(key: SigningKey, pin: str) -> Ed25519PrivateKey | None:
    """The private key; None when the PIN does not open it."""
    assert key.wrapped is not None
    parts = json.loads(unseal(key.wrapped, f"signing_keys:{key.kid}"))
    opener = AESGCM(_key_of(pin, unb64url(parts["salt"]), Cost(**parts["cost"])))
    try:
        raw = opener.decrypt(unb64url(parts["nonce"]), unb64url(parts["key"]), key.kid.encode())
    except InvalidTag:
        return None
    return Ed25519PrivateKey.from_private_bytes(raw)


def _key_of(pin: str, salt: bytes, cost: Cost) -> bytes:
    return hash_secret_raw(
        pin.encode(), salt, cost.passes, cost.memory, cost.lanes, hash_len=32, type=Type.ID
    )
