"""The profile of data that stays at its provider's: JSON that the provider signed. Pure.

Counts are integers, since signed JSON holds no floats: `{"dataset_id", "rows", "content_sha256",
"duplicates", "complete_rows", "columns": [{"name", "type", "nulls", "distinct", "pii": [kind]}]}`.
"""

import re
from typing import Any

from marketplace.core.canonical import read_strict, sha256_hex
from marketplace.core.errors import Invalid
from marketplace.datasets.identifiers import ORGANISATIONAL, SENSITIVE, Kind
from marketplace.datasets.readers import MOST_COLUMNS

TYPES = {"integer", "number", "text", "boolean", "date", "datetime", "other"}
MOST_BYTES = 2 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")


def read(payload: bytes, dataset_id: str) -> dict[str, Any]:
    """The signed statement in the shape that `examine` gives; Invalid `profile_not_valid`."""
    if len(payload) > MOST_BYTES:
        raise Invalid("profile_not_valid", {"profile": ["field_too_long"]}, reason="size")
    told = read_strict(payload)
    _check(told, dataset_id)
    rows = told["rows"]
    return {
        "format": "profile",
        "details": {"signed": True},
        "rows": rows,
        "columns": [_column(one) for one in told["columns"]],
        "public_columns": [_public(one, rows) for one in told["columns"]],
        "duplicates": told.get("duplicates", 0),
        "complete_rows": told.get("complete_rows", 0),
        "sample": None,
        "seconds": 0,
        "content_sha256": told.get("content_sha256") or sha256_hex(payload),
    }


def _check(told: Any, dataset_id: str) -> None:
    reason = _wrong(told, dataset_id)
    if reason:
        raise Invalid("profile_not_valid", {"profile": ["profile_not_valid"]}, reason=reason)


def _wrong(told: Any, dataset_id: str) -> str:
    """What is wrong with it, in one word; empty when nothing is."""
    if not isinstance(told, dict) or told.get("dataset_id") != dataset_id:
        return "dataset_id"
    if not _is_count(told.get("rows")) or told["rows"] == 0:
        return "rows"
    if any(
        not _is_count(told.get(key, 0), told["rows"]) for key in ("duplicates", "complete_rows")
    ):
        return "counts"
    digest = told.get("content_sha256", "0" * 64)
    if not isinstance(digest, str) or not SHA256.fullmatch(digest):
        return "content_sha256"
    columns = told.get("columns")
    if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_COLUMNS:
        return "columns"
    if any(not _is_column(one, told["rows"]) for one in columns):
        return "columns"
    return "" if len({one["name"] for one in columns}) == len(columns) else "columns"


def _is_count(value: Any, most: int = 10**15) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_column(one: Any, rows: int) -> bool:
    if not isinstance(one, dict) or one.get("type") not in TYPES:
        return False
    name, kinds = one.get("name"), one.get("pii", [])
    if not isinstance(name, str) or not 1 <= len(name) <= 200 or not isinstance(kinds, list):
        return False
    known = {str(kind) for kind in Kind}
    counted = _is_count(one.get("nulls", 0), rows) and _is_count(one.get("distinct", 0), rows)
    return counted and all(kind in known for kind in kinds)


def _column(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["name"],
        "type": one["type"],
        "mostly": "",
        "misfits": 0,
        "nulls": one.get("nulls", 0),
        "distinct": one.get("distinct", 0),
        "is_key_like": False,
        "top": [],
        "pii": [_finding(kind) for kind in one.get("pii", [])],
        "cleared": [],
    }


def _finding(kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "count": None,
        "share": None,
        "confidence": "high",
        "why": ["stated"],
        "examples": [],
        "candidates": 0,
        "passed": 0,
        "chance": 0.0,
        "personal": kind not in ORGANISATIONAL,
        "sensitive": kind in SENSITIVE,
    }


def _public(one: dict[str, Any], rows: int) -> dict[str, Any]:
    return {
        "name": one["name"],
        "type": one["type"],
        "filled_share": round((rows - one.get("nulls", 0)) / rows, 3),
        "distinct": one.get("distinct", 0),
        "is_identifier": any(kind not in ORGANISATIONAL for kind in one.get("pii", [])),
    }
