"""Money in integer fen. Prices include VAT (含税); every line is rounded once, half up."""

import re
from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "CNY"
BASIS = 10_000
# commas stand between thousands or not at all: `12,50` is nobody's 1250
_YUAN = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,18})(?:\.[0-9]{1,2})?")


def round_half_up(value: Decimal) -> int:
    """A whole number of fen, halves away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def portion(amount_fen: int, basis_points: int) -> int:
    """`amount × bp / 10000`, half up: a commission or a share."""
    return round_half_up(Decimal(amount_fen) * basis_points / BASIS)


def split_vat(gross_fen: int, rate_bp: int) -> tuple[int, int]:
    """A VAT-inclusive amount as (net, VAT); the two sum to the gross exactly."""
    net = round_half_up(Decimal(gross_fen) * BASIS / (BASIS + rate_bp))
    return net, gross_fen - net


def yuan(amount_fen: int) -> str:
    """`3800000` → `38,000.00`."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{cents:02d}"


def fen_of(text: str) -> int:
    """`38,000.00` → `3800000`. ValueError when it is not an amount in yuan with at most two decimals."""
    plain = text.strip().lstrip("¥￥").replace("，", ",")
    if not _YUAN.fullmatch(plain):
        raise ValueError(text)
    return int(Decimal(plain.replace(",", "")) * 100)
