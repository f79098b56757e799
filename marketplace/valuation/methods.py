"""How a price reference is worked out: pure functions on whole fen, each number kept for explaining.

Methods after 《数据资产评估指导意见》(中评协〔2023〕17号): cost `P = C × δ`, and market by closed
trades. The ceiling of public data follows the price rules for authorised operation (S4):
`R_max = C + C × r + T`. What comes out is a price reference; an appraisal needs a qualified firm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from marketplace.core.money import BASIS, portion, round_half_up

FEWEST_TRADES = 3
WINDOW_DAYS = 730
SPREAD_BP = 1_500
MOST_PREMIUM_BP = 600  # six percentage points above the ten-year treasury yield
WIDE = 3


@dataclass(frozen=True)
class Line:
    """One step of a calculation: a code that `web/messages` puts into words, and its numbers."""

    code: str
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Swing:
    """How far the middle moves when one assumption does."""

    code: str
    low_fen: int
    high_fen: int


@dataclass(frozen=True)
class Band:
    """A range by one method, in fen, with the way to it."""

    method: str
    low_fen: int
    middle_fen: int
    high_fen: int
    lines: tuple[Line, ...]
    swings: tuple[Swing, ...] = ()
    trades: int = 0


@dataclass(frozen=True)
class Reference:
    """The price reference of one dataset: the band that leads, and every band there is."""

    low_fen: int
    high_fen: int
    method: str
    bands: tuple[Band, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for band in self.bands for line in band.lines)


def quality_factor_bp(score: Decimal | None) -> int:
    """δ in basis points: 1.00 at a score of 80, ±0.01 a point, between 0.50 and 1.20; 1.00 unknown."""
    if score is None:
        return BASIS
    return max(5_000, min(12_000, 2_000 + round_half_up(score * 100)))


def by_cost(total_fen: int, *, buyers: int, margin_bp: int, score: Decimal | None) -> Band:
    """`P = C × δ`, spread over the sales the provider expects, within ±15 %."""
    factor = quality_factor_bp(score)
    middle = _cost_price(total_fen, buyers, margin_bp, factor)

    def price(total: int = total_fen, sold: int = buyers, factor_bp: int = factor) -> int:
        return _cost_price(total, sold, margin_bp, factor_bp)

    quarter = max(1, buyers // 4)
    tenth = portion(total_fen, 1_000)
    swings = (
        Swing("cost", price(total=total_fen - tenth), price(total=total_fen + tenth)),
        Swing("buyers", price(sold=buyers + quarter), price(sold=max(1, buyers - quarter))),
        Swing("quality", price(factor_bp=factor - 500), price(factor_bp=factor + 500)),
    )
    lines = (
        Line("cost_total", {"total": total_fen}),
        Line("cost_margin", {"percent": _percent(margin_bp)}),
        Line(
            "cost_quality",
            {"score": "—" if score is None else str(score), "factor": _factor(factor)},
        ),
        Line("cost_buyers", {"buyers": buyers}),
        Line("cost_spread", {"middle": middle, "percent": _percent(SPREAD_BP)}),
    )
    return Band(
        "cost",
        portion(middle, BASIS - SPREAD_BP),
        middle,
        portion(middle, BASIS + SPREAD_BP),
        lines,
        swings,
    )


def by_comparables(prices_fen: Sequence[int]) -> Band | None:
    """P25, median and P75 of closed trades; None with fewer than three."""
    if len(prices_fen) < FEWEST_TRADES:
        return None
    ordered = sorted(prices_fen)
    low, middle, high = (quantile(ordered, part) for part in (25, 50, 75))
    lines = (
        Line("market_trades", {"trades": len(ordered), "months": WINDOW_DAYS * 12 // 365}),
        Line("market_quartiles", {"low": low, "middle": middle, "high": high}),
    )
    return Band("market", low, middle, high, lines, trades=len(ordered))


def together(cost: Band | None, market: Band | None) -> Reference | None:
    """Trades lead where there are any; costs otherwise; None when neither is known."""
    bands = tuple(band for band in (market, cost) if band is not None)
    if not bands:
        return None
    return Reference(bands[0].low_fen, bands[0].high_fen, bands[0].method, bands)


def quantile(ordered: Sequence[int], percent: int) -> int:
    """The value below which `percent` of the ordered ones lie, between two by proportion."""
    place = Decimal(percent) * (len(ordered) - 1) / 100
    index = int(place)
    above = ordered[min(index + 1, len(ordered) - 1)]
    return round_half_up(ordered[index] + (above - ordered[index]) * (place - index))


def is_far(reference: Reference | None, price_fen: int) -> bool:
    """More than three times the top, or less than a third of the bottom: the provider says why."""
    if reference is None or price_fen == 0:
        return False
    return price_fen > reference.high_fen * WIDE or price_fen * WIDE < reference.low_fen


@dataclass(frozen=True)
class MostRevenue:
    """What the operator of public data may take in at most, and the steps to it."""

    cost_fen: int
    subsidy_fen: int
    yield_bp: int
    premium_bp: int
    tax_fen: int
    net_cost_fen: int
    return_fen: int
    revenue_fen: int


def most_revenue(
    *, cost_fen: int, subsidy_fen: int, yield_bp: int, premium_bp: int, tax_fen: int
) -> MostRevenue:
    """`R_max = C + C × r + T`, C after subsidy, r ≤ ten-year yield + 6 points; ValueError beyond."""
    if not 0 <= premium_bp <= MOST_PREMIUM_BP:
        raise ValueError("premium_above_six_points")
    net = max(0, cost_fen - subsidy_fen)
    gain = portion(net, yield_bp + premium_bp)
    return MostRevenue(
        cost_fen, subsidy_fen, yield_bp, premium_bp, tax_fen, net, gain, net + gain + tax_fen
    )


def deviation_bp(actual_fen: int, most_fen: int) -> int:
    """(actual − R_max) / R_max with its sign, in basis points; the yearly check asks at ±10 %."""
    if most_fen == 0:
        return 0
    return round_half_up(Decimal(actual_fen - most_fen) * BASIS / most_fen)


def _cost_price(total_fen: int, buyers: int, margin_bp: int, factor_bp: int) -> int:
    whole = Decimal(total_fen) * (BASIS + margin_bp) / BASIS * factor_bp / BASIS
    return round_half_up(whole / buyers)


def _percent(bp: int) -> str:
    return f"{Decimal(bp) / 100:.2f}".rstrip("0").rstrip(".")


def _factor(bp: int) -> str:
    return f"{Decimal(bp) / BASIS:.2f}"
