"""Trading for people: ask, negotiate, sign, order, accept."""

from marketplace.trading.views import contracts, lists, orders, requests
from marketplace.trading.views.pages import views

__all__ = ["contracts", "lists", "orders", "requests", "views"]
