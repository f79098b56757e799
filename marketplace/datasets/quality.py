"""Quality in the six dimensions of GB/T 36344-2018, each number with numerator and denominator. Pure.

An indicator's score is passed ÷ checked × 100; a dimension is the mean of its indicators, the whole
the weighted mean of the dimensions. What cannot be measured counts for nothing, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WEIGHTS = {
    "conformity": 15,  # 规范性
    "completeness": 25,  # 完整性
    "accuracy": 25,  # 准确性
    "consistency": 15,  # 一致性
    "timeliness": 10,  # 时效性
    "accessibility": 10,  # 可访问性
}
PERIOD_DAYS = {
    "realtime": 1,
    "daily": 1,
    "weekly": 7,
    "monthly": 31,
    "quarterly": 92,
    "yearly": 366,
}


@dataclass(frozen=True)
class Meaning:
    """What the dictionary says of one column."""

    name: str
    meaning: str
    unit: str
    code_list: str
    is_key: bool


@dataclass(frozen=True)
class Description:
    """What the provider says of the dataset."""

    filled: int
    asked: int
    update_frequency: str
    coverage_from: date | None
    coverage_to: date | None
    today: date


def assess(
    examined: dict[str, Any], meanings: Sequence[Meaning], described: Description
) -> dict[str, Any]:
    """The dated report. `examined` is what `examine.examine` found."""
    groups = {
        "conformity": _conformity(examined, meanings, described),
        "completeness": _completeness(examined, meanings),
        "accuracy": _accuracy(examined, meanings),
        "consistency": _consistency(examined, described),
        "timeliness": _timeliness(examined, described),
        "accessibility": _accessibility(examined, meanings),
    }
    dimensions = [_dimension(code, indicators) for code, indicators in groups.items()]
    counted = [one for one in dimensions if one["score"] is not None]
    weight = sum(one["weight"] for one in counted)
    total = sum(one["score"] * one["weight"] for one in counted)
    return {
        "standard": "GB/T 36344-2018",
        "method": 1,
        "date": described.today.isoformat(),
        "rows": examined["rows"],
        "overall": round(total / weight, 1) if weight else None,
        "dimensions": dimensions,
    }


def indicator(code: str, passed: int, checked: int) -> dict[str, Any]:
    """One number: how many were checked, how many passed."""
    score = round(100 * passed / checked, 1) if checked else None
    return {"code": code, "numerator": passed, "denominator": checked, "score": score}


def _dimension(code: str, indicators: list[dict[str, Any]]) -> dict[str, Any]:
    scores = [one["score"] for one in indicators if one["score"] is not None]
    score = round(sum(scores) / len(scores), 1) if scores else None
    return {"code": code, "weight": WEIGHTS[code], "score": score, "indicators": indicators}


def _conformity(
    examined: dict[str, Any], meanings: Sequence[Meaning], described: Description
) -> list[dict[str, Any]]:
    columns = examined["columns"]
    typed = [c for c in columns if c["mostly"] or c["type"] != "text"]
    checked = sum(examined["rows"] - c["nulls"] for c in typed)
    wrong = sum(c["misfits"] for c in typed)
    named = sum(1 for c in columns if not c["name"].startswith("column_"))
    explained = sum(1 for one in meanings if one.meaning)
    return [
        indicator("format", checked - wrong, checked),
        indicator("naming", named, len(columns)),
        indicator("dictionary", explained, len(columns)),
        indicator("description", described.filled, described.asked),
    ]


def _completeness(examined: dict[str, Any], meanings: Sequence[Meaning]) -> list[dict[str, Any]]:
    rows, columns = examined["rows"], examined["columns"]
    cells = rows * len(columns)
    empty = sum(c["nulls"] for c in columns)
    keys = {one.name for one in meanings if one.is_key}
    key_empty = sum(c["nulls"] for c in columns if c["name"] in keys)
    return [
        indicator("cells", cells - empty, cells),
        indicator("rows", examined["complete_rows"], rows),
        indicator("key_cells", rows * len(keys) - key_empty, rows * len(keys)),
    ]


def _accuracy(examined: dict[str, Any], meanings: Sequence[Meaning]) -> list[dict[str, Any]]:
    rows = examined["rows"]
    keys = {one.name for one in meanings if one.is_key}
    key_columns = [c for c in examined["columns"] if c["name"] in keys]
    single = key_columns[0] if len(key_columns) == 1 else None
    codes = _code_lists(examined, meanings)
    return [
        indicator("no_duplicates", rows - examined["duplicates"], rows),
        indicator("unique_keys", single["distinct"] if single else 0, rows if single else 0),
        indicator("code_lists", codes[0], codes[1]),
        _check_digits(examined),
    ]


def _code_lists(examined: dict[str, Any], meanings: Sequence[Meaning]) -> tuple[int, int]:
    """Rows of the most frequent values that stand in their declared list."""
    lists = {one.name: codes_of(one.code_list) for one in meanings if one.code_list}
    passed = checked = 0
    for column in examined["columns"]:
        allowed = lists.get(column["name"])
        if not allowed:
            continue
        for cell in column["top"]:
            checked += cell["count"]
            passed += cell["count"] if str(cell["value"]) in allowed else 0
    return passed, checked


def codes_of(code_list: str) -> frozenset[str]:
    """`A=甲；B=乙` or one per line: the codes before the equals sign."""
    parts = code_list.replace("；", ";").replace("\n", ";").replace("＝", "=").split(";")
    return frozenset(part.split("=")[0].strip() for part in parts if part.strip())


def _check_digits(examined: dict[str, Any]) -> dict[str, Any]:
    found = [
        one for c in examined["columns"] for one in c["pii"] if one["why"][:1] == ["check_digit"]
    ]
    return indicator(
        "check_digits",
        sum(one["passed"] for one in found),
        sum(one["candidates"] for one in found),
    )


def _consistency(examined: dict[str, Any], described: Description) -> list[dict[str, Any]]:
    texts = [c for c in examined["columns"] if c["type"] == "text"]
    checked = sum(examined["rows"] - c["nulls"] for c in texts)
    other = sum(c.get("variants", 0) for c in texts)
    passed, dated = _within_coverage(examined, described)
    return [
        indicator("one_spelling", checked - other, checked),
        indicator("within_coverage", passed, dated),
    ]


def _within_coverage(examined: dict[str, Any], described: Description) -> tuple[int, int]:
    """Date columns whose first and last value lie in the declared coverage."""
    if described.coverage_from is None or described.coverage_to is None:
        return 0, 0
    passed = checked = 0
    for column in examined["columns"]:
        if column["type"] not in {"date", "datetime"} or not column.get("min"):
            continue
        checked += 2
        first, last = column["min"][:10], column["max"][:10]
        passed += int(first >= described.coverage_from.isoformat())
        passed += int(last <= described.coverage_to.isoformat())
    return passed, checked


def _timeliness(examined: dict[str, Any], described: Description) -> list[dict[str, Any]]:
    """Days the update period allows against days since the data ends; one-off data is not late."""
    allowed = PERIOD_DAYS.get(described.update_frequency)
    last = described.coverage_to or _last_day(examined)
    if allowed is None or last is None:
        return [indicator("on_time", 0, 0)]
    late = max(1, (described.today - last).days)
    return [indicator("on_time", min(allowed, late), late)]


def _last_day(examined: dict[str, Any]) -> date | None:
    ends = [
        date.fromisoformat(c["max"][:10])
        for c in examined["columns"]
        if c["type"] in {"date", "datetime"} and c.get("max")
    ]
    return max(ends, default=None)


def _accessibility(examined: dict[str, Any], meanings: Sequence[Meaning]) -> list[dict[str, Any]]:
    return [
        indicator("readable", examined["rows"], examined["rows"]),
        indicator("machine_readable", 1, 1),
        indicator("dictionary_present", int(any(one.meaning for one in meanings)), 1),
    ]
