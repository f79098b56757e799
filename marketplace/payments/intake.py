"""What pages and API do alike with an uploaded invoice or bank statement: read it, then one command."""

import hashlib
from typing import Any
from uuid import UUID

from flask import request

from marketplace.accounts import papers as uploads
from marketplace.core.access import Actor, Permission, require
from marketplace.core.database import transaction
from marketplace.core.errors import Invalid
from marketplace.core.holdings import holdings
from marketplace.payments import invoice_face, papers, service, statement
from marketplace.payments.models import Invoice, StatementImport
from marketplace.rights import queries as rights


def keep_statement(actor: Actor, file_name: str, raw: bytes) -> StatementImport:
    """Read a statement and enter what is new. Invalid names the line that cannot be read."""
    require(actor, Permission.BANK_IMPORT)
    lines = statement.read(raw, papers.account_of(rights.platform())["number"])
    digest = hashlib.sha256(raw).hexdigest()
    with transaction():
        return service.import_statement(actor, file_name, digest, lines)


def keep_invoice(actor: Actor, order_id: UUID, given: dict[str, Any]) -> Invoice:
    """Store the request's file, read it where it is XML, compare, keep. Invalid names what differs."""
    require(actor, Permission.INVOICE_UPLOAD)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("invalid", {"file": ["field_required"]})
    paper = uploads.receive("invoice", file.filename, iter(lambda: file.stream.read(65536), b""))
    face = None
    if paper.media_type == "application/xml":
        face = invoice_face.read(b"".join(holdings().store().read(paper.blob.address)))
    typed = service.Typed(
        kind=given["kind"],
        number=given["number"],
        issued_on=given["issued_on"],
        amount_fen=given["amount_yuan"],
        vat_fen=given["vat_yuan"],
        buyer_name=given["buyer_name"],
        buyer_credit_code=given["buyer_credit_code"],
    )
    with transaction():
        return service.upload_invoice(actor, order_id, typed, paper, face)
