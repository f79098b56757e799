"""Every test has its own copy of a migrated database; commits are real, on SQLite and PostgreSQL."""

import contextvars
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from marketplace import prepare
from marketplace.application import create_app
from marketplace.config import Settings, read_settings
from marketplace.core import instance as instances
from marketplace.core import queue
from marketplace.core.database import db
from marketplace.reactions import JOBS
from tests import servers


def migrate(url: str) -> None:
    """Bring the database at `url` to head."""
    engine = create_engine(url)
    prepare.migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once for all tests."""
    folder = tmp_path_factory.mktemp("keys")
    prepare.make_keys(folder)
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A migrated and founded SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    _found(f"sqlite:///{path}", keys, path.parent)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL with a migrated template database; a stated skip without one."""
    with servers.postgresql() as base:
        name = f"template_{os.getpid()}"
        servers.create_database(base, name)
        url = servers.address(base, name)
        migrate(url)
        _found(url, keys, tmp_path_factory.mktemp("pgtemplate"))
        yield base
        servers.drop_database(base, name)


def _found(url: str, keys: Path, folder: Path) -> None:
    app = create_app(_settings(url, keys, folder))
    with app.app_context():
        prepare.found_instance()
        db.session.remove()
        db.engine.dispose()


def _settings(url: str, keys: Path, folder: Path, mode: str = "demo") -> Settings:
    return read_settings(
        {
            "DATA_DIR": str(folder),
            "KEY_DIR": str(keys),
            "DATABASE_URL": url,
            "MODE": mode,
            "PUBLIC_URL": "http://localhost",
        }
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database: each test that uses it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("template"), path)
        yield f"sqlite:///{path}"
        return
    base = request.getfixturevalue("postgresql")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    servers.create_database(base, name, template=f"template_{os.getpid()}")
    yield servers.address(base, name)
    servers.drop_database(base, name)


class Browser(FlaskClient):
    """Each request has a context of its own, as it has in the server: no `g`, no session shared."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context() and not db.session.info.get("transaction"):
            db.session.rollback()  # what the test read before the request may be stale
        return answer


@pytest.fixture
def app(database_url: str, keys: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database, inside an application context."""
    instances.forget()
    application = create_app(_settings(database_url, keys, tmp_path / "data"))
    application.config.update(TESTING=False, PROPAGATE_ERRORS=True, WTF_CSRF_ENABLED=False)
    application.test_client_class = Browser
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def worker(app: Flask) -> queue.Worker:
    """Runs what follows: `worker.drain()`."""
    return queue.Worker(JOBS)


def sql(statement: str) -> None:
    """A raw statement in a transaction of its own, for tests that attack the database."""
    with db.engine.begin() as connection:
        connection.execute(text(statement))
