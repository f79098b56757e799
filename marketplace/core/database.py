"""The database: one base class, one transaction, two ways to read a row.

Commits happen in `transaction()` and nowhere else.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, Select, TypeDecorator, event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from marketplace.core.clock import now
from marketplace.core.errors import Conflict, Invalid, NotFound, Refusal, Unavailable
from marketplace.core.ids import new_id

M = TypeVar("M", bound="Model")
BUSY_MS = 15_000
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant. Naive values are refused on the way in; SQLite's come back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """A row with a UUIDv7 and the instant it was made."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime()}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)


db = SQLAlchemy(metadata=Model.metadata)


def prepare(engine: Engine) -> None:
    """Listeners every connection needs: SQLite transactions that are real, PostgreSQL time-outs."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _open_postgresql)


def _open_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _open_postgresql(connection: Any, _record: Any) -> None:
    autocommit, connection.autocommit = connection.autocommit, True
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '30s'")
        cursor.execute("SET statement_timeout = '60s'")
        cursor.execute("SET lock_timeout = '20s'")
        cursor.execute("SET timezone = 'UTC'")
    connection.autocommit = autocommit


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is saved together, or nothing is. Opened at the edge, never nested."""
    session: Session = db.session()
    if session.info.get("transaction"):
        raise RuntimeError("a transaction is already open: services never open their own")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a transaction")
    session.rollback()  # what was read before may be stale
    session.info["transaction"] = True
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.commit()
    except StaleDataError as stale:
        session.rollback()
        raise Conflict("changed_meanwhile") from stale
    except (DBAPIError, NoConnection, OverflowError, UnicodeEncodeError) as failed:
        session.rollback()
        refusal = refusal_of(failed)
        if refusal is None:
            raise
        raise refusal from failed
    except BaseException:  # what the refusal must remember is written by the edge
        session.rollback()
        raise
    finally:
        session.info.pop("transaction", None)


def write_down(refusal: Refusal) -> None:
    """Write what a refusal must remember, after its own transaction was rolled back. At edges."""
    for write in refusal.remember:
        with transaction():
            write()


_BUSY = {"40001", "40P01", "55P03", "57014", "25P03"}  # serialisation, deadlock, lock, time-outs
_FULL = {"53100"}
_AWAY = {"57P01", "57P02", "57P03", "53300"}  # shut down, crashed, starting, too many connections


def refusal_of(error: BaseException) -> Refusal | None:
    """What an error of the database means to the one who asked; None for our own mistakes.

    Unique races are conflicts, values that no column can hold are invalid; deadlock,
    serialisation and busy ask for another try, as does a database that is away.
    """
    if isinstance(error, NoConnection):
        return Unavailable("busy", retry_after=1)
    if isinstance(error, DataError | UnicodeEncodeError):
        return Invalid("value_not_storable")
    if isinstance(error, OverflowError):
        return Invalid("value_not_storable") if "SQLite" in str(error) else None
    return _refusal_of_database(error) if isinstance(error, DBAPIError) else None


def _refusal_of_database(error: DBAPIError) -> Refusal | None:
    state, text = getattr(error.orig, "sqlstate", None), str(error.orig)
    if state in {"23505", "23P01"} or "UNIQUE constraint failed" in text:
        return Conflict("already_exists")
    if state in _BUSY or "is locked" in text:
        return Unavailable("busy", retry_after=1)
    if state in _FULL or "disk is full" in text:
        return Unavailable("storage_unavailable", retry_after=60)
    if state in _AWAY or error.connection_invalidated or _never_connected(error):
        return Unavailable("database_unavailable", retry_after=5)
    return None


def _never_connected(error: DBAPIError) -> bool:
    """psycopg gives no state when there is no server; SQLite says that it cannot open its file."""
    failed = isinstance(error.orig, psycopg.OperationalError) and error.orig.sqlstate is None
    return failed or "unable to open database file" in str(error.orig)


def hold(rows: Select[M], key: UUID) -> M:
    """The one of these rows with this id, fresh and locked until the transaction ends: to change it."""
    query = rows.filter_by(id=key).with_for_update(key_share=True)
    row = db.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise NotFound(id=str(key))
    return row


def find(rows: Select[M], key: UUID) -> M:
    """The one of these rows with this id, to look at. NotFound when there is none to be seen."""
    row = db.session.scalars(rows.filter_by(id=key)).one_or_none()
    if row is None:
        raise NotFound(id=str(key))
    return row


def add(row: M) -> M:
    """Put a new row into the session and flush, so that its constraints speak now."""
    db.session.add(row)
    db.session.flush()
    return row


def everything(model: type[M]) -> Select[M]:
    """All rows: for jobs and for reads that were already asked leave for."""
    return select(model)
