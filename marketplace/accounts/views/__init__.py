"""The pages of accounts."""

from marketplace.accounts.views import entry, organisation, own, queue
from marketplace.accounts.views.blueprint import views

__all__ = ["entry", "organisation", "own", "queue", "views"]
