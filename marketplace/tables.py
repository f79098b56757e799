"""Every step's tables, for the migrations."""

from marketplace.core import models as core
from marketplace.core.database import Model

__all__ = ["Model", "core"]
