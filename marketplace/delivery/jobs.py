"""What follows for delivery. The gate needs none of it: these only make and tidy up."""

from uuid import UUID

from marketplace.core.access import system
from marketplace.core.database import transaction
from marketplace.delivery import queries, service

ME = system("delivery")


def open_grant(order_id: UUID) -> None:
    """The order is secured: the data can be fetched."""
    with transaction():
        service.make_grant(ME, order_id)


def end_grants(contract_id: UUID) -> None:
    """The contract ended."""
    with transaction():
        service.end_of_contract(ME, contract_id)


def accept_by_use(download_id: UUID) -> None:
    """A whole file was fetched."""
    with transaction():
        service.accept_by_use(ME, queries.download_by_id(download_id))
