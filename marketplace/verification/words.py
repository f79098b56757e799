"""A result as a program reads it, with the sentence that says what was proved."""

from typing import Any

from marketplace.core.instance import instance
from marketplace.verification.checks import Result
from marketplace.web.messages import label


def as_answer(result: Result) -> dict[str, Any]:
    """What anybody may know: no buyer, price, contract or quantity."""
    entry, certificate = result.found.entry, result.found.certificate
    return {
        "verdict": result.verdict,
        "kind": entry.kind if entry else None,
        "mode": instance().mode,
        "checked_at": result.at,
        "checks": result.checks,
        "certificate": certificate,
        "leaf": entry.leaf_hex if entry else None,
        "proves": label(f"verify.proves.{result.look}"),
    }
