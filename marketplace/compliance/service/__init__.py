"""Commands of compliance: ask for a review, sit, conclude; stop a dataset and release it."""

from marketplace.compliance.service.reviews import (
    conclude,
    mark,
    request_review,
    sit,
    void_stale,
    withdraw,
)
from marketplace.compliance.service.take_downs import ask_to_lift, keep, lift, take_down

__all__ = [
    "ask_to_lift",
    "conclude",
    "keep",
    "lift",
    "mark",
    "request_review",
    "sit",
    "take_down",
    "void_stale",
    "withdraw",
]
