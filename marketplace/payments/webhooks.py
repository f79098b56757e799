"""The signature of a gateway's notice: HMAC-SHA256 over `t.body`, as Stripe signs it. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from marketplace.core.errors import Invalid

TOLERANCE_SECONDS = 300
MOST_PARTS = 20


def verify(raw: bytes, header: str, secrets: Sequence[str], at: datetime) -> None:
    """Invalid `notice_not_signed` unless any `v1` fits any secret and the time is recent.

    Only an old signature is refused for its time: a clock that runs ahead is no attack.
    """
    stamp, signatures = _parts(header)
    if stamp is None or not signatures or at.timestamp() - stamp > TOLERANCE_SECONDS:
        raise Invalid("notice_not_signed")
    message = b"%d." % stamp + raw
    fits = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        for given in signatures:
            fits = hmac.compare_digest(wanted.encode(), given.encode()) or fits
    if not fits:
        raise Invalid("notice_not_signed")


def sign(raw: bytes, secret: str, at: int) -> str:
    """The header that `verify` accepts, for simulators and tests."""
    seal = hmac.new(secret.encode(), b"%d." % at + raw, hashlib.sha256).hexdigest()
    return f"t={at},v1={seal}"


def _parts(header: str) -> tuple[int | None, list[str]]:
    stamp: int | None = None
    signatures: list[str] = []
    for part in header.split(",")[:MOST_PARTS]:
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) < 12:
            stamp = int(value)
        elif name == "v1":
            signatures.append(value)
    return stamp, signatures
