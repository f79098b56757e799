"""Figures out of counted cells: sums, what is withheld, and the path to the goal. Pure functions.

Nothing of fewer than three trades is published, and nothing published lets it be found by
subtraction: parts of one sum are withheld together, months are joined until each group has three.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.statistics.definitions import FEWEST, GOAL_DAY, GOAL_FEN, PATH_FROM


@dataclass(frozen=True)
class Cell:
    """What was settled in one month, sector and kind."""

    month: str
    sector: str
    data_kind: str
    trades: int
    amount_fen: int


@dataclass(frozen=True)
class Part:
    """One published part of the sum; amount and trades are None where they are withheld."""

    name: str
    trades: int | None
    amount_fen: int | None

    @property
    def is_withheld(self) -> bool:
        return self.amount_fen is None


@dataclass(frozen=True)
class Path:
    """Where the sum should stand on a day, and what each month from then on has to bring."""

    goal_fen: int
    goal_day: date
    due_by_now_fen: int
    months_left: int
    needed_per_month_fen: int | None


@dataclass(frozen=True)
class Figures:
    """Everything that is public about the trades up to an instant."""

    total: Part
    by_sector: tuple[Part, ...]
    by_kind: tuple[Part, ...]
    by_month: tuple[Part, ...]
    path: Path

    @property
    def cumulative(self) -> list[tuple[str, int]]:
        """The growing sum at the end of each published group of months."""
        points: list[tuple[str, int]] = []
        total = 0
        for part in self.by_month:
            if part.amount_fen is None:
                return points
            total += part.amount_fen
            points.append((part.name.rsplit("–", 1)[-1], total))
        return points


def figures(
    cells: Sequence[Cell],
    day: date,
    *,
    sectors: Sequence[str],
    kinds: Sequence[str],
    open_total: bool,
) -> Figures:
    """What may be published of these cells. `open_total`: the total is shown however few trades."""
    trades = sum(one.trades for one in cells)
    amount = sum(one.amount_fen for one in cells)
    shown = open_total or trades == 0 or trades >= FEWEST
    total = Part("total", trades, amount if shown else None)
    return Figures(
        total,
        _parts(sectors, ((one.sector, one) for one in cells)),
        _parts(kinds, ((one.data_kind, one) for one in cells)),
        _months(cells, open_total),
        path(amount if shown else None, day),
    )


def withheld(trades: Mapping[str, int]) -> frozenset[str]:
    """The parts to withhold: small ones, and more until no sum of the hidden ones tells them apart."""
    hidden = {name for name, count in trades.items() if 0 < count < FEWEST}
    others = sorted(
        (name for name, count in trades.items() if count >= FEWEST),
        key=lambda name: (trades[name], name),
    )
    while hidden and others and (len(hidden) < 2 or sum(trades[one] for one in hidden) < FEWEST):
        hidden.add(others.pop(0))
    return frozenset(hidden)


def path(amount_fen: int | None, day: date) -> Path:
    """The straight way from nothing on the first day to the goal on the last."""
    whole, gone = (GOAL_DAY - PATH_FROM).days, (min(day, GOAL_DAY) - PATH_FROM).days
    due = GOAL_FEN * max(0, gone) // whole
    left = max(1, months_between(day, GOAL_DAY))
    needed = None if amount_fen is None else -(-max(0, GOAL_FEN - amount_fen) // left)
    return Path(GOAL_FEN, GOAL_DAY, due, left, needed)


def months_between(first: date, last: date) -> int:
    """Calendar months from one day's to another's, both counted."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _parts(names: Sequence[str], given: Iterable[tuple[str, Cell]]) -> tuple[Part, ...]:
    trades = dict.fromkeys(names, 0)
    amounts = dict.fromkeys(names, 0)
    for name, cell in given:
        trades[name] = trades.get(name, 0) + cell.trades
        amounts[name] = amounts.get(name, 0) + cell.amount_fen
    hidden = withheld(trades)
    return tuple(
        Part(name, None, None) if name in hidden else Part(name, trades[name], amounts[name])
        for name in trades
    )


def _months(cells: Sequence[Cell], open_total: bool) -> tuple[Part, ...]:
    """Neighbouring months joined until each group has three trades; the rest joins the last group."""
    trades: dict[str, int] = {}
    amounts: dict[str, int] = {}
    for cell in cells:
        trades[cell.month] = trades.get(cell.month, 0) + cell.trades
        amounts[cell.month] = amounts.get(cell.month, 0) + cell.amount_fen
    groups: list[list[str]] = [[]]
    for month in sorted(trades):
        if sum(trades[one] for one in groups[-1]) >= FEWEST:
            groups.append([])
        groups[-1].append(month)
    if len(groups) > 1 and sum(trades[one] for one in groups[-1]) < FEWEST:
        rest = groups.pop()
        groups[-1] += rest
    return tuple(_group(one, trades, amounts, open_total) for one in groups if one)


def _group(
    months: Sequence[str], trades: Mapping[str, int], amounts: Mapping[str, int], open_total: bool
) -> Part:
    name = months[0] if len(months) == 1 else f"{months[0]}–{months[-1]}"
    count = sum(trades[one] for one in months)
    if count < FEWEST and not open_total:
        return Part(name, None, None)
    return Part(name, count, sum(amounts[one] for one in months))
