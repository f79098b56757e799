"""Small secrets in the database (TOTP secrets, wrapped keys), sealed under `KEY_DIR/fields.key`."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marketplace.core.errors import Unavailable
from marketplace.core.holdings import holdings
from marketplace.core.signing import b64url, load_secret, unb64url

NONCE = 12


def seal(plain: bytes, bound_to: str) -> str:
    """Encrypt a small secret; `bound_to` (such as `people.totp:<id>`) keeps it in its place."""
    nonce = os.urandom(NONCE)
    return b64url(nonce + _cipher().encrypt(nonce, plain, bound_to.encode()))


def unseal(text: str, bound_to: str) -> bytes:
    """The secret again; Unavailable `field_damaged` if it was changed or moved."""
    try:
        raw = unb64url(text)
        return _cipher().decrypt(raw[:NONCE], raw[NONCE:], bound_to.encode())
    except (InvalidTag, ValueError) as tampered:
        raise Unavailable("field_damaged") from tampered


def _cipher() -> AESGCM:
    return AESGCM(load_secret(holdings().key_dir, "fields"))
