"""Every step's tables, for the migrations."""

from marketplace.accounts import models as accounts
from marketplace.core import models as core
from marketplace.core.database import Model
from marketplace.datasets import models as datasets
from marketplace.ledger import models as ledger

__all__ = ["Model", "accounts", "core", "datasets", "ledger"]
