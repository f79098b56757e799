"""A migrated instance on a PostgreSQL of its own, in a folder that goes away afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine

from marketplace import prepare
from marketplace.application import create_app
from marketplace.config import read_settings
from marketplace.core import instance as instances
from marketplace.core.database import db
from tests import servers


@contextmanager
def on_postgresql() -> Iterator[tuple[Flask, str]]:
    """The application on a fresh PostgreSQL database, inside its context, and the server's address."""
    with servers.postgresql() as base, tempfile.TemporaryDirectory() as folder:
        servers.create_database(base, "bench")
        url = servers.address(base, "bench")
        app = found(url, Path(folder))
        with app.app_context():
            yield app, base
            db.session.remove()
            db.engine.dispose()
        servers.drop_database(base, "bench")


def found(url: str, folder: Path) -> Flask:
    """Migrate and found an instance at `url` with its keys in `folder`."""
    keys = folder / "keys"
    prepare.make_keys(keys)
    engine = create_engine(url)
    prepare.migrate(engine)
    engine.dispose()
    instances.forget()
    app = create_app(
        read_settings(
            {
                "DATA_DIR": str(folder / "data"),
                "KEY_DIR": str(keys),
                "DATABASE_URL": url,
                "PUBLIC_URL": "http://localhost",
                "LOG_LEVEL": "WARNING",
            }
        )
    )
    with app.app_context():
        prepare.make_folders()
        prepare.found_instance()
    return app


def pgbench(base: str, seconds: int = 6, clients: int = 4) -> float:
    """TPC-B-like transactions a second on the same server; LookupError without the program."""
    program = shutil.which("pgbench") or _debian()
    servers.create_database(base, "pgbench")
    url = servers.plain(base, "pgbench")
    subprocess.run([program, "-i", "-q", "-s", "10", url], check=True, capture_output=True)
    done = subprocess.run(
        [program, "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), url],
        check=True,
        capture_output=True,
        text=True,
    )
    servers.drop_database(base, "pgbench")
    line = next(one for one in done.stdout.splitlines() if one.startswith("tps ="))
    return float(line.split()[2])


def _debian() -> str:
    found_ = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    if not found_:
        raise LookupError("pgbench is not installed (Debian: apt-get install postgresql-contrib)")
    return str(found_[-1])
