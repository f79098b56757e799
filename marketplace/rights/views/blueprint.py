"""The blueprint the pages of rights hang on, and the choices their forms offer."""

from collections.abc import Iterable

from flask import Blueprint

from marketplace.rights import schemas
from marketplace.rights.industries import SECTIONS
from marketplace.rights.states import Circumstance, ClaimReason, RemarkKind, Right
from marketplace.web.messages import label

views = Blueprint("rights", __name__, url_prefix="/rights")
Choices = list[tuple[str, str]]


def named(prefix: str, values: Iterable[object]) -> Choices:
    """Values with their labels, for a select."""
    return [(str(one), label(f"{prefix}.{one}")) for one in values]


def choices() -> dict[str, Choices]:
    """What the forms of rights offer."""
    return {
        "rights": named("right", Right),
        "circumstances": named("circumstance", Circumstance),
        "conditions": named("condition", schemas.CONDITIONS),
        "industries": [(one, f"{one} {label(f'industry.{one}')}") for one in SECTIONS],
        "regions": named("region", schemas.REGIONS),
        "frequencies": named("claim_frequency", schemas.FREQUENCIES),
        "forms": named("data_form", schemas.FORMS),
        "structures": named("structure", schemas.STRUCTURES),
        "proves": named("proves", schemas.PROVES),
        "reasons": named("claim_reason", ClaimReason),
        "remarks": named("remark", RemarkKind),
    }
