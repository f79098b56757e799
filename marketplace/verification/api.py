"""The public check for programs. Nobody needs to sign in."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from marketplace.receipts.schemas import ProofBundleOut
from marketplace.verification import bundles, checks, lookup
from marketplace.verification.posted import posted_bytes
from marketplace.verification.schemas import VerificationOut, VerifyIn
from marketplace.verification.words import as_answer
from marketplace.web.session import current_actor

bp = Blueprint("verify_api", __name__, url_prefix="/api/v1/verify", description="公开核验")


@bp.get("")
@bp.arguments(VerifyIn, location="query")
@bp.response(200, VerificationOut)
def check_key(given: dict[str, str]) -> dict[str, Any]:
    """Check by number, digest or id."""
    return as_answer(checks.run(lookup.by_key(given["q"])))


@bp.post("/file")
@bp.response(200, VerificationOut)
def check_file() -> dict[str, Any]:
    """Check a file (the body, as it is): record, bundle, contract JSON, certificate PDF. It is not kept."""
    return as_answer(checks.run(lookup.by_file(posted_bytes(request.stream))))


@bp.get("/records/<uuid:entry_id>/bundle")
@bp.response(200, ProofBundleOut)
def bundle(entry_id: UUID) -> dict[str, Any]:
    """The bundle of a record, for those who may open it."""
    return bundles.bundle(current_actor(), entry_id)
