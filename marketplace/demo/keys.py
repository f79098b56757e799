"""An organisation's own key: made here, kept here. The server sees its public half and its signatures."""

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class OwnKey:
    """An Ed25519 key that signs detached JWS with unencoded payload (RFC 7515, RFC 7797)."""

    private: Ed25519PrivateKey

    @classmethod
    def make(cls) -> "OwnKey":
        return cls(Ed25519PrivateKey.generate())

    @property
    def jwk(self) -> dict[str, str]:
        """The public half (RFC 8037)."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"crv": "Ed25519", "kty": "OKP", "x": _b64(raw)}

    @property
    def kid(self) -> str:
        """The JWK's thumbprint (RFC 7638)."""
        return _b64(hashlib.sha256(_plain(self.jwk)).digest())

    def sign(self, payload: bytes) -> str:
        """`header..signature` over the payload's exact bytes."""
        header = {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": self.kid}
        head = _b64(_plain(header))
        return f"{head}..{_b64(self.private.sign(head.encode() + b'.' + payload))}"

    def show_possession(self, organisation_id: str) -> str:
        """The proof that goes with the public half when it is entered."""
        text = {
            "kid": self.kid,
            "organisation_id": organisation_id,
            "purpose": "quanshu-key-possession",
        }
        return self.sign(_plain(text))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _plain(value: dict[str, object] | dict[str, str]) -> bytes:
    """Sorted keys without blanks: RFC 8785 for the plain strings used here."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
