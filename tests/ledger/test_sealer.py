"""The sealer loses nothing: not to a kill, not to a late commit, not to a second sealer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core.database import db, transaction
from marketplace.core.errors import Unavailable
from marketplace.ledger import erasure, log, merkle, proof, sealer, verify
from marketplace.ledger.models import Checkpoint, LogEntry, LogLeaf
from marketplace.ledger.tiles import Tree
from tests.factories import ledger as factory


class Killed(BaseException):
    """As if the process had ended here."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Die at the n-th statement."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise Killed

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def problems() -> list[str]:
    report = verify.verify_all()
    return [one["code"] for one in report.problems]


def indices() -> list[int]:
    return list(db.session.scalars(select(LogLeaf.index).order_by(LogLeaf.index)))


def test_a_record_is_pending_until_a_checkpoint_covers_it(app: Flask) -> None:
    entry = factory.record()
    assert log.status(entry) == "pending"

    sealer.Sealer().seal()

    assert log.status(entry) == "sealed"
    assert entry.index == 0
    assert sealer.lag_seconds() == 0


def test_an_empty_log_has_a_checkpoint_of_its_own(app: Flask) -> None:
    sealer.Sealer().seal()

    head = proof.latest()

    assert head is not None
    assert (head.size, head.root) == (0, merkle.EMPTY_ROOT.hex())
    assert problems() == []


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 600])
def test_records_get_consecutive_places_in_the_order_they_were_written(
    app: Flask, count: int
) -> None:
    with transaction():
        written = [
            log.append("receipt", factory.subject(), {"n": str(n)}, parties=[], actor=factory.CLERK)
            for n in range(count)
        ]
        ids = [entry.id for entry in written]
    hand = sealer.Sealer(batch=100)

    done = hand.seal()

    assert (done.count, done.size) == (count, count)
    assert indices() == list(range(count))
    assert list(db.session.scalars(select(LogLeaf.id).order_by(LogLeaf.index))) == ids
    assert hand.seal().count == 0
    assert problems() == []


def test_a_kill_at_any_statement_leaves_a_log_that_goes_on(app: Flask) -> None:
    for _ in range(3):
        factory.record()
    survived = 0
    for statement in range(1, 40):
        try:
            with killed_at(statement):
                sealer.Sealer(batch=2).seal()
            break
        except Killed:
            db.session.remove()
            survived += 1
            assert problems() == []
    else:
        pytest.fail("never finished")

    assert survived > 5
    assert indices() == [0, 1, 2]
    assert problems() == []


def test_a_record_that_commits_late_is_sealed_all_the_same(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: nothing commits late")
    hand = sealer.Sealer()
    hand.seal()
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with app.app_context(), transaction():
            log.append(
                "contract", factory.subject(), {"late": "1"}, parties=[], actor=factory.CLERK
            )
            started.set()
            go_on.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(10)
    quick = factory.record(quick="1")

    hand.seal()
    assert log.status(quick) == "pending", "nothing is sealed above the oldest running transaction"
    db.session.rollback()
    go_on.set()
    thread.join()
    hand.seal()

    assert log.status(quick) == "sealed"
    assert len(indices()) == 2
    assert problems() == []


def test_eight_writers_and_a_running_sealer_lose_no_leaf(app: Flask) -> None:
    stopping, failed = threading.Event(), []

    def write(number: int) -> None:
        with app.app_context():
            for turn in range(10):
                try:
                    with transaction():
                        log.append(
                            "receipt",
                            factory.subject(),
                            {"n": f"{number}.{turn}"},
                            parties=[],
                            actor=factory.CLERK,
                        )
                except Exception as error:  # noqa: BLE001 - counted by the test
                    failed.append(error)
            db.session.remove()

    def run() -> None:
        with app.app_context():
            sealer.Sealer(batch=7).run(stopping, 0.01)

    sealing = [threading.Thread(target=run) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for one in sealing + writers:
        one.start()
    for one in writers:
        one.join()
    stopping.set()
    for one in sealing:
        one.join()
    sealer.Sealer().seal()

    assert failed == []
    assert indices() == list(range(80))
    assert problems() == []


def test_records_of_another_cluster_are_sealed_after_a_restore(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL numbers its transactions")
    with db.engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE log_entries ALTER COLUMN written_by SET DEFAULT 4000000000")
        )
    old = factory.record()
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "ALTER TABLE log_entries ALTER COLUMN written_by "
                "SET DEFAULT (pg_current_xact_id()::text::bigint)"
            )
        )
    hand = sealer.Sealer()
    hand.seal()
    new = factory.record()
    hand.seal()

    assert log.status(old) == log.status(new) == "sealed"


def test_the_sealer_refuses_to_build_on_a_tree_that_is_not_what_was_signed(app: Flask) -> None:
    factory.sealed()
    head = proof.latest()
    assert head is not None
    with transaction() as session:
        session.add(Checkpoint(size=0, root="00" * 32, note="forged"))
    last = Checkpoint(size=1, root="00" * 32, note="forged")

    with pytest.raises(Unavailable, match="log_tree_damaged"):
        sealer._edge(last)


@pytest.mark.parametrize(
    "table",
    ["log_entries", "log_leaves", "log_nodes", "checkpoints", "log_parties", "published_keys"],
)
@pytest.mark.parametrize(
    "attack", ["UPDATE {} SET created_at = created_at", "DELETE FROM {}", "wipe"]
)
def test_raw_sql_changes_nothing_in_the_log(app: Flask, table: str, attack: str) -> None:
    with transaction():
        for n in range(257):
            log.append(
                "receipt",
                factory.subject(),
                {"n": str(n)},
                parties=[factory.subject().id],
                actor=factory.CLERK,
            )
    sealer.Sealer().seal()
    wipe = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    if db.engine.dialect.name == "postgresql":
        wipe = f"TRUNCATE {table} CASCADE"

    with pytest.raises(DBAPIError, match="ledger:"), db.engine.begin() as connection:
        connection.execute(text(wipe if attack == "wipe" else attack.format(table)))

    assert problems() == []


def without_triggers(*statements: str) -> None:
    """What an owner of the database could do: take the guard away, then change rows."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_%'"
            for name in connection.scalars(text(query)).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("UPDATE log_entries SET jws = replace(jws, '.', '_') WHERE seq = 2", "record_signature"),
        ("UPDATE log_entries SET salt = NULL WHERE seq = 2", "record_differs"),
        ("UPDATE log_entries SET leaf_hex = jws_sha256 WHERE seq = 2", "leaf_differs"),
        ("UPDATE log_leaves SET leaf_index = leaf_index + 10 WHERE leaf_index = 1", "leaf_missing"),
        ("DELETE FROM log_leaves WHERE leaf_index = 2", "checkpoint_root"),
        ("UPDATE checkpoints SET note = '%bent%'", "checkpoint_signature"),
        ("DELETE FROM checkpoints", "leaves_without_checkpoint"),
    ],
)  # fmt: skip
def test_verifying_finds_what_an_owner_of_the_database_changed(
    app: Flask, attack: str, found: str
) -> None:
    for _ in range(3):
        factory.record()
    sealer.Sealer().seal()
    note = db.session.scalars(select(Checkpoint)).one().note
    db.session.rollback()
    bent = note[:-30] + ("B" if note[-30] != "B" else "C") + note[-29:]  # within the signature
    attack = attack.replace("%bent%", bent)

    without_triggers(attack)

    assert found in problems()


def test_a_record_is_erased_only_after_its_retention(app: Flask) -> None:
    entry = factory.sealed()
    leaf = entry.leaf_hex
    erase = f"UPDATE log_entries SET jws = NULL, salt = NULL WHERE id = '{entry.id.hex}'"
    with pytest.raises(DBAPIError, match="after its retention"), db.engine.begin() as connection:
        connection.execute(text(erase))

    with transaction():
        kept = log.append(
            "contract",
            factory.subject(),
            {"n": "1"},
            parties=[],
            actor=factory.CLERK,
            retain_years=-1,
        )
        kept_id = kept.id
    sealer.Sealer().seal()
    assert erasure.erase_expired() == 1
    gone = db.session.scalars(select(LogEntry).where(LogEntry.id == kept_id)).one()
    assert (gone.jws, gone.salt) == (None, None)
    assert gone.leaf_hex != leaf
    assert problems() == []
    assert Tree().node(0, 1) == merkle.leaf_hash(bytes.fromhex(gone.leaf_hex))


def test_a_public_record_is_never_erased(app: Flask) -> None:
    with transaction():
        log.append(
            "notice",
            factory.subject(),
            {"n": "1"},
            parties=[],
            actor=factory.CLERK,
            public=True,
            retain_years=-1,
        )

    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text("UPDATE log_entries SET jws = NULL, salt = NULL"))
