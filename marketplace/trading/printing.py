"""A contract as a PDF answer, for both edges."""

from flask import Response

from marketplace.accounts import queries as accounts
from marketplace.core.clock import BEIJING
from marketplace.licensing import document
from marketplace.trading.models import Contract


def pdf_of(contract: Contract, language: str) -> Response:
    """The PDF with the signatures as they are now. The caller has asked leave."""
    names = accounts.names([contract.provider_id, contract.buyer_id])
    signatures = [
        {
            "organisation": names[one.organisation_id],
            "custody": one.custody,
            "kid": one.kid,
            "at": f"{one.signed_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} (UTC+8)",
            "jws": one.jws,
        }
        for one in contract.signatures
    ]
    answer = Response(
        document.as_pdf(contract.as_json, signatures, language), mimetype="application/pdf"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{contract.number}.pdf"'
    return answer
