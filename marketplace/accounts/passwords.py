"""Passwords: Argon2id, at most a few at a time, the same time for an unknown e-mail address."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.core.errors import Invalid, Unavailable

LEAST, MOST = 10, 128
AT_ONCE = 2  # each takes 64 MiB
_WAIT_SECONDS = 5.0
_hasher = PasswordHasher()  # Argon2id with the parameters of RFC 9106, second choice
_gate = threading.BoundedSemaphore(AT_ONCE)
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$cXVhbnNodS1ub2JvZHk$Zm9yIHRoZSBzYW1lIHRpbWUgYXMgZXZlcnlib2R5ISE"
)
_WEAK = ("password", "12345678", "qwertyui", "11111111", "88888888", "jinan2027", "quanshu")


def check_strength(password: str, *personal: str) -> None:
    """Invalid on the field `password` when it is short, long, common, or made of one's own data."""
    plain = password.casefold()
    code = None
    if len(password) < LEAST:
        code = "password_too_short"
    elif len(password) > MOST:
        code = "password_too_long"
    elif any(plain.startswith(weak) for weak in _WEAK) or len(set(plain)) < 5:
        code = "password_too_common"
    elif any(part and part.casefold() in plain for part in personal):
        code = "password_is_personal"
    if code:
        raise Invalid("invalid", {"password": [code]})


def hash_password(password: str) -> str:
    """Argon2id in PHC form. Takes about a tenth of a second: never inside a transaction."""
    with _turn():
        return _hasher.hash(_bytes(password))


def holds(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; without a hash the same work is done for nothing."""
    with _turn():
        try:
            _hasher.verify(password_hash or _NOBODY, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


@contextmanager
def _turn() -> Iterator[None]:
    if not _gate.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable("busy", retry_after=2)
    try:
        yield
    finally:
        _gate.release()


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode()
