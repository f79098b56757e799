"""Derived tables: what each method does to a column."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from marketplace.core.errors import Invalid
from marketplace.datasets import masks, readers

SECRET = b"k" * 32
CONTENT = "姓名,手机,日期,金额\n王芳,13800138000,2025-03-07,127\n李伟,13900139000,2025-04-09,13\n".encode()


def derived(folder: Path, *recipe: dict[str, Any]) -> pl.DataFrame:
    path, target = folder / "upload", folder / "out.parquet"
    path.write_bytes(CONTENT)
    table = readers.open_table(path, "a.csv", folder)
    masks.derive(table, recipe, SECRET, target)
    return pl.read_parquet(target)


def test_each_method_does_what_it_says(tmp_path: Path) -> None:
    frame = derived(
        tmp_path,
        {"column": "姓名", "method": "mask"},
        {"column": "手机", "method": "hash"},
        {"column": "日期", "method": "generalise", "to": "month"},
        {"column": "金额", "method": "generalise", "to": "50"},
    )

    assert frame["姓名"].to_list() == ["王***", "李***"]
    assert frame["手机"].to_list() == [
        masks.pseudonym(SECRET, "13800138000"),
        masks.pseudonym(SECRET, "13900139000"),
    ]
    assert frame["日期"].to_list() == ["2025-03", "2025-04"]
    assert frame["金额"].to_list() == [100, 0]


def test_a_dropped_column_is_gone_and_years_are_years(tmp_path: Path) -> None:
    frame = derived(
        tmp_path,
        {"column": "姓名", "method": "drop"},
        {"column": "日期", "method": "generalise", "to": "year"},
        {"column": "手机", "method": "generalise", "to": "3"},
    )

    assert frame.columns == ["手机", "日期", "金额"]
    assert frame["日期"].to_list() == ["2025", "2025"]


def test_a_pseudonym_cannot_be_made_without_the_key() -> None:
    assert masks.pseudonym(SECRET, "a") != masks.pseudonym(b"x" * 32, "a")


@pytest.mark.parametrize(
    ("recipe", "code"),
    [
        ([], "recipe_empty"),
        ([{"column": "x", "method": "drop"}], "recipe_column_unknown"),
        ([{"column": "a", "method": "drop"}] * 2, "recipe_column_unknown"),
        (
            [{"column": "a", "method": "drop"}, {"column": "b", "method": "drop"}],
            "recipe_drops_all",
        ),
    ],
)
def test_recipes_that_make_no_sense_are_refused(recipe: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        masks.check(recipe, ["a", "b"])
