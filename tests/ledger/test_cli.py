"""`flask ledger` at the command line, and the sealer as a process that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text

from marketplace.core.database import db, transaction
from marketplace.core.holdings import holdings
from marketplace.ledger import log, verify
from marketplace.ledger.models import LogEntry, LogLeaf
from tests.factories import ledger as factory

ROOT = Path(__file__).resolve().parents[2]


def test_sealing_once_and_verifying_say_what_they_did(app: Flask) -> None:
    runner = app.test_cli_runner()
    factory.record()
    factory.capture()

    sealed = runner.invoke(args=["ledger", "seal", "--once"])
    plain = runner.invoke(args=["ledger", "verify"])
    as_json = runner.invoke(args=["ledger", "verify", "--json"])

    assert "sealed 1 records; the log holds 1" in sealed.output
    assert plain.exit_code == 0, plain.output
    assert "both books hold" in plain.output
    told = json.loads(as_json.output.splitlines()[-1])
    assert told["ok"] is True
    assert told["counts"] == {
        "entries": 1, "postings": 2, "balances": 1, "leaves": 1, "checkpoints": 1, "waiting": 0,
    }  # fmt: skip


def test_verifying_what_was_tampered_with_ends_with_exit_status_1(app: Flask) -> None:
    factory.capture(100)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE balances SET balance_fen = 7"))

    done = app.test_cli_runner().invoke(args=["ledger", "verify"])

    assert done.exit_code == 1
    assert "WRONG balance_differs" in done.output
    assert "1 problems" in done.output


def test_erasing_touches_only_what_is_due(app: Flask) -> None:
    factory.sealed()

    done = app.test_cli_runner().invoke(args=["ledger", "erase"])

    assert "erased 0 records" in done.output


def environment(app: Flask, tmp_path: Path) -> dict[str, str]:
    settings = holdings().settings
    return {
        **os.environ,
        "DATA_DIR": str(tmp_path / "data"),
        "KEY_DIR": str(settings.key_dir),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "PUBLIC_URL": "http://localhost",
        "FLASK_APP": "app",
    }


def test_a_sealer_killed_again_and_again_loses_nothing(app: Flask, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flask", "ledger", "seal", "--forever"]
    given = environment(app, tmp_path)
    written = 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        start = sealed()
        while time.monotonic() < deadline and sealed() <= start:
            with transaction():
                for _n in range(20):
                    log.append(
                        "receipt", factory.subject(), {"n": "1"}, parties=[], actor=factory.CLERK
                    )
            written += 20
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert sealed() > start

    process = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and sealed() < written:
        time.sleep(0.1)
    process.terminate()

    assert process.wait(timeout=10) == 0, "SIGTERM ends it cleanly"
    assert sealed() == written == db.session.scalar(select(func.count(LogEntry.seq)))
    assert verify.verify_all().problems == []


def sealed() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(LogLeaf.id))) or 0
