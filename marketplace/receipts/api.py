"""Receipts for programs of their two parties."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from marketplace.core.access import visible
from marketplace.core.errors import NotSignedIn
from marketplace.ledger import proof
from marketplace.receipts import queries
from marketplace.receipts.models import Receipt
from marketplace.receipts.schemas import (
    ProofBundleOut,
    ReceiptPageIn,
    UsageReceiptOut,
    UsageReceiptsOut,
)
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

bp = Blueprint("receipts_api", __name__, url_prefix="/api/v1/receipts", description="用数凭证")


@bp.get("")
@bp.arguments(ReceiptPageIn, location="query")
@bp.response(200, UsageReceiptsOut)
def index(given: dict[str, Any]) -> Any:
    """The receipts of your organisation, newest first."""
    actor = current_actor()
    if actor.is_anonymous:
        raise NotSignedIn("sign_in_required")
    rows = visible(actor, Receipt)
    if given["order_id"]:
        rows = queries.of_order(actor, given["order_id"])
    return page_of(rows, Receipt, given["cursor"])


@bp.get("/<uuid:receipt_id>")
@bp.response(200, UsageReceiptOut)
def show(receipt_id: UUID) -> Receipt:
    """One receipt."""
    return queries.receipt(current_actor(), receipt_id)


@bp.get("/<uuid:receipt_id>/bundle")
@bp.response(200, ProofBundleOut)
def bundle(receipt_id: UUID) -> dict[str, Any]:
    """The signed record with salt, proof of logging and keys; 409 for the few seconds before it is sealed."""
    return proof.bundle(queries.record_of(queries.receipt(current_actor(), receipt_id)))
