"""Profiles: the public one shows no value of fewer than ten rows."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.datasets import profile
from marketplace.datasets.columns import Column, settle


def told(name: str, values: list[Any], *, is_identifier: bool = False) -> tuple[Any, Any]:
    """The internal and the public profile of a column."""
    column = settle(pl.Series(name, values), is_text=False)
    counts = profile.value_counts(column.values)
    entry = profile.of_column(column, counts)
    return entry, profile.public_column(column, counts, entry, is_identifier=is_identifier)


def test_the_internal_profile_counts_exactly() -> None:
    entry, _ = told("a", [1, 2, 2, None, 5])

    assert (entry["type"], entry["nulls"], entry["distinct"]) == ("integer", 1, 3)
    assert (entry["min"], entry["max"], entry["median"]) == (1, 5, 2)
    assert entry["top"][0] == {"value": 2, "count": 2}
    assert sum(entry["histogram"]["counts"]) == 4


def test_rare_values_do_not_show_in_public() -> None:
    _, public = told("a", ["泉城广场"] * 30 + ["大明湖"] * 12 + ["某小区"] * 9)

    assert [cell["value"] for cell in public["top"]] == ["泉城广场"]


def test_the_rest_is_never_a_small_cell_either() -> None:
    _, public = told("a", ["x"] * 30 + ["y"] * 15)
    assert [cell["value"] for cell in public["top"]] == ["x", "y"]


def test_identifiers_and_keys_show_nothing_of_their_values() -> None:
    _, identifier = told("a", ["x"] * 50, is_identifier=True)
    _, key = told("b", [f"id{n}" for n in range(50)])

    for public in (identifier, key):
        assert not {"top", "bins", "low", "high"} & set(public)


def test_extremes_do_not_show_in_public() -> None:
    _, public = told("a", [*([10] * 50 + [20] * 60 + [30] * 50) * 10, 99_999])

    assert public["high"] < 99_999
    assert all(cell["share"] > 0 for cell in public["bins"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=100, max_size=400))
def test_no_number_of_fewer_than_ten_rows_shows(values: list[int]) -> None:
    _, public = told("a", values)
    column = pl.Series("a", values)

    for cell in public.get("bins", []):
        inside = column.is_between(cell["from"], cell["to"]).sum()
        assert inside >= 10 or cell is public["bins"][0] or cell is public["bins"][-1]
    for border in (public.get("low"), public.get("high")):
        if border is not None:
            rows = (column == border).sum()
            assert rows == 0 or rows >= 10


def test_dates_and_instants_have_ranges_and_histograms() -> None:
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), eager=True)
    column = Column("day", pl.concat([days] * 12), "date")
    counts = profile.value_counts(column.values)
    entry = profile.of_column(column, counts)
    public = profile.public_column(column, counts, entry, is_identifier=False)

    assert (entry["min"], entry["max"]) == ("2024-01-01", "2024-12-31")
    assert public["low"] <= "2024-01-04"
    assert len(public["bins"]) > 3


@pytest.mark.parametrize(
    ("counts", "merged"),
    [
        ([20, 3, 8, 5], [(0, 1, 20), (1, 4, 16)]),
        ([5, 5, 5], [(0, 3, 15)]),
        ([3, 4], []),
    ],
)
def test_small_bins_are_joined(counts: list[int], merged: list[tuple[int, int, int]]) -> None:
    assert profile.merge_small(counts) == merged


def test_texts_written_in_several_ways_are_counted() -> None:
    entry, _ = told("a", ["ABC"] * 5 + ["abc "] * 2 + ["ＡＢＣ"] + ["x"])

    assert entry["variants"] == 3


def test_a_column_of_nothing_is_told_too() -> None:
    entry, public = told("a", [None, None])

    assert (entry["nulls"], entry["distinct"]) == (2, 0)
    assert public["filled_share"] == 0.0
