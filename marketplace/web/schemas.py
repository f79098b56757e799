"""Shapes that every step's `schemas.py` builds on. Unknown fields are refused."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from marketplace.core.money import fen_of


class In(Schema):
    """What comes in, by API or form."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "field_unknown", "type": "field_invalid"}


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
    """A string without blanks at its ends; full-width blanks count."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        trimmed = super()._deserialize(value, attr, data, **kwargs).strip(" \t\r\n\u3000")
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
