"""What a number, a digest, an id or a file refers to."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.canonical import sha256_hex
from marketplace.core.database import db
from marketplace.core.errors import Invalid
from marketplace.core.signing import payload_of, unb64url
from marketplace.ledger import log
from marketplace.ledger.models import LogEntry
from marketplace.ledger.proof import FORMAT
from marketplace.receipts.models import Receipt
from marketplace.rights import printing
from marketplace.rights.models import Certificate
from marketplace.rights.queries import certificate_by_number
from marketplace.trading.models import Contract

HEX = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(rb"SJ\d{13}(?:-DEMO)?|QS-YJ-\d{6}-\d{4}")
JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
MOST_FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Found:
    """What was looked for. `content_matches`: None when no content was handed in."""

    key: str
    entry: LogEntry | None = None
    certificate: Certificate | None = None
    content_matches: bool | None = None

    @property
    def is_known(self) -> bool:
        return self.entry is not None or self.certificate is not None


def by_key(key: str, content_matches: bool | None = None) -> Found:
    """A certificate's number, a digest in hex, or an unguessable id."""
    plain = unicodedata.normalize("NFKC", key).strip()
    certificate = certificate_by_number(plain.upper()) or certificate_by_number(plain)
    if certificate is not None:
        entry = log.entry_of(certificate.id, "registration")
        return Found(plain, entry, certificate, content_matches)
    if HEX.fullmatch(plain.lower()):
        return _with_certificate(plain, _by_digest(plain.lower()), content_matches)
    try:
        return _with_certificate(plain, _by_id(UUID(plain)), content_matches)
    except ValueError:
        return Found(plain)


def by_file(data: bytes) -> Found:
    """A record (JWS), a bundle, a contract's JSON or a certificate's PDF. Only its hash is used."""
    exact = by_key(sha256_hex(data.strip()), True)
    if exact.is_known:
        return exact
    exact = by_key(sha256_hex(data), True)
    if exact.is_known:
        return exact
    if data.startswith(b"%PDF"):
        return _by_pdf(data)
    text = data.decode("utf-8", "replace").strip()
    if JWS.fullmatch(text):
        return _by_record(text, exact.key)
    return _by_bundle(text, exact.key)


def _by_digest(digest: str) -> LogEntry | None:
    entry = log.entry_by_digest(digest)
    if entry is not None:
        return entry
    contract_id = db.session.scalar(select(Contract.id).where(Contract.digest == digest))
    return log.entry_of(contract_id, "contract") if contract_id else None


def _by_id(key: UUID) -> LogEntry | None:
    entry = db.session.scalars(select(LogEntry).where(LogEntry.id == key)).one_or_none()
    if entry is not None:
        return entry
    receipt = db.session.get(Receipt, key)
    if receipt is not None:
        return db.session.scalars(
            select(LogEntry).where(LogEntry.id == receipt.log_entry_id)
        ).one_or_none()
    return log.entry_of(key, "registration")


def _with_certificate(key: str, entry: LogEntry | None, content_matches: bool | None) -> Found:
    certificate = None
    if entry is not None and entry.subject_type == Certificate.__tablename__:
        certificate = db.session.get(Certificate, entry.subject_id)
    return Found(key, entry, certificate, content_matches)


def _by_record(jws: str, key: str) -> Found:
    """A record that is not one of ours byte for byte: what it claims to be, if it says so."""
    try:
        payload = payload_of(jws)
    except Invalid:
        return Found(key)
    claimed = str(payload.get("jti", "")) if isinstance(payload, dict) else ""
    found = by_key(claimed.removeprefix("urn:uuid:"), False) if claimed else Found(key)
    return found if found.is_known else Found(key)


def _by_bundle(text: str, key: str) -> Found:
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError):
        return Found(key)
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        return Found(key)
    record = str(bundle.get("record", ""))
    found = by_key(sha256_hex(record.encode()), True)
    if not found.is_known or found.entry is None:
        return _by_record(record, key)
    return Found(found.key, found.entry, found.certificate, _salt_fits(bundle, found.entry))


def _salt_fits(bundle: dict[str, Any], entry: LogEntry) -> bool:
    try:
        salt = unb64url(bundle["salt"]) if bundle.get("salt") else b""
    except (ValueError, TypeError):
        return False
    given = sha256_hex(salt + str(bundle["record"]).encode())
    return given == entry.leaf_hex == bundle.get("leaf")


def _by_pdf(data: bytes) -> Found:
    """A certificate's paper is printed again and compared byte for byte."""
    plain = data.replace(b"\x00", b"")  # the title may stand in UTF-16
    for number in dict.fromkeys(NUMBER.findall(plain)):
        certificate = certificate_by_number(number.decode())
        if certificate is None:
            continue
        entry = log.entry_of(certificate.id, "registration")
        matches = printing.of_certificate(certificate) == data
        return Found(certificate.number, entry, certificate, matches)
    return Found(sha256_hex(data))
