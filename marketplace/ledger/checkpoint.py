"""Signed tree heads: C2SP signed-note and tlog-checkpoint, Ed25519 (type 0x01). Pure.

The key's name is the log's origin. There are no extension lines.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from marketplace.core.errors import Invalid
from marketplace.core.signing import Signer

ED25519 = b"\x01"
DASH = "\u2014"


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: whose log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed part of the note."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def sign(head: Head, signer: Signer) -> str:
    """The checkpoint as published: text, blank line, one signature line."""
    text = head.text()
    signature = signer.private.sign(text.encode())
    blob = key_id(head.origin, signer.public) + signature
    return f"{text}\n{DASH} {head.origin} {_b64(blob)}\n"


def vkey(origin: str, public: Ed25519PublicKey) -> str:
    """The verifier key as people copy it: name, key id in hex, type and key."""
    return f"{origin}+{key_id(origin, public).hex()}+{_b64(ED25519 + _raw(public))}"


def key_id(origin: str, public: Ed25519PublicKey) -> bytes:
    """First four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + _raw(public)).digest()[:4]


def read(note: str) -> Head:
    """What an unverified checkpoint says; Invalid `checkpoint_not_readable` when it is none."""
    text, found, _ = note.partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as wrong:
        raise Invalid("checkpoint_not_readable") from wrong
    if not found or len(lines) != 3 or not origin or len(root) != 32 or str(size) != lines[1]:
        raise Invalid("checkpoint_not_readable")
    return Head(origin, size, root)


def is_signed(note: str, origin: str, public: Ed25519PublicKey) -> bool:
    """Whether the log's key signed this checkpoint of this log; unknown signature lines are ignored."""
    text, _, tail = note.partition("\n\n")
    if not note.startswith(f"{origin}\n"):
        return False
    wanted = key_id(origin, public)
    for line in tail.splitlines():
        name, _, blob = line.removeprefix(f"{DASH} ").rpartition(" ")
        raw = _unb64(blob)
        if name == origin and raw[:4] == wanted:
            return _good(public, raw[4:], f"{text}\n".encode())
    return False


def proof_file(index: int, hashes: list[bytes], note: str) -> str:
    """A C2SP `.tlog-proof`: everything needed to check offline that a leaf is in the log."""
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *(_b64(one) for one in hashes)]
    return "\n".join(lines) + "\n\n" + note


def _good(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
