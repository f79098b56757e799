"""Periodic work of the ledger."""

from marketplace.ledger import erasure


def erase_expired() -> None:
    """Erase bodies and salts whose retention is over; the commitments stay."""
    erasure.erase_expired()
