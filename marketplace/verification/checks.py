"""Five checks and what follows from them. Never green when the log cannot be asked."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.core.clock import now, today
from marketplace.core.errors import Refusal
from marketplace.core.signing import header_of, public_from_jwk, verify_compact
from marketplace.ledger import checkpoint, keys, merkle, proof
from marketplace.ledger.models import LogEntry
from marketplace.ledger.tiles import leaf_data
from marketplace.rights.models import Certificate
from marketplace.verification.lookup import Found

NAMES = ("unchanged", "signature", "standing", "logged", "checkpoint")
GOOD, WARN, BAD, OPEN = "ok", "w", "b", ""
LOOKS = {
    "valid": "ok",
    "changed": "w",
    "suspended": "w",
    "expired": "w",
    "cancelled": "w",
    "tampered": "b",
    "unknown": "b",
    "undecided": "i",
}
ENDED = {"changed", "suspended", "expired", "cancelled"}


@dataclass(frozen=True)
class Check:
    """One check: its name, `ok`, `w`, `b` or empty for not decided, why (a code), and details."""

    name: str
    state: str
    says: str
    technical: str = ""


@dataclass(frozen=True)
class Result:
    """The verdict, the five checks, and what was found."""

    verdict: str
    checks: tuple[Check, ...]
    found: Found
    at: datetime

    @property
    def look(self) -> str:
        return LOOKS[self.verdict]

    @property
    def passed(self) -> int:
        return sum(one.state in {GOOD, WARN} for one in self.checks)


def run(found: Found) -> Result:
    """All five checks, in order."""
    if not found.is_known:
        checks: tuple[Check, ...] = ()
        return Result("unknown", checks, found, now())
    standing = _standing(found.certificate)
    if found.entry is None:
        nothing = [Check(name, OPEN, "not_logged") for name in NAMES if name != "standing"]
        checks = (nothing[0], nothing[1], standing, nothing[2], nothing[3])
        return Result("undecided", checks, found, now())
    logged, signed = _in_the_log(found.entry)
    checks = (_unchanged(found, found.entry), _signature(found.entry), standing, logged, signed)
    return Result(_verdict(found, checks), checks, found, now())


def _verdict(found: Found, checks: tuple[Check, ...]) -> str:
    by_name = {one.name: one for one in checks}
    if BAD in {by_name["unchanged"].state, by_name["signature"].state}:
        return "tampered"
    if any(
        by_name[name].state != GOOD for name in ("unchanged", "signature", "logged", "checkpoint")
    ):
        return "undecided"
    return _status(found.certificate)


def _status(certificate: Certificate | None) -> str:
    if certificate is None or certificate.status in {"valid", "challenged"}:
        late = certificate is not None and certificate.valid_until < today()
        return "expired" if late else "valid"
    return certificate.status if certificate.status in ENDED else "undecided"


def _standing(certificate: Certificate | None) -> Check:
    if certificate is None:
        return Check("standing", GOOD, "standing_once")
    status = _status(certificate)
    if status == "valid" and certificate.status == "challenged":
        return Check("standing", WARN, "standing_challenged", certificate.status)
    state = GOOD if status == "valid" else WARN
    return Check("standing", state, f"standing_{status}", certificate.status)


def _unchanged(found: Found, entry: LogEntry) -> Check:
    if entry.jws is None:
        return Check("unchanged", OPEN, "record_erased")
    technical = f"SHA-256 {entry.jws_sha256}"
    if found.content_matches is False:
        return Check("unchanged", BAD, "content_differs", technical)
    certificate = found.certificate
    if certificate is not None and certificate.vc_jws not in ("", entry.jws):
        return Check("unchanged", BAD, "paper_differs", technical)
    if proof.commitment(entry) != entry.leaf_hex:
        return Check("unchanged", BAD, "record_differs", technical)
    says = "content_same" if found.content_matches else "record_same"
    return Check("unchanged", GOOD, says, technical)


def _signature(entry: LogEntry) -> Check:
    if entry.jws is None:
        return Check("signature", OPEN, "record_erased")
    try:
        header = header_of(entry.jws)
    except Refusal:
        return Check("signature", BAD, "signature_bad")
    kid = str(header.get("kid", "")).rpartition("#")[2]
    technical = f"{header.get('typ')} {header.get('alg')} kid {kid}"
    key = next((one for one in keys.all_keys() if one.kid == kid), None)
    if key is None or key.purpose != keys.RECORDS:
        return Check("signature", BAD, "signature_unknown_key", technical)
    if not verify_compact(public_from_jwk(key.public_jwk), entry.jws):
        return Check("signature", BAD, "signature_bad", technical)
    return Check("signature", GOOD, "signature_good", technical)


def _in_the_log(entry: LogEntry) -> tuple[Check, Check]:
    try:
        found = proof.logged(entry)
    except Refusal as refused:
        says = "log_pending" if refused.code == "record_pending" else "log_unreachable"
        return Check("logged", OPEN, says), Check("checkpoint", OPEN, says)
    return _inclusion(entry, found), _checkpoint(found)


def _inclusion(entry: LogEntry, found: dict[str, Any]) -> Check:
    head = checkpoint.read(found["checkpoint"])
    path = [base64.b64decode(one) for one in found["inclusion"]]
    leaf = merkle.leaf_hash(leaf_data(entry))
    technical = f"index {found['index']} of {head.size}, leaf {leaf.hex()}, root {head.root.hex()}"
    if merkle.included(leaf, found["index"], head.size, path, head.root):
        return Check("logged", GOOD, "logged_good", technical)
    return Check("logged", BAD, "logged_bad", technical)


def _checkpoint(found: dict[str, Any]) -> Check:
    note, origin = found["checkpoint"], found["origin"]
    for key in keys.all_keys():
        public = public_from_jwk(key.public_jwk)
        if key.purpose == keys.LOG and checkpoint.is_signed(note, origin, public):
            technical = checkpoint.vkey(origin, public)
            return Check("checkpoint", GOOD, "checkpoint_good", technical)
    return Check("checkpoint", BAD, "checkpoint_bad")
