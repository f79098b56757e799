"""The stored tree as C2SP tlog-tiles: rows of 256 hashes, and bundles of 256 entries."""

import re
import struct

from sqlalchemy import select

from marketplace.core.database import db
from marketplace.core.errors import NotFound
from marketplace.ledger import merkle
from marketplace.ledger.models import Checkpoint, LogEntry, LogLeaf, LogNode

WIDTH = 256
HEIGHT = 8
_NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")


class Tree:
    """Reads complete subtrees from stored tiles, each tile once."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree at (level, index)."""
        tile_level, inside = divmod(level, HEIGHT)
        start = index << inside
        tile, offset = divmod(start, WIDTH)
        row = self._tile(tile_level, tile)[offset : offset + (1 << inside)]
        if len(row) != 1 << inside:
            raise NotFound("log_tile_missing")
        while len(row) > 1:
            row = [merkle.node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
        return row[0]

    def _tile(self, level: int, tile: int) -> list[bytes]:
        key = (level, tile)
        if key not in self._tiles:
            self._tiles[key] = hashes(level, tile)
        return self._tiles[key]


def hashes(level: int, tile: int, width: int = WIDTH) -> list[bytes]:
    """Up to `width` hashes of one tile, in order."""
    low, high = tile * WIDTH, tile * WIDTH + width
    if level == 0:
        leaves = select(LogLeaf.hash).where(LogLeaf.index >= low, LogLeaf.index < high)
        return list(db.session.scalars(leaves.order_by(LogLeaf.index)))
    nodes = select(LogNode.hash).where(
        LogNode.level == level, LogNode.index >= low, LogNode.index < high
    )
    return list(db.session.scalars(nodes.order_by(LogNode.index)))


def tile(level: int, number: int, width: int) -> bytes:
    """A tile as served. NotFound when no checkpoint needs one of this width."""
    _published(level, number, width)
    return b"".join(hashes(level, number, width))


def entries(number: int, width: int) -> bytes:
    """An entry bundle: each leaf's data behind its length (a commitment, or a record in clear)."""
    _published(0, number, width)
    low = number * WIDTH
    query = (
        select(LogEntry)
        .join(LogLeaf, LogLeaf.id == LogEntry.id)
        .where(LogLeaf.index >= low, LogLeaf.index < low + width)
        .order_by(LogLeaf.index)
    )
    data = [leaf_data(entry) for entry in db.session.scalars(query)]
    return b"".join(struct.pack(">H", len(one)) + one for one in data)


def leaf_data(entry: LogEntry) -> bytes:
    """What the tree's leaf is made of: the record itself when public, else its salted commitment."""
    if entry.public and entry.jws is not None:
        return entry.jws.encode("ascii")
    return bytes.fromhex(entry.leaf_hex)


def number_of(path: str) -> tuple[int, int]:
    """`x001/x234/067.p/17` → (1234067, 17); a full tile is 256 wide."""
    name, partial, width = path.partition(".p/")
    if not _NUMBER.fullmatch(name) or (partial and not re.fullmatch(r"[1-9][0-9]{0,2}", width)):
        raise NotFound("log_tile_missing")
    wide = int(width) if partial else WIDTH
    if partial and wide >= WIDTH:
        raise NotFound("log_tile_missing")
    return int(name.replace("/", "").replace("x", "")), wide


def _published(level: int, number: int, width: int) -> None:
    query = select(Checkpoint.size).order_by(Checkpoint.size.desc()).limit(1)
    size = db.session.scalar(query) or 0
    if level > 7 or ((number * WIDTH + width) << (HEIGHT * level)) > size:
        raise NotFound("log_tile_missing")
