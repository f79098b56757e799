"""What a price has to keep to: the rules for public data, and the reference."""

from marketplace.core.errors import Conflict, Invalid
from marketplace.datasets.models import Dataset
from marketplace.valuation import methods, queries
from marketplace.valuation.states import Purpose


def check_price(dataset: Dataset, purpose: str, price_fen: int) -> None:
    """Refuse what the price rules for public data refuse (S4); enterprise data is priced freely.

    Conflict `price_must_be_zero` for public welfare, `price_cap_missing` or `price_above_cap`
    for industry.
    """
    if dataset.data_kind != "public" or price_fen == 0:
        return
    if purpose == Purpose.WELFARE:
        raise Conflict("price_must_be_zero")
    cap = queries.cap(dataset.id)
    if cap is None:
        raise Conflict("price_cap_missing")
    if price_fen > cap.cap_fen:
        raise Conflict("price_above_cap", cap_fen=cap.cap_fen)


def ask_why(dataset: Dataset, price_fen: int, reason: str) -> None:
    """A price more than three times off the reference needs the provider's reason."""
    if not reason and methods.is_far(queries.reference(dataset.id), price_fen):
        raise Invalid("price_reason_missing", {"price_reason": ["price_reason_missing"]})
