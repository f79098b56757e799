"""Commands of statistics: the signed statement of a day. The caller holds the transaction."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.core.access import Actor, Permission, require
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.clock import iso, now, start_of
from marketplace.core.database import add, db
from marketplace.core.errors import Conflict
from marketplace.core.events import record
from marketplace.ledger import log
from marketplace.statistics import queries
from marketplace.statistics.definitions import definition
from marketplace.statistics.figures import Part
from marketplace.statistics.models import FigureStatement


def state(actor: Actor, day: date) -> FigureStatement:
    """Sign and log the public figures of a day that is over; a second time gives the first one."""
    require(actor, Permission.SYSTEM)
    end = start_of(day + timedelta(days=1))
    if end > now():
        raise Conflict("day_not_over", day=day.isoformat())
    query = select(FigureStatement).where(
        FigureStatement.day == day, FigureStatement.definition == definition().version
    )
    before = db.session.scalars(query).one_or_none()
    if before is not None:
        return before
    found = queries.published(end - timedelta(microseconds=1))
    body = figures_record(found, day)
    statement = add(
        FigureStatement(
            day=day,
            definition=found.definition.version,
            as_of=found.as_of,
            figures=body,
            digest=sha256_hex(canonical(body)),
            log_entry_id=None,
        )
    )
    entry = log.append("statistics", statement, body, parties=[], actor=actor, public=True)
    statement.log_entry_id = entry.id
    db.session.flush()
    record("figures.stated", statement, actor, day=day.isoformat(), digest=statement.digest)
    return statement


def figures_record(found: queries.Publication, day: date) -> dict[str, Any]:
    """The public figures as they are signed: amounts as decimal strings of fen, null where withheld."""
    figures = found.figures
    return {
        "day": day.isoformat(),
        "as_of": iso(found.as_of),
        "definition": found.definition.version,
        "definition_sha256": sha256_hex(found.definition.zh.encode()),
        "goal_fen": str(figures.path.goal_fen),
        "goal_day": figures.path.goal_day.isoformat(),
        "total": _part(figures.total),
        "real_fen": str(found.real_fen) if found.is_demo else _text(figures.total.amount_fen),
        "by_sector": [_part(one) for one in figures.by_sector],
        "by_kind": [_part(one) for one in figures.by_kind],
        "by_month": [_part(one) for one in figures.by_month],
    }


def _part(part: Part) -> dict[str, Any]:
    return {"name": part.name, "trades": part.trades, "amount_fen": _text(part.amount_fen)}


def _text(amount_fen: int | None) -> str | None:
    return None if amount_fen is None else str(amount_fen)
