"""Money in integer fen. Prices include VAT (含税); every line is rounded once, half up."""

from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "CNY"
BASIS = 10_000


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
    plain = text.strip().replace(",", "").replace("，", "").lstrip("¥￥")
    amount = Decimal(plain) if plain and all(c in "0123456789.-" for c in plain) else None
    if amount is None or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(text)
    return int(amount * 100)
