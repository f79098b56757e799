"""Valuation for programs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.core.errors import NotFound
from marketplace.datasets import queries as datasets
from marketplace.valuation import methods, queries, schemas, service
from marketplace.valuation.models import CostStatement, PriceCap
from marketplace.web.session import current_actor

bp = Blueprint(
    "valuation_api",
    __name__,
    url_prefix="/api/v1/valuation",
    description="成本申报、价格参考与公共数据最高限价",
)


@bp.post("/datasets/<uuid:dataset_id>/costs")
@bp.arguments(schemas.CostStatementIn)
@bp.response(201, schemas.CostStatementOut)
def state_costs(data: dict[str, Any], dataset_id: UUID) -> CostStatement:
    """State what a dataset cost."""
    with transaction():
        return service.state_costs(current_actor(), dataset_id, **data)


@bp.get("/datasets/<uuid:dataset_id>/reference")
@bp.response(200, schemas.PriceReferenceOut)
def reference(dataset_id: UUID) -> methods.Reference:
    """The price reference of one's own dataset, each number explained."""
    actor = current_actor()
    if not actor.may(Permission.DATASET_READ_ALL):
        require(actor, Permission.COST_DECLARE)
    dataset = datasets.dataset(actor, dataset_id)
    found = queries.reference(dataset.id)
    if found is None:
        raise NotFound("reference_not_known")
    return found


@bp.get("/caps")
@bp.response(200, schemas.CapOut(many=True))
def caps() -> Sequence[PriceCap]:
    """The public list of price caps in force."""
    return [cap for cap, _dataset in queries.caps()]


@bp.post("/caps")
@bp.arguments(schemas.CapIn)
@bp.response(201, schemas.CapOut)
def set_cap(data: dict[str, Any]) -> PriceCap:
    """Enter a cap that the authorising body fixed."""
    with transaction():
        return service.set_cap(
            current_actor(),
            data["dataset_id"],
            cap_fen=data["cap_fen"],
            document_no=data["document_no"],
            **data.get("basis", {}),
        )


@bp.post("/most-revenue")
@bp.arguments(schemas.MostRevenueIn)
@bp.response(200, schemas.MostRevenueOut)
def most_revenue(data: dict[str, int]) -> methods.MostRevenue:
    """Work out the most revenue: `R_max = C + C × r + T`. Nothing is kept."""
    return methods.most_revenue(**data)
