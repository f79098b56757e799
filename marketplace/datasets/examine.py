"""One pass over a table: profile, scan, sample and the measures that quality is scored from. Pure."""

import time
from collections.abc import Callable
from typing import Any

import polars as pl

from marketplace.datasets import profile, scanner
from marketplace.datasets.columns import Column, settle
from marketplace.datasets.readers import Table
from marketplace.datasets.scanner import Scanned

SAMPLE_ROWS = 100
HIDDEN = "***"


def examine(table: Table, *, sample: bool = True) -> dict[str, Any]:
    """Profile and scan every column, one at a time, so that memory is bounded by the widest.

    The answer holds `rows`, `seconds`, `columns`, `public_columns`, `duplicates`, `complete_rows`,
    `sample` and `details`; JSON values only.
    """
    started = time.monotonic()
    walk = _Walk(sample)
    for name in table.names:
        walk.take(settle(table.column(name), is_text=table.is_text))
    columns, public = walk.told()
    return {
        "format": str(table.format),
        "details": table.details,
        "rows": walk.rows,
        "columns": columns,
        "public_columns": public,
        "duplicates": walk.duplicates(),
        "complete_rows": walk.complete_rows(),
        "sample": walk.sample() if sample else None,
        "seconds": round(time.monotonic() - started, 3),
    }


class _Walk:
    """What is carried from column to column."""

    def __init__(self, sample: bool) -> None:
        self.rows = 0
        self._wants_sample = sample
        self._entries: list[dict[str, Any]] = []
        self._scanned: list[Scanned] = []
        self._publish: list[Callable[[bool], dict[str, Any]]] = []
        self._heads: list[tuple[str, pl.Series]] = []
        self._hash: pl.Series | None = None
        self._gaps: pl.Series | None = None

    def take(self, column: Column) -> None:
        """Profile and scan one column."""
        values = column.values
        self.rows = values.len()
        counts = profile.value_counts(values)
        entry = profile.of_column(column, counts)
        self._entries.append(entry)
        self._scanned.append(scanner.scan_column(column, counts))
        self._publish.append(_publisher(column, counts, entry))
        hashed = values.hash(seed=len(self._entries))
        self._hash = hashed if self._hash is None else self._hash * 31 + hashed
        gaps = values.is_null()
        self._gaps = gaps if self._gaps is None else self._gaps | gaps
        if self._wants_sample:
            self._heads.append((column.name, _safe_head(column, counts, entry)))

    def told(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The columns with their findings, and what of them may be published."""
        scanner.judge(self._scanned)
        public = []
        for entry, scanned, publish in zip(
            self._entries, self._scanned, self._publish, strict=True
        ):
            entry["pii"] = [one.as_dict() for one in scanned.findings]
            entry["cleared"] = [one.as_dict() for one in scanned.cleared]
            personal = any(one.is_personal for one in scanned.findings)
            if personal:
                _forget_values(entry)
            public.append(publish(personal))
        return self._entries, public

    def duplicates(self) -> int:
        """Rows that say exactly what an earlier row says."""
        return 0 if self._hash is None else self.rows - self._hash.n_unique()

    def complete_rows(self) -> int:
        """Rows without a missing value."""
        return 0 if self._gaps is None else int((~self._gaps).sum())

    def sample(self) -> dict[str, Any]:
        """The first rows, masked: identifiers hidden, texts of fewer than ten rows hidden."""
        cells = []
        for (_, head), scanned in zip(self._heads, self._scanned, strict=True):
            hide = any(one.is_personal for one in scanned.findings)
            cells.append(
                [
                    None if v is None else HIDDEN if hide else profile.plain(v)
                    for v in head.to_list()
                ]
            )
        names = [name for name, _ in self._heads]
        return {"columns": names, "rows": [list(row) for row in zip(*cells, strict=True)]}


def _forget_values(entry: dict[str, Any]) -> None:
    """No value of a person stays in a profile, not even in the internal one: counts do."""
    entry["top"] = []
    for name in ("min", "max", "p1", "median", "p99", "mean", "std", "histogram"):
        entry.pop(name, None)


def _publisher(
    column: Column, counts: pl.DataFrame, entry: dict[str, Any]
) -> Callable[[bool], dict[str, Any]]:
    """The public column for either outcome, without keeping the values until it is known."""
    open_ = profile.public_column(column, counts, entry, is_identifier=False)
    closed = profile.public_column(column, counts, entry, is_identifier=True)
    return lambda is_identifier: closed if is_identifier else open_


def _safe_head(column: Column, counts: pl.DataFrame, entry: dict[str, Any]) -> pl.Series:
    """The first values; keys and rare texts hidden, numbers and times as they are."""
    head = column.values.head(SAMPLE_ROWS)
    if entry["is_key_like"]:
        texts = head.cast(pl.String)
        return texts.set(texts.is_not_null(), HIDDEN)
    if column.type not in {"text", "boolean"}:
        return _light(column, head)
    often = counts.filter(pl.col("count") >= profile.CELL)["value"]
    rare = ~head.is_in(often.implode()) & head.is_not_null()
    return head.cast(pl.String).set(rare.fill_null(value=False), HIDDEN)


def _light(column: Column, head: pl.Series) -> pl.Series:
    """Numbers too long to be measurements are hidden like keys."""
    top = column.values.max()
    if column.type in {"integer", "number"} and isinstance(top, int | float) and top >= 1e10:
        texts = head.cast(pl.String)
        return texts.set(texts.is_not_null(), HIDDEN)
    return head
