"""Words of valuation. Nothing here has a life: statements, caps and observations are only added."""

from enum import StrEnum


class CostKind(StrEnum):
    """Parts of cost after 中评协〔2023〕17号: C in `P = C × δ`."""

    PLAN = "plan"
    COLLECT = "collect"
    CLEAN = "clean"
    LABEL = "label"
    STORE = "store"
    PURCHASE = "purchase"
    INDIRECT = "indirect"
    OPPORTUNITY = "opportunity"
    TAX = "tax"


class Purpose(StrEnum):
    """What authorised public data are for: decides whether they may cost anything (S4)."""

    WELFARE = "welfare"
    INDUSTRY = "industry"
