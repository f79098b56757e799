"""The one sealer: gives waiting records consecutive places, extends the tree, signs a checkpoint.

An edge: each round is one transaction, so that a kill leaves either all of it or nothing. On
PostgreSQL only what was written below the oldest running transaction is sealed, in the order of
transactions; on SQLite, where there is one writer, in the order of rows. What is already sealed is
told by its leaf, never by a highest number, so no late commit is lost.
"""

import logging
import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, cast, exists, func, insert, or_, select

from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.errors import Unavailable
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.ledger import checkpoint, keys, merkle
from marketplace.ledger.models import Checkpoint, LogEntry, LogLeaf, LogNode
from marketplace.ledger.tiles import HEIGHT, Tree, leaf_data

BATCH = 4096
PERIOD_SECONDS = 0.5
LOCK = 0x5175616E  # the advisory lock's number: one sealer at a time
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sealed:
    """What one round did."""

    count: int
    size: int


class Sealer:
    """Seals in rounds. Remembers from where to look, which only saves time: a new one looks at all."""

    def __init__(self, batch: int = BATCH) -> None:
        self._batch = batch
        self._from = 0
        self._started = False

    def seal(self) -> Sealed:
        """Seal what waits, batch by batch, until nothing does."""
        total = 0
        while True:
            done = self.round()
            total += done.count
            if done.count < self._batch:
                return Sealed(total, done.size)

    def round(self) -> Sealed:
        """One batch in one transaction; nothing when another sealer is at work."""
        with transaction() as session:
            if not _alone():
                return Sealed(0, 0)
            if not self._started:
                keys.publish()
            last = session.scalars(
                select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)
            ).one_or_none()
            waiting, horizon = self._waiting()
            size = last.size if last else 0
            if waiting or last is None:
                size = _extend(last, waiting)
        self._started = True
        self._from = max(self._from, horizon)
        return Sealed(len(waiting), size)

    def run(self, stopping: threading.Event, period: float = PERIOD_SECONDS) -> None:
        """Seal until told to stop; a round that fails is noted and tried again."""
        while not stopping.is_set():
            try:
                self.seal()
            except Exception:
                log.exception("sealing failed")
                db.session.rollback()
            finally:
                db.session.remove()
            stopping.wait(period)

    def _waiting(self) -> tuple[list[LogEntry], int]:
        """The next batch, and the mark below which nothing can appear any more."""
        unsealed = ~exists().where(LogLeaf.id == LogEntry.id)
        if db.session.get_bind().dialect.name != "postgresql":
            query = select(LogEntry).where(LogEntry.seq > self._from, unsealed)
            rows = list(db.session.scalars(query.order_by(LogEntry.seq).limit(self._batch)))
            return rows, rows[-1].seq if rows else 0
        snapshot = func.pg_current_snapshot()
        oldest = cast(cast(func.pg_snapshot_xmin(snapshot), Text), BigInteger)
        beyond = cast(cast(func.pg_snapshot_xmax(snapshot), Text), BigInteger)
        written = LogEntry.written_by
        # at or beyond xmax yet visible: written in another cluster, before a restore
        finished = or_(written < oldest, written >= beyond)
        ordered: Any = (
            select(LogEntry, oldest)
            .where(written >= self._from, finished, unsealed)
            .order_by(written, LogEntry.seq)
            .limit(self._batch)
        )
        found = db.session.execute(ordered).all()
        marks = [row.written_by for row, limit in found if (row.written_by or 0) < limit]
        return [row for row, _ in found], max(marks, default=0)


def lag_seconds() -> float:
    """How long the oldest unsealed record has waited; 0 when none does."""
    query = select(func.min(LogEntry.created_at)).where(~exists().where(LogLeaf.id == LogEntry.id))
    oldest = db.session.scalar(query)
    return 0.0 if oldest is None else max(0.0, (now() - oldest).total_seconds())


def _alone() -> bool:
    if db.session.get_bind().dialect.name != "postgresql":
        return True  # the write lock of the transaction is the lock
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def _extend(last: Checkpoint | None, waiting: list[LogEntry]) -> int:
    """Add the leaves, the complete tiles' hashes and a signed checkpoint; the new size."""
    edge = _edge(last)
    moment = now()
    leaves: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for entry in waiting:
        hashed = merkle.leaf_hash(leaf_data(entry))
        leaves.append({"id": entry.id, "index": edge.size, "hash": hashed, "created_at": moment})
        nodes.extend(
            {"level": level // HEIGHT, "index": index, "hash": found}
            for level, index, found in edge.append(hashed)
            if level and level % HEIGHT == 0
        )
    if leaves:
        db.session.execute(insert(LogLeaf), leaves)
    if nodes:
        db.session.execute(insert(LogNode), nodes)
    head = checkpoint.Head(instance().log_origin, edge.size, edge.root())
    note = checkpoint.sign(head, holdings().log_signer())
    db.session.add(Checkpoint(size=edge.size, root=head.root.hex(), note=note))
    db.session.flush()
    return edge.size


def _edge(last: Checkpoint | None) -> merkle.Edge:
    """The stored tree's right edge; refuses to build on a tree that is not what was signed."""
    if last is None:
        return merkle.Edge()
    tree = Tree()
    edge = merkle.Edge(last.size, [tree.node(*place) for place in merkle.peaks_of(last.size)])
    if edge.root().hex() != last.root:
        raise Unavailable("log_tree_damaged", size=last.size)
    return edge
