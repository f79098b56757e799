"""What the front page shows: the newest listings and a few figures anybody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from marketplace.catalogue import search
from marketplace.core.database import db
from marketplace.desk import queries
from marketplace.rights.models import Certificate

NEWEST = 4


@dataclass(frozen=True)
class Front:
    """Facts as (term, value), and the cards of the newest listed products."""

    facts: Sequence[tuple[str, str]]
    cards: Sequence[dict[str, Any]]


def front_page() -> Front:
    """A bounded number of queries, whatever the size of the catalogue."""
    found = search.find(search.Query(sort="newest", size=NEWEST))
    papers = db.session.scalar(select(func.count()).where(Certificate.status == "valid")) or 0
    facts = [
        (_("在架产品"), f"{found.counts.total:,}"),
        (_("有效登记凭证"), f"{papers:,}"),
        (_("已存证记录"), f"{queries.log_size():,}"),
    ]
    return Front(facts, found.cards)
