"""How long we wait before we look again at what the gateway did not answer (payments.md 3)."""

from datetime import timedelta

MINUTE = timedelta(minutes=1)
PATIENCE = (
    MINUTE,
    5 * MINUTE,
    60 * MINUTE,
    360 * MINUTE,
    *(timedelta(days=1) for _ in range(5)),
)
