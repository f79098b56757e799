"""A file handed in to be checked: read within a bound, counted against a limit, never kept."""

from datetime import timedelta
from typing import IO

from flask import request

from marketplace.core import limits
from marketplace.core.database import transaction
from marketplace.core.errors import Invalid, TooLarge
from marketplace.verification.lookup import MOST_FILE_BYTES

MOST_FILES = 60
WINDOW = timedelta(minutes=10)


def posted_bytes(stream: IO[bytes]) -> bytes:
    """The bytes; TooLarge past 4 MiB, TooMany past 60 files in ten minutes from one address."""
    bucket = f"verify:{request.remote_addr}"
    with transaction():
        limits.check(bucket, MOST_FILES, WINDOW)
        limits.count(bucket)
    data = stream.read(MOST_FILE_BYTES + 1)
    if len(data) > MOST_FILE_BYTES:
        raise TooLarge("file_too_large", limit=MOST_FILE_BYTES)
    if not data:
        raise Invalid("invalid", {"file": ["field_required"]})
    return data
