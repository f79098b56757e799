"""What follows from the end of a download."""

from uuid import UUID

from marketplace.core.access import system
from marketplace.core.database import transaction
from marketplace.receipts import service


def issue(download_id: UUID) -> None:
    """Issue the receipt of a download that ended."""
    with transaction():
        service.issue(system("receipts"), download_id)
