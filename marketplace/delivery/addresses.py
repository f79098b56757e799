"""Signed addresses that expire: `/d/<token>` opens one download session for whoever holds it.

The token is `session.expiry.seal`, sealed by HMAC-SHA256 with a key derived from a secret of
KEY_DIR; nothing of it is stored.
"""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.signing import b64url, load_secret, unb64url

LIFETIME = timedelta(minutes=10)
_NAME = b"quanshu download address"


def token(folder: Path, session_id: UUID, lifetime: timedelta = LIFETIME) -> str:
    """The address of a session for a while."""
    expiry = int((now() + lifetime).timestamp())
    return f"{b64url(session_id.bytes)}.{expiry}.{_seal(folder, session_id, expiry)}"


def session_of(folder: Path, given: str) -> UUID:
    """Whose address this is. NotFound for one we did not make; Forbidden `address_expired` later."""
    try:
        name, stamp, seal = given.split(".")
        session_id, expiry = UUID(bytes=unb64url(name)), int(stamp)
    except ValueError as wrong:
        raise NotFound() from wrong
    wanted = _seal(folder, session_id, expiry)
    if str(expiry) != stamp or not hmac.compare_digest(wanted.encode(), seal.encode()):
        raise NotFound()
    if now().timestamp() >= expiry:
        raise Forbidden("address_expired")
    return session_id


def _seal(folder: Path, session_id: UUID, expiry: int) -> str:
    key = hmac.new(load_secret(folder, "session"), _NAME, hashlib.sha256).digest()
    message = session_id.bytes + expiry.to_bytes(8, "big")
    return b64url(hmac.new(key, message, hashlib.sha256).digest())
