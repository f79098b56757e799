"""The type of a column of texts, and the values that do not fit it. Pure."""

from dataclasses import dataclass

import polars as pl

NULL_TOKENS = ("NA", "N/A", "n/a", "NULL", "null", "\\N", "#N/A", "NaN", "nan", "None", "-", "--")
MOSTLY = 0.9
TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
)
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")


@dataclass(frozen=True)
class Column:
    """A column with its type. `misfits`: texts in a column that is otherwise of `mostly`."""

    name: str
    values: pl.Series
    type: str
    mostly: str = ""
    misfits: int = 0


def type_name(kind: pl.DataType) -> str:
    """The word for a Polars type: integer, number, text, boolean, date, time, other."""
    if kind.is_integer():
        return "integer"
    if kind.is_float() or kind.is_decimal():
        return "number"
    if kind == pl.Boolean:
        return "boolean"
    if kind == pl.Date:
        return "date"
    if isinstance(kind, pl.Datetime):
        return "datetime"
    return "text" if kind == pl.String else "other"


def settle(series: pl.Series, *, is_text: bool) -> Column:
    """The column with its type found; nulls written as words become nulls where the rest is typed."""
    if series.dtype != pl.String:
        kept = series if type_name(series.dtype) != "other" else series.cast(pl.String)
        return Column(series.name, kept, type_name(series.dtype))
    texts = series.replace("", None)
    if not is_text:
        return Column(series.name, texts, "text")
    present = texts.len() - texts.null_count()
    if present == 0:
        return Column(series.name, texts, "text")
    bare = texts.str.strip_chars()
    bare = bare.set(bare.is_in(NULL_TOKENS), None)
    wanted = bare.len() - bare.null_count()
    if wanted == 0:
        return Column(series.name, texts, "text")
    mostly, misfits = "", 0
    for kind, typed in _tries(bare, wanted):
        fitting = typed.len() - typed.null_count()
        if fitting == wanted:
            return Column(series.name, typed, kind)
        if fitting >= MOSTLY * wanted and fitting > 1:
            mostly, misfits = kind, wanted - fitting
            break
    return Column(series.name, texts, "text", mostly, misfits)


def _tries(bare: pl.Series, wanted: int) -> list[tuple[str, pl.Series]]:
    """The types a column of texts may have; the first that fits wins."""
    sample = bare.drop_nulls().head(200)
    found: list[tuple[str, pl.Series]] = []
    plain = r"^[+-]?(?:0|[1-9]\d{0,14})$"
    if sample.str.contains(plain).mean() > 0.5:  # type: ignore[operator]  # a share of booleans
        digits = bare.set(~bare.str.contains(plain), None)
        found.append(("integer", digits.cast(pl.Int64, strict=False)))
    number = r"^[+-]?(?:0|[1-9]\d{0,14}|)(?:\.\d+)?(?:[eE][+-]?\d+)?$"
    if sample.str.contains(number).mean() > 0.5:  # type: ignore[operator]
        numbers = bare.set(~bare.str.contains(number), None)
        found.append(("number", numbers.cast(pl.Float64, strict=False)))
    if sample.str.to_lowercase().is_in(["true", "false"]).mean() > 0.5:  # type: ignore[operator]
        lowered = bare.str.to_lowercase()
        found.append(
            (
                "boolean",
                pl.Series(bare.name, [True, False])
                .to_frame()
                .clear()
                .to_series()
                .append((lowered == "true").set(~lowered.is_in(["true", "false"]), None)),
            )
        )
    if sample.str.contains(r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}").mean() > 0.5:  # type: ignore[operator]
        found.extend(_times(bare, wanted))
    return found


def _times(bare: pl.Series, wanted: int) -> list[tuple[str, pl.Series]]:
    """Dates first, then instants; a column of midnights is a column of dates."""
    tries: list[tuple[str, pl.Series]] = []
    for form in DATE_FORMATS:
        dates = bare.str.to_date(form, strict=False, exact=True)
        if dates.len() - dates.null_count() >= MOSTLY * wanted:
            tries.append(("date", dates))
    for form in TIME_FORMATS:
        times = bare.str.to_datetime(form, strict=False, exact=True, time_zone=_zone(form))
        if times.len() - times.null_count() < MOSTLY * wanted:
            continue
        plain = times.dt.replace_time_zone(None)
        midnight = (plain.dt.hour() + plain.dt.minute() + plain.dt.second()).sum() == 0
        tries.append(("date", plain.dt.date()) if midnight else ("datetime", times))
    return tries


def _zone(form: str) -> str | None:
    return "UTC" if form.endswith(("%:z", "Z")) else None
