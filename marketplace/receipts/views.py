"""Receipts for people: a list, one receipt, its bundle to keep."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.core.access import visible
from marketplace.core.errors import NotSignedIn
from marketplace.core.signing import payload_of
from marketplace.ledger import log, proof
from marketplace.receipts import queries
from marketplace.receipts.models import Receipt
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

views = Blueprint("receipts", __name__, url_prefix="/receipts")


@views.get("/")
def index() -> ResponseReturnValue:
    """The receipts of one's organisation."""
    actor = current_actor()
    if actor.is_anonymous:
        raise NotSignedIn("sign_in_required")
    page = page_of(visible(actor, Receipt), Receipt, request.args.get("cursor"))
    return render_template("receipts/index.html", page=page)


@views.get("/<uuid:receipt_id>")
def show(receipt_id: UUID) -> ResponseReturnValue:
    """One receipt with the state of its logging."""
    receipt = queries.receipt(current_actor(), receipt_id)
    entry = queries.record_of(receipt)
    return render_template(
        "receipts/show.html",
        receipt=receipt,
        entry=entry,
        logged=log.status(entry),
        signed=payload_of(entry.jws) if entry.jws else None,
    )


@views.get("/<uuid:receipt_id>/bundle.json")
def bundle(receipt_id: UUID) -> ResponseReturnValue:
    """The bundle as a file."""
    receipt = queries.receipt(current_actor(), receipt_id)
    answer: Response = jsonify(proof.bundle(queries.record_of(receipt)))
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt.id}.json"'
    return answer
