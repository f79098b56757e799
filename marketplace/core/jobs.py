"""Periodic work that belongs to no step."""

from marketplace.core import limits, queue
from marketplace.core.database import transaction
from marketplace.core.holdings import holdings


def sweep() -> None:
    """Forget jobs done long ago, old tries, and what killed uploads left behind."""
    queue.sweep()
    with transaction():
        limits.sweep()
    holdings().store().sweep()
