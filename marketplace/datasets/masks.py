"""Deriving a table by masking, dropping, generalising or keyed hashing of columns. Pure but for the file.

A recipe is a list of `{"column", "method", "to"}`. De-identified data is still personal information
until nothing is found in it (PIPL arts 4, 73).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from marketplace.core.errors import Invalid
from marketplace.datasets.columns import Column, settle
from marketplace.datasets.readers import Table

PSEUDONYM = 16  # characters of the keyed digest that are kept
BINS = (10, 100, 1000, 10_000)


class Method(StrEnum):
    """What is done to a column."""

    MASK = "mask"
    DROP = "drop"
    GENERALISE = "generalise"
    HASH = "hash"


def check(recipe: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    """Invalid when a column is unknown, named twice, or nothing would be left."""
    wanted = [step["column"] for step in recipe]
    if not wanted:
        raise Invalid("recipe_empty", {"recipe": ["recipe_empty"]})
    if len(set(wanted)) != len(wanted) or not set(wanted) <= set(names):
        raise Invalid("recipe_column_unknown", {"recipe": ["recipe_column_unknown"]})
    dropped = [step for step in recipe if step["method"] == Method.DROP]
    if len(dropped) == len(names):
        raise Invalid("recipe_drops_all", {"recipe": ["recipe_drops_all"]})


def derive(table: Table, recipe: Sequence[dict[str, Any]], secret: bytes, target: Path) -> None:
    """Write the derived table as Parquet, one column in memory at a time while it is changed."""
    steps = {step["column"]: step for step in recipe}
    check(recipe, table.names)
    kept: list[pl.Series] = []
    for name in table.names:
        step = steps.get(name)
        if step and step["method"] == Method.DROP:
            continue
        column = settle(table.column(name), is_text=table.is_text)
        kept.append(_changed(column, step, secret) if step else column.values)
    pl.DataFrame(kept).write_parquet(target, compression="zstd")


def _changed(column: Column, step: dict[str, Any], secret: bytes) -> pl.Series:
    methods: dict[str, Callable[[], pl.Series]] = {
        Method.MASK: lambda: _by_value(column.values, _masked),
        Method.HASH: lambda: _by_value(column.values, lambda text: pseudonym(secret, text)),
        Method.GENERALISE: lambda: _general(column, str(step.get("to") or "")),
    }
    return methods[step["method"]]().alias(column.name)


def pseudonym(secret: bytes, text: str) -> str:
    """The same text gives the same name under one key, and no one without the key can try texts."""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM]


def _masked(text: str) -> str:
    """The first character, then as many stars as anybody may guess: the length is hidden too."""
    return f"{text[:1]}***"


def _by_value(values: pl.Series, change: Callable[[str], str]) -> pl.Series:
    texts = values.cast(pl.String)
    distinct = texts.drop_nulls().unique()
    changed = [change(text) for text in distinct.to_list()]
    return texts.replace_strict(
        distinct, pl.Series(changed, dtype=pl.String), default=None, return_dtype=pl.String
    )


def _general(column: Column, to: str) -> pl.Series:
    """Dates to month or year, numbers down to the border of their bin, texts to their start."""
    if column.type in {"date", "datetime"}:
        return column.values.dt.strftime("%Y" if to == "year" else "%Y-%m")
    if column.type in {"integer", "number"}:
        width = int(to) if to.isdigit() and int(to) > 0 else BINS[0]
        return ((column.values / width).floor() * width).cast(pl.Int64)
    keep = int(to) if to.isdigit() else 3
    return column.values.str.slice(0, keep)
