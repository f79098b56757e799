"""Statistics for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_smorest import Blueprint
from marshmallow import RAISE

from marketplace.core.errors import Invalid
from marketplace.statistics import queries, schemas
from marketplace.statistics.models import FigureStatement
from marketplace.web.session import current_actor

bp = Blueprint(
    "statistics_api",
    __name__,
    url_prefix="/api/v1/statistics",
    description="可由账本复算的公开统计",
)


@bp.get("")
@bp.arguments(schemas.AsOfIn, location="query", unknown=RAISE)
@bp.response(200, schemas.PublicationOut)
def public_figures(data: dict[str, datetime]) -> queries.Publication:
    """The public figures, now or as of a day or instant. Amounts in fen; null where withheld."""
    return queries.published(data.get("as_of"))


@bp.get("/entries")
@bp.arguments(schemas.EntriesIn, location="query", unknown=RAISE)
@bp.response(200, schemas.FigureEntryOut(many=True))
def entries(data: dict[str, Any]) -> Sequence[queries.Counted]:
    """The settlements behind a figure, 100 at a time, for who may open figures."""
    month = data["month"]
    try:
        queries.span(month or "2026-01")
    except ValueError:
        raise Invalid("invalid", {"month": ["field_invalid"]}) from None
    return queries.behind(
        current_actor(),
        sector=data["sector"],
        data_kind=data["kind"],
        month=month,
        as_of=data.get("as_of"),
        after=data.get("after"),
    )


@bp.get("/statements")
@bp.response(200, schemas.FigureStatementOut(many=True))
def statements() -> Sequence[FigureStatement]:
    """The signed statements of the last sixty days that have one."""
    return queries.statements()
