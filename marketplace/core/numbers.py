"""Consecutive numbers without gaps, per series, given out in the caller's transaction."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core.database import db
from marketplace.core.models import NumberSeries


def next_number(series: str) -> int:
    """The next number of a series, from 1. The series' row stays locked until the transaction ends."""
    query = (
        select(NumberSeries).where(NumberSeries.series == series).with_for_update(key_share=True)
    )
    fresh = {"populate_existing": True}
    row = db.session.scalars(query, execution_options=fresh).one_or_none()
    if row is None:
        _begin(series)
        row = db.session.scalars(query, execution_options=fresh).one()
    row.last += 1
    db.session.flush()
    return row.last


def _begin(series: str) -> None:
    """Lay down a series' row, or wait for whoever is doing it at this moment."""
    values = {"series": series, "last": 0}
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sqlite_insert(NumberSeries).values(values).on_conflict_do_nothing())
    else:
        db.session.execute(postgresql_insert(NumberSeries).values(values).on_conflict_do_nothing())
