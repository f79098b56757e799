"""Quality: each number has its numerator and its denominator."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from marketplace.datasets.quality import Description, Meaning, assess, codes_of, indicator

DESCRIBED = Description(8, 8, "monthly", date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 20))
MEANINGS = [
    Meaning("id", "编号", "", "", True),
    Meaning("kind", "类别", "", "A=甲；B=乙", False),
]


def column(name: str, **given: Any) -> dict[str, Any]:
    plain = {"type": "text", "mostly": "", "misfits": 0, "nulls": 0, "distinct": 1, "top": []}
    return {"name": name, "pii": [], **plain, **given}


def examined(**given: Any) -> dict[str, Any]:
    columns = [
        column("id", type="integer", distinct=98),
        column("kind", nulls=10, distinct=3, variants=2, top=[{"value": "A", "count": 80}]),
        column("day", type="date", min="2025-01-02", max="2026-02-01"),
    ]
    return {"rows": 100, "duplicates": 2, "complete_rows": 90, "columns": columns, **given}


def found(report: dict[str, Any], code: str) -> dict[str, Any]:
    return next(i for d in report["dimensions"] for i in d["indicators"] if i["code"] == code)


@pytest.mark.parametrize(
    ("code", "numerator", "denominator"),
    [
        ("cells", 290, 300),
        ("rows", 90, 100),
        ("no_duplicates", 98, 100),
        ("unique_keys", 98, 100),
        ("code_lists", 80, 80),
        ("one_spelling", 88, 90),
        ("within_coverage", 1, 2),
        ("dictionary", 2, 3),
        ("description", 8, 8),
        ("on_time", 20, 20),
    ],
)
def test_indicators_keep_what_they_counted(code: str, numerator: int, denominator: int) -> None:
    one = found(assess(examined(), MEANINGS, DESCRIBED), code)

    assert (one["numerator"], one["denominator"]) == (numerator, denominator)
    assert one["score"] == round(100 * numerator / denominator, 1)


def test_the_whole_is_the_weighted_mean_of_six_dimensions() -> None:
    report = assess(examined(), MEANINGS, DESCRIBED)

    scores = [(d["score"], d["weight"]) for d in report["dimensions"]]
    assert len(scores) == 6
    assert sum(weight for _, weight in scores) == 100
    assert report["overall"] == round(sum(s * w for s, w in scores) / 100, 1)
    assert report["date"] == "2026-01-20"


def test_what_cannot_be_measured_counts_for_nothing() -> None:
    report = assess(examined(), MEANINGS, replace(DESCRIBED, update_frequency="once"))

    assert found(report, "on_time")["score"] is None
    timeliness = next(d for d in report["dimensions"] if d["code"] == "timeliness")
    assert timeliness["score"] is None
    assert report["overall"] is not None
    assert indicator("x", 0, 0)["score"] is None


def test_late_data_scores_less() -> None:
    late = replace(DESCRIBED, today=date(2026, 12, 31))

    assert found(assess(examined(), MEANINGS, late), "on_time")["score"] == round(100 * 31 / 365, 1)


def test_code_lists_are_read_in_every_spelling() -> None:
    assert codes_of("A=甲；B＝乙\nC") == {"A", "B", "C"}
