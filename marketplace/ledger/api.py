"""The log for programs: heads, proofs of inclusion and of consistency. All public."""

from typing import Any

from flask_smorest import Blueprint

from marketplace.core.errors import NotFound
from marketplace.ledger import log, proof, queries
from marketplace.ledger.models import Checkpoint
from marketplace.ledger.schemas import LogConsistencyIn, LogConsistencyOut, LogHeadOut, LogProofOut

bp = Blueprint("log_api", __name__, url_prefix="/api/v1/log", description="The transparency log")


@bp.get("/checkpoint")
@bp.response(200, LogHeadOut)
def newest() -> Checkpoint:
    """The newest signed tree head."""
    head = queries.latest()
    if head is None:
        raise NotFound("checkpoint_unknown")
    return head


@bp.get("/consistency")
@bp.arguments(LogConsistencyIn, location="query")
@bp.response(200, LogConsistencyOut)
def consistency(given: dict[str, int]) -> dict[str, Any]:
    """That the log of the older checkpoint is a prefix of the newer one's."""
    return {**given, "proof": proof.consistency(given["old"], given["new"])}


@bp.get("/proofs/<string:digest>")
@bp.response(200, LogProofOut)
def inclusion(digest: str) -> dict[str, Any]:
    """The proof that a digest (of a leaf or of a record) is in the log."""
    entry = log.entry_by_digest(digest)
    if entry is None:
        raise NotFound("digest_unknown")
    return proof.logged(entry)
