"""UUIDv7 ids and unguessable tokens."""

import secrets
from uuid import UUID

import uuid_utils

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A UUIDv7: sortable by the millisecond it was made in (never a commit order)."""
    return UUID(int=uuid_utils.uuid7().int)


def new_token() -> str:
    """A secret of 256 bits in URL-safe base64."""
    return secrets.token_urlsafe(32)


def crockford(length: int) -> str:
    """Random Crockford base-32 characters, for numbers that people read aloud."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))
