"""The platform's fee: a schedule by day, shown before signing and frozen on each order. Pure.

Rates in basis points of the price including VAT; the fee includes VAT at `VAT_BP`, and the
provider bears it.
"""

from dataclasses import dataclass
from datetime import date

from marketplace.core.money import portion, split_vat

VAT_BP = 600
SCHEDULE: tuple[tuple[date, int], ...] = ((date(2026, 1, 1), 300),)


@dataclass(frozen=True)
class Fee:
    """What the platform takes of one price, in fen."""

    rate_bp: int
    amount_fen: int
    vat_bp: int
    vat_fen: int


def rate_on(day: date) -> int:
    """The rate in force on a day."""
    return max((start, rate) for start, rate in SCHEDULE if start <= day)[1]


def fee(price_fen: int, day: date) -> Fee:
    """The fee on a price agreed on a day."""
    rate = rate_on(day)
    amount = portion(price_fen, rate)
    return Fee(rate, amount, VAT_BP, split_vat(amount, VAT_BP)[1])
