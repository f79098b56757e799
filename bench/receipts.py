"""Receipts signed, stored and sealed a second against bare single-row inserts on one PostgreSQL.

Ours: downloads that ended wait, and the receipts' command issues them, many in one transaction;
then the log's sealer gives them their places and signs the checkpoint. The reference: SQLAlchemy
Core inserts rows as wide as a receipt and its record, each in its own transaction. One process
and one connection on both sides.
"""

import time
from statistics import median
from uuid import UUID

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
)

from bench.figure import Figure
from bench.instance import on_postgresql
from marketplace.core.access import system
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.ids import new_id
from marketplace.delivery.models import Download
from marketplace.ledger.log import status
from marketplace.ledger.sealer import Sealer
from marketplace.receipts import queries, service
from marketplace.receipts.models import Receipt
from tests.factories import receipts as factory

GOAL = 0.5
ROUNDS = 5
COUNT = 400  # of each side in each round
BARE = Table(
    "bench_rows",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("body", Text),
    Column("salt", LargeBinary),
    Column("number", Integer),
)


def run() -> list[Figure]:
    """Ours and bare inserts in alternating rounds; the median of each."""
    ours, reference = [], []
    with on_postgresql():
        BARE.create(db.engine)
        first = factory.download()
        sealer, width = Sealer(), _width(first)
        sealer.seal()
        for _ in range(ROUNDS):
            _wait(first, COUNT)
            ours.append(COUNT / _issued(sealer))
            reference.append(COUNT / _inserted(width))
        _check()
    rate, bare = median(ours), median(reference)
    return [
        Figure(
            "receipts signed, stored, sealed",
            f"{rate:.0f}/s",
            f"bare insert {bare:.0f}/s",
            rate / bare,
            GOAL,
        )
    ]


def _width(download: Download) -> int:
    """How many bytes a signed receipt has."""
    receipt = factory.receipt(download)
    return len(queries.record_of(receipt).jws or "")


def _wait(like: Download, count: int) -> None:
    """So many more downloads of the same grant that ended just now."""
    columns = {one.name: getattr(like, one.name) for one in Download.__table__.columns}
    with transaction() as session:
        session.execute(
            insert(Download),
            [columns | {"id": new_id(), "created_at": now()} for _ in range(count)],
        )


def _issued(sealer: Sealer) -> float:
    """Seconds until every waiting download has its receipt and its place in the log."""
    began, done = time.perf_counter(), 0
    while done < COUNT:
        with transaction():
            done += service.issue_waiting(system("bench"))
    sealed = sealer.seal().count
    spent = time.perf_counter() - began
    assert sealed == COUNT, f"{sealed} of {COUNT} were sealed"
    return spent


def _inserted(width: int) -> float:
    """Seconds for the bare rows."""
    rows: list[dict[str, UUID | str | bytes | int]] = [
        {"id": new_id(), "body": "x" * width, "salt": b"x" * 32, "number": number}
        for number in range(COUNT)
    ]
    with db.engine.connect() as connection:
        began = time.perf_counter()
        for row in rows:
            connection.execute(insert(BARE), row)
            connection.commit()
        return time.perf_counter() - began


def _check() -> None:
    """Every download has one receipt, and the last of them is sealed."""
    downloads = db.session.scalar(select(func.count(Download.id)))
    assert db.session.scalar(select(func.count(Receipt.id))) == downloads, "a receipt is missing"
    last = db.session.scalars(select(Receipt).order_by(Receipt.id.desc()).limit(1)).one()
    assert status(queries.record_of(last)) == "sealed"
    db.session.rollback()
