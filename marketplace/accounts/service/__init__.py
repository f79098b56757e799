"""The commands of accounts, by subject; this is their one face."""

from marketplace.accounts.service.documents import (
    add_document,
    enter,
    open_document,
    remove_document,
)

__all__ = ["add_document", "enter", "open_document", "remove_document"]
