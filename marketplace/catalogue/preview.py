"""The columns of a product as its page shows them: kind, filled share, small distribution. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

KINDS = {
    "integer": "number", "number": "number", "date": "time", "datetime": "time",
    "boolean": "category",
}  # fmt: skip
SHOWN_ROWS = 10
SHOWN_COLUMNS = 12


class Described(Protocol):
    """What the dictionary says of a column."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def is_key(self) -> bool: ...


@dataclass(frozen=True)
class Head:
    """One column: its kind in the words of the fingerprint, and what the public profile tells."""

    name: str
    meaning: str
    kind: str
    filled: float
    shares: tuple[float, ...]
    distinct: int | None
    low: str
    high: str

    @property
    def is_number(self) -> bool:
        return self.kind == "number"


def heads(fields: Sequence[Described], profile: Mapping[str, Any] | None) -> list[Head]:
    """Every column in order; without a public profile only what the dictionary says."""
    told = {str(one["name"]): one for one in (profile or {}).get("columns", [])}
    return [_head(field, told.get(field.name, {})) for field in fields]


def rows(sample: Mapping[str, Any] | None, names: Sequence[str]) -> list[list[Any]]:
    """The first rows of a masked sample, in the order of these columns."""
    if not sample:
        return []
    places = {str(name): index for index, name in enumerate(sample.get("columns", []))}
    wanted = [places.get(name) for name in names]
    return [
        [None if place is None else row[place] for place in wanted]
        for row in sample.get("rows", [])[:SHOWN_ROWS]
    ]


def _head(field: Described, told: Mapping[str, Any]) -> Head:
    return Head(
        name=field.name,
        meaning=field.meaning,
        kind=_kind(field, told),
        filled=round(100 * float(told.get("filled_share", 1)), 1),
        shares=_shares(told),
        distinct=told.get("distinct"),
        low=str(told.get("low", "")),
        high=str(told.get("high", "")),
    )


def _kind(field: Described, told: Mapping[str, Any]) -> str:
    if field.is_key or told.get("is_identifier"):
        return "id"
    return KINDS.get(field.type, "category" if told.get("top") else "text")


def _shares(told: Mapping[str, Any]) -> tuple[float, ...]:
    bins = told.get("bins")
    if bins:
        return tuple(float(one["share"]) for one in bins)
    return tuple(float(one["count"]) for one in told.get("top", []))
