"""Consecutive numbers without gaps, per series, given out in the caller's transaction."""

from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.models import NumberSeries


def next_number(series: str) -> int:
    """The next number of a series, from 1. The series' row stays locked until the transaction ends."""
    query = (
        select(NumberSeries).where(NumberSeries.series == series).with_for_update(key_share=True)
    )
    row = db.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        row = NumberSeries(series=series, last=0)
        db.session.add(row)
    row.last += 1
    db.session.flush()
    return row.last
