"""What a state looks like, and the scales of the charts that the server draws."""

from collections.abc import Sequence
from decimal import Decimal
from math import floor, log10

from marketplace.core.access import GRANTS, Permission
from marketplace.web.messages import label

GOOD = {
    "accepted", "active", "admitted", "approved", "available", "confirmed", "delivered", "done",
    "effective", "issued", "listed", "matched", "open", "paid", "passed", "published", "ready",
    "registered", "released", "resolved", "settled", "signed", "succeeded", "valid", "verified",
}  # fmt: skip
WAITING = {
    "answered", "assigned", "awaiting_acceptance", "awaiting_delivery", "awaiting_payment",
    "awaiting_signature", "checking", "countered", "disputed", "due", "in_review", "investigating",
    "negotiating", "notice", "objected", "offered", "on_hold", "paused", "pending", "processing",
    "queued", "received", "refunding", "requested", "returned", "reviewing", "running", "scanning",
    "second_review", "submitted", "uploading",
}  # fmt: skip
BAD = {
    "damaged", "declined", "dismissed", "expired", "failed", "frozen", "infected", "invalid",
    "overdue", "quarantined", "refused", "rejected", "revoked", "suspended", "taken_down", "upheld",
    "void", "voided",
}  # fmt: skip


def kind_of(status: str) -> str:
    """`ok`, `w` (waiting), `b` (bad) or plain: never the only sign, the word stands beside it."""
    word = str(status).lower()
    if word in GOOD:
        return "ok"
    if word in WAITING:
        return "w"
    return "b" if word in BAD else ""


def holders(permission: str) -> list[str]:
    """The names of the roles that hold a permission, for the page that refuses."""
    known = [role for role, held in GRANTS.items() if permission in {str(one) for one in held}]
    return [label(f"role.{role}") for role in known] if permission in set(Permission) else []


def ceiling(values: Sequence[float | int | Decimal]) -> float:
    """The top of an axis that starts at 0: the next 1, 2, 2.5 or 5 times a power of ten."""
    top = float(max([*values, 0]))
    if top <= 0:
        return 1.0
    size = 10.0 ** floor(log10(top))
    return next(step * size for step in (1, 2, 2.5, 5, 10) if step * size >= top * 0.999999)


def ticks(top: float) -> list[float]:
    """Four or five round marks from 0 to the top of an axis."""
    parts = 4 if round(top / 10.0 ** floor(log10(top)), 6) == 2 else 5
    return [top * part / parts for part in range(parts + 1)]


def short(value: float | int | Decimal) -> str:
    """A number for a chart's mark: no needless decimals, thousands apart."""
    number = float(value)
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:,.1f}" if abs(number) >= 10 else f"{number:,.2f}".rstrip("0")
