"""What follows from the end of a download."""

from uuid import UUID

from marketplace.core.access import system
from marketplace.core.database import transaction
from marketplace.receipts import service


def issue(download_id: UUID) -> None:
    """Issue the receipt of a download that ended, and with it those of others that wait.

    Under load the first job of many does the work of all, and the rest find it done.
    """
    with transaction():
        service.issue(system("receipts"), download_id)
    with transaction():
        service.issue_waiting(system("receipts"))
