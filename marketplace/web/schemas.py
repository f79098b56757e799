"""Shapes that every step's `schemas.py` builds on. Unknown fields are refused."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    pre_load,
    validate,
    validates_schema,
)

from marketplace.core.money import fen_of

FIRST_YEAR, LAST_YEAR = 1000, 2999
_HALF_OR_NUL = re.compile("[\x00\ud800-\udfff]")


class In(Schema):
    """What comes in, by API or form."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "field_unknown", "type": "field_invalid"}

    @pre_load
    def _refuse_unstorable(self, data: Any, **_kwargs: Any) -> Any:
        """NUL, half characters and endless integers fit into no column, however deep they stand."""
        if isinstance(data, Mapping):
            wrong = {name: code for name, given in data.items() if (code := _unstorable(given))}
            if wrong:
                raise ValidationError({name: [code] for name, code in wrong.items()})
        return data

    @validates_schema
    def _within_the_calendar(self, data: Any, **_kwargs: Any) -> None:
        """Years that no sum with days can push out of the calendar."""
        far = [
            name
            for name, value in (data.items() if isinstance(data, Mapping) else ())
            if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR
        ]
        if far:
            raise ValidationError({name: ["field_out_of_range"] for name in far})


def _unstorable(given: Any) -> str | None:
    """The code of the first value in `given` that no column could hold."""
    left = [given]
    while left:
        one = left.pop()
        if isinstance(one, str) and _HALF_OR_NUL.search(one):
            return "field_invalid"
        if isinstance(one, int) and not -(2**63) <= one < 2**63:
            return "field_out_of_range"
        if isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            left += one
    return None


class Out(Schema):
    """What goes out."""


class Fen(fields.Integer):
    """An amount in fen, from 0 to 10^15. Forms may send yuan in a field named `…_yuan` instead."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = validate.Range(0, 10**15, error="field_out_of_range")
        super().__init__(strict=True, validate=bounds, **kwargs)


class Yuan(fields.Field[int]):
    """An amount that a person types in yuan; loads as integer fen."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            amount = fen_of(str(value))
        except (ValueError, ArithmeticError):
            raise ValidationError("field_invalid") from None
        if not 0 <= amount <= 10**15:
            raise ValidationError("field_out_of_range")
        return amount


def text(most: int, *, least: int = 1, required: bool = True, **kwargs: Any) -> fields.String:
    """A trimmed text of `least` to `most` characters."""
    return Trimmed(
        required=required,
        validate=validate.Length(
            min=least if required else 0,
            max=most,
            error="field_too_long" if least <= 1 else "field_invalid",
        ),
        **kwargs,
    )


def choice(options: Any, *, required: bool = True, **kwargs: Any) -> fields.String:
    """One of a StrEnum's (or a list's) values."""
    values = [str(option) for option in options]
    return Trimmed(
        required=required, validate=validate.OneOf(values, error="field_invalid"), **kwargs
    )


class Trimmed(fields.String):
    """A string without blanks at its ends (full-width blanks count), NUL and half characters."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        trimmed = super()._deserialize(value, attr, data, **kwargs).strip(" \t\r\n\u3000")
        if _HALF_OR_NUL.search(trimmed):
            raise ValidationError("field_invalid")
        if self.required and trimmed == "":
            raise ValidationError("field_required")
        return trimmed


def codes_of(messages: Any) -> dict[str, list[str]]:
    """marshmallow's messages as field → codes, nested names joined with dots."""
    flat: dict[str, list[str]] = {}
    _walk(messages, "", flat)
    return flat


def _walk(messages: Any, path: str, flat: dict[str, list[str]]) -> None:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            _walk(inner, f"{path}.{name}" if path else str(name), flat)
    elif isinstance(messages, list):
        flat[path or "_schema"] = [_code(one) for one in messages]
    else:
        flat[path or "_schema"] = [_code(messages)]


_KNOWN = {
    "Missing data for required field.": "field_required",
    "Field may not be null.": "field_required",
    "Unknown field.": "field_unknown",
}


def _code(message: Any) -> str:
    text_ = str(message)
    if text_ in _KNOWN:
        return _KNOWN[text_]
    return text_ if text_.replace("_", "").isalnum() and text_.islower() else "field_invalid"
