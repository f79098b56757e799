"""What a column holds: the full internal profile, and the public one in cells of at least ten. Pure."""

from datetime import UTC, date, datetime
from math import floor, isfinite, log10
from typing import Any

import polars as pl

from marketplace.datasets.columns import Column

CELL = 10
BINS = 20
TOP = 10
KEY_SHARE = 0.95
KEY_ROWS = 20
ENOUGH_FOR_RANGE = 100
EPOCH = date(1970, 1, 1)


def value_counts(values: pl.Series) -> pl.DataFrame:
    """The distinct values and how often each stands, most often first."""
    return values.alias("value").value_counts(sort=True, name="count")


def of_column(column: Column, counts: pl.DataFrame) -> dict[str, Any]:
    """The internal profile of one column: may show any value; never leaves the provider and staff."""
    rows = column.values.len()
    nulls = column.values.null_count()
    present = counts.drop_nulls("value")
    distinct = present.height
    filled = rows - nulls
    entry: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "mostly": column.mostly,
        "misfits": column.misfits,
        "nulls": nulls,
        "distinct": distinct,
        "is_key_like": _is_key_like(column.type, distinct, filled),
        "top": [
            {"value": plain(value), "count": count}
            for value, count in present.head(TOP).iter_rows()
        ],
    }
    if column.type == "text":
        entry.update(_lengths(present))
    elif column.type in {"integer", "number", "date", "datetime"} and distinct:
        entry.update(_range(column))
        entry["histogram"] = _histogram(column.type, present)
    return entry


def _is_key_like(kind: str, distinct: int, filled: int) -> bool:
    return kind in {"text", "integer"} and filled >= KEY_ROWS and distinct >= KEY_SHARE * filled


def _lengths(present: pl.DataFrame) -> dict[str, Any]:
    if present.height == 0:
        return {}
    lengths = present["value"].str.len_chars()
    return {"shortest": lengths.min(), "longest": lengths.max(), "variants": variants(present)}


def variants(present: pl.DataFrame) -> int:
    """Rows whose text is another way of writing a more frequent one: blanks, case, full width."""
    if present.height > 50_000:
        return 0
    folded = present.with_columns(
        fold=pl.col("value").str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    )
    groups = folded.group_by("fold").agg(
        pl.len().alias("ways"), pl.col("count").sum(), pl.col("count").max().alias("most")
    )
    return int(
        groups.filter(pl.col("ways") > 1).select((pl.col("count") - pl.col("most")).sum()).item()
    )


def _range(column: Column) -> dict[str, Any]:
    values = column.values
    found: dict[str, Any] = {"min": plain(values.min()), "max": plain(values.max())}
    numbers = _numbers(values, column.type).drop_nulls()
    for name, share in (("p1", 0.01), ("median", 0.5), ("p99", 0.99)):
        quantile = numbers.quantile(share, interpolation="nearest")
        found[name] = from_number(float(quantile or 0), column.type)
    if column.type in {"integer", "number"}:
        found["mean"] = plain(values.mean())
        found["std"] = plain(values.std())
    return found


def _numbers(values: pl.Series, kind: str) -> pl.Series:
    """Numbers as they are, days since 1970, seconds since 1970."""
    if kind == "date":
        return values.to_physical().cast(pl.Float64)
    if kind == "datetime":
        return values.dt.epoch("s").cast(pl.Float64)
    numbers = values.cast(pl.Float64)
    return numbers.set(~numbers.is_finite(), None) if values.dtype.is_float() else numbers


def _histogram(kind: str, present: pl.DataFrame) -> dict[str, Any]:
    numbers = _numbers(present["value"], kind)
    low, high = numbers.min(), numbers.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return {}
    bins = min(BINS, int(high - low) + 1) if kind != "number" else BINS
    counted = binned(numbers, present["count"], low, high, bins)
    return {"low": low, "high": high, "counts": counted}


def binned(numbers: pl.Series, counts: pl.Series, low: float, high: float, bins: int) -> list[int]:
    """How many rows fall into each of `bins` equal parts; what lies outside goes to the ends."""
    width = (high - low) / bins or 1.0
    place = ((numbers - low) / width).floor().clip(0, bins - 1).cast(pl.Int32)
    grouped = (
        pl.DataFrame({"place": place, "count": counts})
        .drop_nulls()
        .group_by("place")
        .agg(pl.col("count").sum())
    )
    totals = [0] * bins
    for index, count in grouped.iter_rows():
        totals[index] = int(count)
    return totals


# ---------------------------------------------------------------- public


def public_column(
    column: Column, counts: pl.DataFrame, entry: dict[str, Any], *, is_identifier: bool
) -> dict[str, Any]:
    """What anybody may read: no value that stands fewer than ten times, none of an identifier."""
    rows = column.values.len()
    filled = rows - int(entry["nulls"])
    shown: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "filled_share": round(filled / rows, 3) if rows else 0.0,
        "distinct": entry["distinct"] if entry["distinct"] >= CELL or rows >= CELL else None,
        "is_identifier": is_identifier,
    }
    if is_identifier or entry["is_key_like"] or filled < CELL:
        return shown
    present = counts.drop_nulls("value")
    if column.type in {"text", "boolean"}:
        shown["top"] = _public_top(present, filled)
    elif "histogram" in entry:
        shown.update(_public_range(column, present, entry, filled))
    return shown


def _public_top(present: pl.DataFrame, filled: int) -> list[dict[str, Any]]:
    """Values of ten rows or more; one more is held back where the rest would be under ten."""
    often = present.filter(pl.col("count") >= CELL).head(TOP)
    cells = [{"value": plain(value), "count": int(count)} for value, count in often.iter_rows()]
    rest = filled - sum(cell["count"] for cell in cells)
    return cells[:-1] if 0 < rest < CELL else cells


def _public_range(
    column: Column, present: pl.DataFrame, entry: dict[str, Any], filled: int
) -> dict[str, Any]:
    """P1 to P99 moved outwards to round borders that are no rare value, in bins of ten rows or more."""
    if filled < ENOUGH_FOR_RANGE:
        return {}
    numbers = _numbers(present["value"], column.type)
    counts = present["count"]
    low, high = (to_number(entry[name], column.type) for name in ("p1", "p99"))
    step = round_step((high - low) / 10)
    low = _border(numbers, counts, floor(low / step) * step, -step)
    high = _border(numbers, counts, (floor(high / step) + 1) * step, step)
    bins = max(1, min(BINS, round((high - low) / step)))
    merged = merge_small(binned(numbers, counts, low, high, bins))
    width = (high - low) / bins
    return {
        "low": from_number(low, column.type),
        "high": from_number(high, column.type),
        "bins": [
            {"from": low + start * width, "to": low + end * width, "share": round(n / filled, 3)}
            for start, end, n in merged
        ],
    }


def _border(numbers: pl.Series, counts: pl.Series, border: float, step: float) -> float:
    """The border itself, or further out where it is a value of fewer than ten rows."""
    for _ in range(8):
        rows = int(counts.filter(numbers == border).sum())
        if rows == 0 or rows >= CELL:
            return border
        border += step / 2
    return border


def merge_small(counts: list[int]) -> list[tuple[int, int, int]]:
    """Neighbouring bins joined until each holds ten rows: (first, past the last, rows)."""
    cells: list[tuple[int, int, int]] = []
    start, held = 0, 0
    for index, count in enumerate(counts):
        held += count
        if held >= CELL:
            cells.append((start, index + 1, held))
            start, held = index + 1, 0
    if start < len(counts) and cells:
        first, _, rows = cells.pop()
        cells.append((first, len(counts), rows + held))
    return cells


def round_step(width: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    if width <= 0 or not isfinite(width):
        return 1.0
    size = 10.0 ** floor(log10(width))
    return next(size * part for part in (1, 2, 5, 10) if size * part >= width)


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return float(f"{value:.9g}") if isfinite(value) else None
    if isinstance(value, str):
        return value[:200]
    return value if isinstance(value, int | bool) or value is None else str(value)[:200]


def from_number(number: float, kind: str) -> Any:
    """A border or quantile in the column's own terms."""
    if kind == "date":
        return date.fromordinal(EPOCH.toordinal() + int(number)).isoformat()
    if kind == "datetime":
        return datetime.fromtimestamp(number, tz=UTC).isoformat()
    return int(number) if kind == "integer" and number == int(number) else plain(number)


def to_number(value: Any, kind: str) -> float:
    """The reverse of `from_number`."""
    if kind == "date":
        return float(date.fromisoformat(value).toordinal() - EPOCH.toordinal())
    if kind == "datetime":
        return datetime.fromisoformat(value).timestamp()
    return float(value)
