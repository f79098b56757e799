"""A version's quality as people read it: six dimensions, each with its numerators and denominators.

The counts come from `datasets`, which measured the content; here they are only summed up. A score
is passed ÷ checked × 100; a dimension without a check has none and does not count (GB/T 36344).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DIMENSIONS = (
    "conformity",
    "completeness",
    "accuracy",
    "consistency",
    "timeliness",
    "accessibility",
)  # 规范性 完整性 准确性 一致性 时效性 可访问性
BANDS = ((90, "a"), (75, "b"), (60, "c"), (0, "d"))


@dataclass(frozen=True)
class Check:
    """One indicator: how many were checked and how many passed."""

    code: str
    passed: int
    checked: int


@dataclass(frozen=True)
class Dimension:
    """One of the six, with its checks. `score` is None where nothing could be checked."""

    name: str
    score: Decimal | None
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Summary:
    """All six and the mean of those that could be checked."""

    score: Decimal | None
    dimensions: tuple[Dimension, ...]

    @property
    def band(self) -> str:
        """`a` from 90, `b` from 75, `c` from 60, `d` below, empty when not measured."""
        if self.score is None:
            return ""
        return next(name for least, name in BANDS if self.score >= least)


def summary(measured: Mapping[str, Any] | None) -> Summary:
    """Sum up a version's `quality` column; all dimensions unknown when it is empty."""
    by_name = _by_name(measured or {})
    dimensions = tuple(_dimension(name, by_name.get(name)) for name in DIMENSIONS)
    scores = [one.score for one in dimensions if one.score is not None]
    overall = _round(sum(scores, Decimal()) / len(scores)) if scores else None
    return Summary(overall, dimensions)


def _by_name(measured: Mapping[str, Any]) -> dict[str, Any]:
    given = measured.get("dimensions", measured)
    if isinstance(given, Mapping):
        return dict(given)
    return {str(one.get("name") or one.get("dimension")): one for one in given}


def _dimension(name: str, given: Any) -> Dimension:
    checks = tuple(_checks(name, given or {}))
    counted = [one for one in checks if one.checked > 0]
    if not counted:
        return Dimension(name, None, checks)
    parts = [Decimal(one.passed) * 100 / one.checked for one in counted]
    return Dimension(name, _round(sum(parts, Decimal()) / len(parts)), checks)


def _checks(name: str, given: Mapping[str, Any]) -> list[Check]:
    rows = given.get("checks") or given.get("indicators") or given.get("metrics")
    if rows is None and ("numerator" in given or "passed" in given):
        rows = [{**given, "code": name}]
    return [
        Check(
            str(row.get("code") or row.get("name") or name),
            int(row.get("numerator", row.get("passed", 0)) or 0),
            int(row.get("denominator", row.get("checked", 0)) or 0),
        )
        for row in rows or []
    ]


def _round(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
