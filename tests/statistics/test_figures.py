"""What is published of counted cells, and that nothing withheld can be found again."""

from datetime import date
from itertools import product

import pytest

from marketplace.statistics.definitions import DEFINITIONS, GOAL_FEN, definition
from marketplace.statistics.figures import Cell, figures, months_between, path, withheld

DAY = date(2026, 11, 22)
SECTORS = ("transport", "health", "weather")
KINDS = ("public", "enterprise")


def cell(month: str, sector: str, trades: int, kind: str = "enterprise") -> Cell:
    return Cell(month, sector, kind, trades, trades * 1_000)


def test_small_parts_are_withheld_with_another_one() -> None:
    assert withheld({"a": 1, "b": 5, "c": 9}) == {"a", "b"}
    assert withheld({"a": 0, "b": 5, "c": 9}) == frozenset()
    assert withheld({"a": 1, "b": 1, "c": 9}) == {"a", "b", "c"}
    assert withheld({"a": 2, "b": 1, "c": 9}) == {"a", "b"}


def test_no_withheld_part_stands_alone_or_sums_to_fewer_than_three() -> None:
    for counts in product(range(6), repeat=4):
        trades = dict(zip("abcd", counts, strict=True))
        hidden = withheld(trades)
        assert all(name in hidden for name, count in trades.items() if 0 < count < 3)
        if hidden and any(n >= 3 for name, n in trades.items() if name not in hidden):
            assert len(hidden) >= 2
            assert sum(trades[name] for name in hidden) >= 3


def test_months_are_joined_until_each_group_has_three() -> None:
    counts = {"2026-07": 2, "2026-08": 1, "2026-09": 4, "2026-10": 1}
    cells = [cell(month, "health", trades) for month, trades in counts.items()]

    found = figures(cells, DAY, sectors=SECTORS, kinds=KINDS, open_total=False)

    assert [(one.name, one.trades) for one in found.by_month] == [
        ("2026-07–2026-08", 3),
        ("2026-09–2026-10", 5),
    ]
    assert found.cumulative == [("2026-08", 3_000), ("2026-10", 8_000)]


@pytest.mark.parametrize(
    ("trades", "open_total", "shown"),
    [(2, False, None), (2, True, 2_000), (3, False, 3_000), (0, False, 0)],
)
def test_a_total_of_fewer_than_three_is_withheld_in_production(
    trades: int, open_total: bool, shown: int | None
) -> None:
    cells = [cell("2026-11", "health", trades)] if trades else []

    found = figures(cells, DAY, sectors=SECTORS, kinds=KINDS, open_total=open_total)

    assert found.total.amount_fen == shown
    assert found.total.trades == trades


def test_sectors_without_trades_are_kept_as_zero() -> None:
    found = figures([], DAY, sectors=SECTORS, kinds=KINDS, open_total=False)

    assert [(one.name, one.amount_fen) for one in found.by_sector] == [(one, 0) for one in SECTORS]


def test_the_path_is_straight_and_ends_at_the_goal() -> None:
    assert path(0, date(2025, 1, 1)).due_by_now_fen == 0
    assert path(0, date(2027, 12, 31)).due_by_now_fen == GOAL_FEN
    assert path(GOAL_FEN, DAY).needed_per_month_fen == 0
    assert path(None, DAY).needed_per_month_fen is None
    assert path(0, DAY).needed_per_month_fen == -(-GOAL_FEN // 14)
    assert months_between(date(2027, 12, 1), date(2027, 12, 31)) == 1


def test_definitions_are_numbered_one_after_another() -> None:
    assert [one.version for one in DEFINITIONS] == list(range(1, len(DEFINITIONS) + 1))
    assert definition() is DEFINITIONS[-1]
    assert definition(1).zh != definition(1).en
