"""What the machine finds before anybody looks: from scan, declaration, use and standing. Pure.

A finding has a `code`, a `kind` (ok, warning, block) and facts; a `block` is a coded reason that no
reviewer can pass over.
"""

from typing import Any

from marketplace.compliance.grade import CONTROLLED_MODES
from marketplace.compliance.states import Grade, Reason

OK, WARNING, BLOCK = "ok", "warning", "block"


def of_version(
    version: Any, dataset: Any, use: Any, fields: Any, standing: Any
) -> list[dict[str, Any]]:
    """The findings about one content offered for one use; `standing` is that of public data."""
    return [
        _personal_information(version, dataset),
        _state_secret(dataset),
        _dictionary(fields),
        _purposes(use),
        *_public(dataset, standing),
    ]


def blocks(findings: list[dict[str, Any]]) -> list[str]:
    """The codes of what stands against any pass."""
    return [one["code"] for one in findings if one["kind"] == BLOCK]


def against_grade(grade: Grade | str, delivery_modes: list[str]) -> list[str]:
    """Why data of this grade may not be offered this way."""
    if Grade(grade) == Grade.CORE:
        return [Reason.GRADE_CORE]
    if Grade(grade) == Grade.IMPORTANT and not set(delivery_modes) <= CONTROLLED_MODES:
        return [Reason.IMPORTANT_NEEDS_CONTROLLED_DELIVERY]
    return []


def _finding(code: str, kind: str, **facts: Any) -> dict[str, Any]:
    return {"code": str(code), "kind": kind, "facts": facts}


def _personal_information(version: Any, dataset: Any) -> dict[str, Any]:
    """What the scan found blocks a pass, declared or not: it has to be masked first (PIPL 73)."""
    columns = [
        {"column": column["name"], "rule": one["kind"], "hits": one["count"]}
        for column in (version.scan or {}).get("columns", [])
        for one in column.get("pii", [])
        if one.get("personal", True)
    ]
    if version.has_personal_information:
        return _finding(Reason.PERSONAL_INFORMATION_PRESENT, BLOCK, columns=columns[:50])
    if version.has_personal_information is None:
        return _finding("personal_information_not_scanned", WARNING)
    if dataset.declares_personal_information:
        return _finding("personal_information_declared", WARNING)
    return _finding("no_personal_information_found", OK)


def _state_secret(dataset: Any) -> dict[str, Any]:
    if (dataset.declaration or {}).get("state_secret_reviewed"):
        return _finding("state_secret_declared_reviewed", OK)
    return _finding(Reason.STATE_SECRET_REVIEW_MISSING, BLOCK)


def _dictionary(fields: Any) -> dict[str, Any]:
    missing = [one.name for one in fields if not one.meaning]
    if missing:
        return _finding(
            Reason.DICTIONARY_INCOMPLETE, WARNING, missing=missing[:50], count=len(missing)
        )
    return _finding("dictionary_has_meanings", OK, count=len(list(fields)))


def _purposes(use: Any) -> dict[str, Any]:
    if "reidentification" in use.prohibited:
        return _finding("reidentification_forbidden", OK)
    return _finding("reidentification_not_forbidden", WARNING)


def _public(dataset: Any, standing: Any) -> list[dict[str, Any]]:
    if dataset.data_kind != "public":
        return []
    if standing.is_complete:
        return [
            _finding(
                "public_standing_live",
                OK,
                registration_code=standing.registration.code,
                purpose=standing.authorisation.purpose,
            )
        ]
    return [_finding(Reason.PUBLIC_STANDING_MISSING, BLOCK)]
