"""Prices worked out by hand, and by the examples of the rules."""

from decimal import Decimal

import pytest

from marketplace.valuation import methods


def test_the_worked_example_of_the_price_rules() -> None:
    worked = methods.most_revenue(
        cost_fen=1_000_000_000, subsidy_fen=0, yield_bp=180, premium_bp=600, tax_fen=0
    )

    assert worked.revenue_fen == 1_078_000_000


def test_a_subsidy_lowers_the_cost_that_counts_and_never_below_zero() -> None:
    worked = methods.most_revenue(
        cost_fen=100, subsidy_fen=500, yield_bp=180, premium_bp=0, tax_fen=7
    )

    assert (worked.net_cost_fen, worked.revenue_fen) == (0, 7)


def test_a_premium_above_six_points_is_refused() -> None:
    with pytest.raises(ValueError, match="premium"):
        methods.most_revenue(cost_fen=1, subsidy_fen=0, yield_bp=0, premium_bp=601, tax_fen=0)


@pytest.mark.parametrize(
    ("score", "factor"),
    [(None, 10_000), ("80", 10_000), ("93.6", 11_360), ("0", 5_000), ("130", 12_000)],
)
def test_the_quality_factor_is_one_at_eighty(score: str | None, factor: int) -> None:
    assert methods.quality_factor_bp(None if score is None else Decimal(score)) == factor


def test_the_cost_method_spreads_cost_and_margin_over_the_licences() -> None:
    band = methods.by_cost(10_000_000, buyers=4, margin_bp=2_000, score=Decimal(80))

    assert (band.low_fen, band.middle_fen, band.high_fen) == (2_550_000, 3_000_000, 3_450_000)
    assert all(swing.low_fen <= band.middle_fen <= swing.high_fen for swing in band.swings)


def test_fewer_than_three_trades_are_no_comparables() -> None:
    assert methods.by_comparables([100, 200]) is None


def test_quartiles_lie_between_trades_by_proportion() -> None:
    band = methods.by_comparables([400, 100, 300, 200])

    assert band is not None
    assert (band.low_fen, band.middle_fen, band.high_fen) == (175, 250, 325)


def test_trades_lead_where_there_are_any() -> None:
    cost = methods.by_cost(1_000, buyers=1, margin_bp=0, score=None)
    market = methods.by_comparables([5, 6, 7])

    assert methods.together(None, None) is None
    reference = methods.together(cost, market)
    assert reference is not None
    assert (reference.method, len(reference.bands)) == ("market", 2)


@pytest.mark.parametrize(
    ("price", "far"), [(0, False), (301, True), (300, False), (33, True), (34, False)]
)
def test_more_than_three_times_off_is_far(price: int, far: bool) -> None:
    reference = methods.Reference(100, 100, "cost", ())

    assert methods.is_far(reference, price) is far


def test_the_yearly_deviation_keeps_its_sign() -> None:
    assert methods.deviation_bp(90, 100) == -1_000
    assert methods.deviation_bp(111, 100) == 1_100
    assert methods.deviation_bp(1, 0) == 0
