"""A version's quality as people read it: six dimensions, each with its numerators and denominators.

`datasets` measured and weighed the content (GB/T 36344); its report is only read here. A dimension in
which nothing could be checked has no score and does not count.
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


def summary(report: Mapping[str, Any] | None) -> Summary:
    """Read a version's `quality` column; all dimensions unknown when it is empty."""
    told = {str(one["code"]): one for one in (report or {}).get("dimensions", [])}
    dimensions = tuple(_dimension(name, told.get(name, {})) for name in DIMENSIONS)
    return Summary(_score((report or {}).get("overall")), dimensions)


def _dimension(name: str, told: Mapping[str, Any]) -> Dimension:
    checks = tuple(
        Check(str(one["code"]), int(one["numerator"]), int(one["denominator"]))
        for one in told.get("indicators", [])
    )
    return Dimension(name, _score(told.get("score")), checks)


def _score(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
