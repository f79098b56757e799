"""The platform's keys and the signatures made with them: Ed25519, JWS compact and detached.

Keys live in `KEY_DIR`, apart from the data. One key signs records, one signs the log's
checkpoints. A retired key stays published with the time it was valid.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from marketplace.core.canonical import canonical, read_strict
from marketplace.core.errors import Invalid, Unavailable

SECRET_BYTES = 32
ALGORITHM = "EdDSA"  # RFC 8037; RFC 9864 calls it Ed25519, which not every verifier reads yet


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes; ValueError for padding, blanks or any other second spelling of them."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise ValueError("not base64url in its one spelling")
    return data


def thumbprint(public: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint of the key as a JWK."""
    jwk = public_jwk(public)
    return b64url(hashlib.sha256(canonical({k: jwk[k] for k in ("crv", "kty", "x")})).digest())


def public_jwk(public: Ed25519PublicKey) -> dict[str, str]:
    """The key as an OKP JWK (RFC 8037)."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}


def public_from_jwk(jwk: dict[str, Any]) -> Ed25519PublicKey:
    """The key of an OKP Ed25519 JWK; Invalid `key_not_usable` for any other."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "d" in jwk:
        raise Invalid("key_not_usable")
    try:
        return Ed25519PublicKey.from_public_bytes(unb64url(str(jwk["x"])))
    except (KeyError, ValueError) as wrong:
        raise Invalid("key_not_usable") from wrong


@dataclass(frozen=True)
class Signer:
    """A private key that can sign, and the name under which its public half is published."""

    private: Ed25519PrivateKey
    kid: str

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()

    def compact(self, payload: Any, typ: str) -> str:
        """JWS compact serialisation (RFC 7515) over the canonical bytes of `payload`."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": typ}
        head = b64url(canonical(header))
        body = b64url(canonical(payload))
        return f"{head}.{body}.{b64url(self.private.sign(f'{head}.{body}'.encode()))}"

    def detached(self, payload: bytes, typ: str = "contract-signature+jws") -> str:
        """Detached JWS with unencoded payload (RFC 7797): `header..signature`."""
        return detached_with(self.private, self.kid, payload, typ)


def detached_with(private: Ed25519PrivateKey, kid: str, payload: bytes, typ: str) -> str:
    """RFC 7797 detached signature of `payload` with any Ed25519 key."""
    header = {"alg": ALGORITHM, "b64": False, "crit": ["b64"], "kid": kid, "typ": typ}
    head = b64url(canonical(header))
    return f"{head}..{b64url(private.sign(head.encode() + b'.' + payload))}"


def header_of(jws: str) -> dict[str, Any]:
    """The protected header; Invalid when it is not one."""
    try:
        head = read_strict(unb64url(jws.split(".", 1)[0]))
    except (ValueError, Invalid) as wrong:
        raise Invalid("signature_not_readable") from wrong
    if not isinstance(head, dict):
        raise Invalid("signature_not_readable")
    return head


def payload_of(jws: str) -> Any:
    """The payload of a compact JWS, not yet verified."""
    try:
        return json.loads(unb64url(jws.split(".")[1]))
    except (ValueError, IndexError, RecursionError) as wrong:
        raise Invalid("signature_not_readable") from wrong


def verify_compact(public: Ed25519PublicKey, jws: str) -> bool:
    """Whether a compact JWS was signed with this key."""
    signed, _, signature = jws.rpartition(".")
    header = header_of(jws)
    whole = jws.count(".") == 2 and not signed.endswith(".")
    if not whole or "crit" in header or header.get("alg") not in {"EdDSA", "Ed25519"}:
        return False  # with `crit` the payload may not be what it looks like (RFC 7797)
    return _good(public, signature, signed.encode())


def verify_detached(public: Ed25519PublicKey, jws: str, payload: bytes) -> bool:
    """Whether an RFC 7797 detached JWS over `payload` was signed with this key."""
    header = header_of(jws)
    parts = jws.split(".")
    plain = header.get("b64") is False and header.get("crit") == ["b64"]
    if len(parts) != 3 or parts[1] or not plain or header.get("alg") not in {"EdDSA", "Ed25519"}:
        return False
    return _good(public, parts[2], parts[0].encode() + b"." + payload)


def _good(public: Ed25519PublicKey, signature: str, message: bytes) -> bool:
    try:
        public.verify(unb64url(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def make_key(folder: Path, name: str) -> None:
    """Make `name`'s private key in `folder` unless it is there (mode 0600, never overwritten)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.pem"
    if path.exists():
        return
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)


@lru_cache(maxsize=16)
def load_signer(folder: Path, name: str) -> Signer:
    """The signer of `KEY_DIR/name.pem`; Unavailable `key_missing` when there is none."""
    path = folder / f"{name}.pem"
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as missing:
        raise Unavailable("key_missing", path=str(path)) from missing
    except ValueError as wrong:
        raise Unavailable("key_not_usable", path=str(path)) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("key_not_usable", path=str(path))
    return Signer(key, thumbprint(key.public_key()))


def load_secret(folder: Path, name: str) -> bytes:
    """A 32-byte secret of `KEY_DIR`, such as the one files are encrypted under."""
    path = folder / f"{name}.key"
    try:
        secret = path.read_bytes()
    except FileNotFoundError as missing:
        raise Unavailable("key_missing", path=str(path)) from missing
    if len(secret) != SECRET_BYTES:
        raise Unavailable("key_not_usable", path=str(path))
    return secret


def make_secret(folder: Path, name: str) -> None:
    """Make a 32-byte secret in `folder` unless it is there (mode 0600)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.key"
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(SECRET_BYTES))
