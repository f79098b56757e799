"""The content of a compliance opinion as a W3C Verifiable Credential 2.0: pure."""

from collections.abc import Sequence
from typing import Any

from marketplace.compliance.models import Review, Verdict
from marketplace.core.clock import iso, now
from marketplace.core.signing import ALGORITHM

CONTEXT = "https://www.w3.org/ns/credentials/v2"


def content(
    review: Review,
    *,
    provider: Any,
    verdicts: Sequence[Verdict],
    title: str,
    issuer_id: str,
    public_url: str,
) -> dict[str, Any]:
    """What is signed as `vc+jwt`. Reviewers stand in it by seat and organisation, not by name."""
    return {
        "@context": [CONTEXT],
        "id": f"{public_url}/verify/{review.opinion_number}",
        "type": ["VerifiableCredential", "ComplianceOpinion"],
        "issuer": {"id": issuer_id},
        "validFrom": iso(review.decided_at or now()),
        "credentialSubject": {
            "id": f"urn:uuid:{review.version_id}",
            "dataset": str(review.dataset_id),
            "title": title,
            "number": review.opinion_number,
            "case": review.number,
            "digest": {"algorithm": "sha-256", "value": review.subject_digest},
            "provider": {"name": provider.name, "creditCode": provider.credit_code},
            "outcome": str(review.status),
            "grade": str(review.grade),
            "reasons": [str(one) for one in review.reasons],
            "verdicts": [
                {
                    "seat": str(one.seat),
                    "organisation": str(one.organisation_id),
                    "outcome": str(one.outcome),
                    "writtenAt": iso(one.created_at),
                }
                for one in verdicts
            ],
            "signatureAlgorithm": ALGORITHM,
        },
    }
