"""How often one may object: per account, or per address for who has none. Pure."""

import hashlib
from datetime import timedelta

from marketplace.core.access import Actor

MOST_OBJECTIONS = 5
WINDOW = timedelta(hours=24)


def objections(actor: Actor, address: str | None) -> tuple[str, int, timedelta]:
    """Bucket, how many, in which time: what `core.limits.check` takes. No address is kept."""
    if actor.person_id:
        return f"objection:{actor.person_id}", MOST_OBJECTIONS, WINDOW
    digest = hashlib.sha256((address or "").encode()).hexdigest()[:32]
    return f"objection:{digest}", MOST_OBJECTIONS, WINDOW
