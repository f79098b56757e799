"""How bytes come in: streamed to the store with no transaction open, then recorded by one command."""

from collections.abc import Iterator
from typing import IO
from uuid import UUID

from marketplace.core.access import Actor
from marketplace.core.database import transaction
from marketplace.core.errors import Refusal
from marketplace.core.holdings import holdings
from marketplace.datasets import queries, service

PIECE = 256 * 1024


def receive(actor: Actor, dataset_id: UUID, filename: str, stream: IO[bytes]) -> UUID:
    """Ask leave, take the stream, record the version; its id.

    Raises what `service.check_upload` raises before the first byte is read, TooLarge while reading.
    """
    with transaction():
        service.check_upload(actor, dataset_id)
    settings = holdings().settings
    blob = holdings().store().put(_pieces(stream), limit=settings.upload_limit_bytes)
    try:
        with transaction():
            return service.add_version(actor, dataset_id, blob, filename).id
    except Refusal:
        with transaction():
            wanted = queries.address_in_use(blob.address)
        if not wanted:
            holdings().store().destroy(blob.address)
        raise


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
