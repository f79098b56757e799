"""Commands of the installation: prepare, worker, the demo's mail server, backup and restore."""

import email
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from marketplace import backup, prepare
from marketplace.core import queue
from marketplace.core.database import db, refusal_of
from marketplace.core.errors import Refusal, Unavailable
from marketplace.core.holdings import holdings
from marketplace.core.ids import new_id
from marketplace.reactions import JOBS, SCHEDULE

log = logging.getLogger(__name__)


def add_commands(app: Flask) -> None:
    """Register them on `flask`."""
    for one in (prepare_instance, worker, mail_server, back_up, restore):
        app.cli.add_command(one)


def _answer(work: Callable[[], Any]) -> None:
    """Run; a refusal becomes one sentence on standard error and exit status 1."""
    try:
        work()
    except Refusal as refusal:
        click.echo(f"quanshu: {refusal}", err=True)
        sys.exit(1)


@click.command("prepare")
@with_appcontext
def prepare_instance() -> None:
    """Make keys, bring the database to head, fix what is fixed at first start."""
    prepare.make_folders()
    prepare.make_keys(holdings().key_dir)
    _answer(prepare.everything)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run what follows from events, and the periodic work, until told to stop."""
    hand = queue.Worker(JOBS)

    def stop(_number: int, _frame: object) -> None:
        hand.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not hand.stopping.is_set():
        try:
            _work_a_second(hand)
        except (Refusal, SQLAlchemyError) as failed:
            refusal = failed if isinstance(failed, Refusal) else refusal_of(failed)
            if not isinstance(refusal, Unavailable):
                raise
            log.warning("database busy or away", extra={"code": refusal.code})
            hand.stopping.wait(float(refusal.facts.get("retry_after", 1)))
        finally:
            db.session.remove()


def _work_a_second(hand: queue.Worker) -> None:
    queue.schedule(SCHEDULE)
    end = time.monotonic() + 1
    while time.monotonic() < end and not hand.stopping.is_set():
        if not hand.run_one():
            hand.stopping.wait(0.1)


class _Folder:
    """Keeps every mail as a file, for the demo's person to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{new_id().hex[-8:]}.eml"
        content = envelope.content or b""
        (self._folder / name).write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
        subject = email.message_from_bytes((self._folder / name).read_bytes()).get("Subject", "")
        log.info("mail kept", extra={"file": name, "characters": len(subject)})
        return "250 kept"


@click.command("mail-server")
@click.option("--port", type=int, required=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True
)
def mail_server(port: int, folder: Path) -> None:
    """The demo's mail server: takes any mail on the loopback and keeps it in a folder."""
    controller = Controller(_Folder(folder), hostname="127.0.0.1", port=port)
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


@click.command("backup")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True)
def back_up(target: Path) -> None:
    """Copy the database and the files into a new folder, and the keys into one beside it."""
    _answer(lambda: click.echo(backup.back_up(holdings().settings, target)))


@click.command("restore")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True), required=True)
def restore(source: Path) -> None:
    """Lay a backup into an empty DATA_DIR and KEY_DIR (and an empty database)."""
    _answer(lambda: click.echo(backup.restore(holdings().settings, source)))
