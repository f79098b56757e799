"""Recompute both books from nothing and say what does not hold. Reads only.

Every entry balances; balances equal the postings; what is accepted leaves nothing in escrow. Every
leaf is recomputed from record and salt; the tree from the leaves; every checkpoint's root, signature
and consistency with the one before; every record's signature by a key valid when it was logged.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.clock import now
from marketplace.core.database import db
from marketplace.core.errors import Invalid
from marketplace.core.instance import instance
from marketplace.core.signing import header_of, public_from_jwk, verify_compact
from marketplace.ledger import checkpoint, keys, merkle
from marketplace.ledger.chart import CHART, Code
from marketplace.ledger.models import (
    Balance,
    Checkpoint,
    Entry,
    EntrySeal,
    LogEntry,
    LogLeaf,
    LogNode,
    Posting,
    PublishedKey,
)
from marketplace.ledger.tiles import HEIGHT, Tree, leaf_data

BATCH = 2000
MOST_PROBLEMS = 1000
SKEW = timedelta(minutes=5)
LATE = timedelta(minutes=10)


@dataclass
class Report:
    """What was counted and what is wrong: a problem is a code and facts."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def wrong(self, code: str, **facts: Any) -> None:
        """Note a problem; the list is bounded, since one cut of the tree breaks everything after."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append({"code": code, **{k: str(v) for k, v in facts.items()}})


def verify_all() -> Report:
    """Both books."""
    report = Report()
    verify_book(report)
    verify_log(report)
    return report


def verify_book(report: Report) -> None:
    """Entries, balances, accepted orders, reversals."""
    report.count("entries", db.session.scalar(select(func.count(Entry.id))) or 0)
    report.count("postings", db.session.scalar(select(func.count(Posting.id))) or 0)
    _entries_balance(report)
    _balances_equal(report)
    _accepted_orders_hold_nothing(report)
    _reversals_mirror(report)


def verify_log(report: Report) -> None:
    """Records, leaves, nodes, checkpoints."""
    known = {row.kid: row for row in keys.all_keys()}
    edge, roots = merkle.Edge(), {0: merkle.EMPTY_ROOT}
    sizes = set(db.session.scalars(select(Checkpoint.size)))
    for index, leaf, entry in _leaves():
        if leaf.index != index:
            report.wrong("leaf_missing", index=index)
            return
        _check_leaf(report, leaf, entry, known)
        for level, place, found in edge.append(leaf.hash):
            if level and level % HEIGHT == 0:
                _check_node(report, level // HEIGHT, place, found)
        if edge.size in sizes:
            roots[edge.size] = edge.root()
    report.count("leaves", edge.size)
    _check_checkpoints(report, roots, edge.size, known)
    _check_waiting(report)


def _entries_balance(report: Report) -> None:
    sums = (
        select(Posting.entry_id)
        .group_by(Posting.entry_id, Posting.currency)
        .having(func.sum(Posting.debit_fen) != func.sum(Posting.credit_fen))
    )
    for entry_id in db.session.scalars(sums):
        report.wrong("entry_not_balanced", entry=entry_id)
    lines = select(func.count(Posting.id)).where(Posting.entry_id == Entry.id).scalar_subquery()
    for entry_id in db.session.scalars(select(Entry.id).where(lines < 2)):
        report.wrong("entry_without_postings", entry=entry_id)
    unsealed = ~select(EntrySeal.id).where(EntrySeal.id == Entry.id).exists()
    for entry_id in db.session.scalars(select(Entry.id).where(unsealed)):
        report.wrong("entry_not_sealed", entry=entry_id)
    for code in db.session.scalars(select(Posting.account_code).distinct()):
        if code not in CHART:
            report.wrong("account_unknown", account=code)


def _balances_equal(report: Report) -> None:
    stored: dict[tuple[str, UUID], int] = {
        (row.account_code, row.holder_id): row.balance_fen
        for row in db.session.scalars(select(Balance))
    }
    report.count("balances", len(stored))
    computed = dict(_computed_balances())
    for key in stored.keys() | computed.keys():
        if stored.get(key, 0) != computed.get(key, 0):
            report.wrong(
                "balance_differs",
                account=key[0],
                holder=key[1],
                stored=stored.get(key),
                computed=computed.get(key, 0),
            )
        if computed.get(key, 0) < 0:
            report.wrong("balance_below_zero", account=key[0], holder=key[1])


def _computed_balances() -> Iterator[tuple[tuple[str, UUID], int]]:
    for code, one in CHART.items():
        if one.floor is None:
            continue
        holder = Posting.order_id if one.floor == "order" else Posting.organisation_id
        query = (
            select(holder, func.sum(Posting.credit_fen) - func.sum(Posting.debit_fen))
            .where(Posting.account_code == code)
            .group_by(holder)
        )
        for key, amount in db.session.execute(query):
            if key is not None:
                yield (code, key), int(amount)


def _accepted_orders_hold_nothing(report: Report) -> None:
    """An order whose escrow was passed on to a provider keeps nothing in escrow."""
    accepting = select(Posting.entry_id).where(Posting.account_code == Code.PROVIDER_HELD)
    accepted = select(Posting.order_id).where(
        Posting.account_code == Code.ESCROW,
        Posting.debit_fen > 0,
        Posting.entry_id.in_(accepting),
    )
    held = (
        select(Balance.holder_id)
        .where(Balance.account_code == Code.ESCROW, Balance.balance_fen != 0)
        .where(Balance.holder_id.in_(accepted))
    )
    for order_id in db.session.scalars(held):
        report.wrong("closed_order_not_zero", order=order_id)


def _reversals_mirror(report: Report) -> None:
    pairs = select(Entry.id, Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    for entry_id, original_id in db.session.execute(pairs).all():
        assert original_id is not None
        if _sides(entry_id) != [(code, o, r, c, d) for code, o, r, d, c in _sides(original_id)]:
            report.wrong("reversal_differs", entry=entry_id)


def _sides(entry_id: UUID) -> list[tuple[Any, ...]]:
    query = (
        select(
            Posting.account_code,
            Posting.organisation_id,
            Posting.order_id,
            Posting.debit_fen,
            Posting.credit_fen,
        )
        .where(Posting.entry_id == entry_id)
        .order_by(Posting.line)
    )
    return [tuple(row) for row in db.session.execute(query)]


def _leaves() -> Iterator[tuple[int, LogLeaf, LogEntry]]:
    """All leaves in order with their records, a batch at a time."""
    start = 0
    while True:
        query = (
            select(LogLeaf, LogEntry)
            .join(LogEntry, LogEntry.id == LogLeaf.id)
            .where(LogLeaf.index >= start)
            .order_by(LogLeaf.index)
            .limit(BATCH)
        )
        rows = db.session.execute(query).all()
        for offset, (leaf, entry) in enumerate(rows):
            yield start + offset, leaf, entry
            db.session.expunge(leaf)
            db.session.expunge(entry)
        if len(rows) < BATCH:
            return
        start += len(rows)


def _check_leaf(
    report: Report, leaf: LogLeaf, entry: LogEntry, known: dict[str, PublishedKey]
) -> None:
    if leaf.hash != merkle.leaf_hash(leaf_data(entry)):
        report.wrong("leaf_differs", index=leaf.index)
    if entry.jws is None:
        report.count("erased")
        return
    raw = entry.jws.encode("ascii", "replace")
    salted = hashlib.sha256((entry.salt or b"") + raw).hexdigest()
    if salted != entry.leaf_hex or hashlib.sha256(raw).hexdigest() != entry.jws_sha256:
        report.wrong("record_differs", index=leaf.index, record=entry.id)
    if not _signed_by_a_valid_key(entry, known):
        report.wrong("record_signature", index=leaf.index, record=entry.id)


def _signed_by_a_valid_key(entry: LogEntry, known: dict[str, PublishedKey]) -> bool:
    try:
        kid = str(header_of(entry.jws or "").get("kid", "")).rpartition("#")[2]
    except Invalid:
        return False
    key = known.get(kid)
    if key is None or key.purpose != keys.RECORDS or entry.jws is None:
        return False
    retired = key.retired_at is not None and entry.created_at > key.retired_at + SKEW
    return not retired and verify_compact(public_from_jwk(key.public_jwk), entry.jws)


def _check_node(report: Report, level: int, index: int, expected: bytes) -> None:
    query = select(LogNode.hash).filter_by(level=level, index=index)
    if db.session.scalar(query) != expected:
        report.wrong("node_differs", level=level, index=index)


def _check_checkpoints(
    report: Report, roots: dict[int, bytes], size: int, known: dict[str, PublishedKey]
) -> None:
    origin = instance().log_origin
    log_keys = [public_from_jwk(k.public_jwk) for k in known.values() if k.purpose == keys.LOG]
    tree, before = Tree(), checkpoint.Head(origin, 0, merkle.EMPTY_ROOT)
    last = None
    for row in db.session.scalars(select(Checkpoint).order_by(Checkpoint.size)).all():
        report.count("checkpoints")
        try:
            head = checkpoint.read(row.note)
        except Invalid:
            report.wrong("checkpoint_not_readable", size=row.size)
            continue
        if (head.size, head.root.hex()) != (row.size, row.root) or roots.get(row.size) != head.root:
            report.wrong("checkpoint_root", size=row.size)
            continue
        if not any(checkpoint.is_signed(row.note, origin, key) for key in log_keys):
            report.wrong("checkpoint_signature", size=row.size)
        path = merkle.consistency_proof(tree.node, before.size, head.size)
        if not merkle.consistent(before.size, head.size, before.root, head.root, path):
            report.wrong("checkpoint_inconsistent", size=row.size)
        before = last = head
    if size and (last is None or last.size != size):
        report.wrong("leaves_without_checkpoint", size=size)


def _check_waiting(report: Report) -> None:
    unsealed = ~select(LogLeaf.id).where(LogLeaf.id == LogEntry.id).exists()
    waiting = select(func.count(LogEntry.seq)).where(unsealed)
    report.count("waiting", db.session.scalar(waiting) or 0)
    late = db.session.scalar(waiting.where(LogEntry.created_at < now() - LATE)) or 0
    if late:
        report.wrong("records_never_sealed", count=late)
