"""Every step's tables, for the migrations."""

from marketplace.accounts import models as accounts
from marketplace.catalogue import models as catalogue
from marketplace.compliance import models as compliance
from marketplace.core import models as core
from marketplace.core.database import Model
from marketplace.datasets import models as datasets
from marketplace.delivery import models as delivery
from marketplace.ledger import models as ledger
from marketplace.notices import models as notices
from marketplace.payments import models as payments
from marketplace.receipts import models as receipts
from marketplace.rights import models as rights
from marketplace.statistics import models as statistics
from marketplace.trading import models as trading
from marketplace.valuation import models as valuation

__all__ = [
    "Model",
    "accounts",
    "catalogue",
    "compliance",
    "core",
    "datasets",
    "delivery",
    "ledger",
    "notices",
    "payments",
    "receipts",
    "rights",
    "statistics",
    "trading",
    "valuation",
]
