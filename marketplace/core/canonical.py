"""Canonical bytes (RFC 8785) and strict intake of JSON that will be signed."""

import hashlib
import json
from typing import Any

import rfc8785

from marketplace.core.errors import Invalid


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a value without floats; amounts beyond 2^53 go as strings."""
    try:
        _refuse_floats(value)
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as wrong:  # lone surrogates, great integers, depth
        raise Invalid("json_not_strict", reason=str(wrong)[:200]) from wrong


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_strict(data: bytes) -> Any:
    """Parse JSON that will be signed: no duplicate keys, floats, NaN or lone surrogates."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as wrong:
        raise Invalid("json_not_strict", reason=str(wrong)[:200]) from wrong
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"not an integer: {text}")


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise Invalid("float_in_signed_record")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
