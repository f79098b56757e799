"""What the front page shows: the newest listings and a few figures anybody may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from marketplace.catalogue.models import Product
from marketplace.catalogue.queries import visible_products
from marketplace.core.access import ANYONE
from marketplace.core.database import db
from marketplace.desk import queries
from marketplace.rights.models import Certificate


@dataclass(frozen=True)
class Front:
    """Facts as (term, value), and the newest listed products."""

    facts: Sequence[tuple[str, str]]
    products: Sequence[Product]


def front_page() -> Front:
    """Four queries, whatever the size of the catalogue."""
    listed = visible_products(ANYONE).where(Product.status == "listed")
    newest = db.session.scalars(listed.order_by(Product.id.desc()).limit(6)).all()
    count = db.session.scalar(select(func.count()).select_from(listed.subquery())) or 0
    papers = db.session.scalar(select(func.count()).where(Certificate.status == "valid")) or 0
    facts = [
        (_("在架产品"), f"{count:,}"),
        (_("有效登记凭证"), f"{papers:,}"),
        (_("已存证记录"), f"{queries.log_size():,}"),
    ]
    return Front(facts, newest)
