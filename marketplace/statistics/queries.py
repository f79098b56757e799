"""Reads of statistics: sums over settlements, which are never changed, up to an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.core.access import Actor, Permission, require, sees, visible
from marketplace.core.clock import day_of, now, start_of
from marketplace.core.database import db
from marketplace.core.instance import instance
from marketplace.datasets.states import DataKind, Sector
from marketplace.ledger.models import LogLeaf
from marketplace.statistics.definitions import Definition, definition
from marketplace.statistics.figures import Cell, Figures, figures
from marketplace.statistics.models import FigureStatement
from marketplace.trading.models import Settlement


@dataclass(frozen=True)
class Publication:
    """The public figures as of an instant, with what they mean. `real_fen` beside demo figures."""

    figures: Figures
    definition: Definition
    as_of: datetime
    mode: str
    real_fen: int

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


@dataclass(frozen=True)
class Counted:
    """One settlement behind a figure, with its place in the log (None while pending)."""

    settlement: Settlement
    log_index: int | None


@sees(FigureStatement)
def visible_statements(_actor: Actor) -> Select[FigureStatement]:
    """Everybody: statements are published."""
    return select(FigureStatement)


def published(as_of: datetime | None = None) -> Publication:
    """The public figures up to an instant; up to now without one. Later settlements never count."""
    moment = min(as_of, now()) if as_of else now()
    is_demo = instance().is_demo
    found = figures(
        cells(moment, with_simulated=is_demo),
        day_of(moment),
        sectors=[str(one) for one in Sector],
        kinds=[str(one) for one in DataKind],
        open_total=is_demo,
    )
    real = sum(one.amount_fen for one in cells(moment, with_simulated=False)) if is_demo else 0
    return Publication(found, definition(), moment, instance().mode, real)


def cells(as_of: datetime, *, with_simulated: bool) -> list[Cell]:
    """Settlements up to an instant by Beijing month, sector and kind."""
    month = _month().label("month")
    query = (
        select(month, Settlement.sector, Settlement.data_kind, func.count(), func.sum(Settlement.amount_fen))
        .where(Settlement.settled_at <= as_of)
        .group_by(month, Settlement.sector, Settlement.data_kind)
        .order_by(month)
    )  # fmt: skip
    if not with_simulated:
        query = query.where(~Settlement.simulated)
    return [
        Cell(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in db.session.execute(query)
    ]


def behind(
    actor: Actor,
    *,
    sector: str = "",
    data_kind: str = "",
    month: str = "",
    as_of: datetime | None = None,
    after: datetime | None = None,
    limit: int = 100,
) -> Sequence[Counted]:
    """The settlements behind a figure, oldest first, for who may open figures."""
    require(actor, Permission.FIGURE_OPEN)
    query = (
        visible(actor, Settlement)
        .outerjoin(LogLeaf, LogLeaf.id == Settlement.log_entry_id)
        .add_columns(LogLeaf.index)
        .where(Settlement.settled_at <= (as_of or now()))
    )
    if not instance().is_demo:
        query = query.where(~Settlement.simulated)
    if sector:
        query = query.where(Settlement.sector == sector)
    if data_kind:
        query = query.where(Settlement.data_kind == data_kind)
    if month:
        first, last = span(month)
        query = query.where(Settlement.settled_at >= first, Settlement.settled_at < last)
    if after:
        query = query.where(Settlement.settled_at > after)
    rows = db.session.execute(query.order_by(Settlement.settled_at, Settlement.id).limit(limit))
    return [Counted(row[0], row[1]) for row in rows]


def span(months: str) -> tuple[datetime, datetime]:
    """`2026-09` or `2026-08–2026-10` as the instants it begins and ends at. ValueError otherwise."""
    first, _dash, last = months.partition("–")
    begin = date.fromisoformat(f"{first}-01")
    final = date.fromisoformat(f"{last or first}-01")
    return start_of(begin), start_of((final + timedelta(days=32)).replace(day=1))


def statements(limit: int = 60) -> Sequence[FigureStatement]:
    """The signed statements, newest first."""
    query = select(FigureStatement).order_by(FigureStatement.day.desc()).limit(limit)
    return db.session.scalars(query).all()


def statement(day: date) -> FigureStatement | None:
    """The newest wording's statement of a day."""
    query = select(FigureStatement).where(FigureStatement.day == day)
    return db.session.scalars(
        query.order_by(FigureStatement.definition.desc()).limit(1)
    ).one_or_none()


def tile() -> dict[str, Any]:
    """For an administrator's desk: the sum, the goal and what each month has to bring."""
    found = published()
    return {
        "amount_fen": found.figures.total.amount_fen,
        "trades": found.figures.total.trades,
        "goal_fen": found.figures.path.goal_fen,
        "due_by_now_fen": found.figures.path.due_by_now_fen,
        "needed_per_month_fen": found.figures.path.needed_per_month_fen,
        "as_of": found.as_of,
        "is_demo": found.is_demo,
        "real_fen": found.real_fen,
    }


def _month() -> ColumnElement[str]:
    """The Beijing month of a settlement, `2026-11`; China has no summer time."""
    if db.session().get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m", Settlement.settled_at, "+8 hours")
    return func.to_char(func.timezone("Asia/Shanghai", Settlement.settled_at), "YYYY-MM")
