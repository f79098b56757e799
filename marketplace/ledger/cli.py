"""`flask ledger seal` keeps the log sealed; `flask ledger verify` rechecks both books from nothing."""

import json
import signal
import sys
import threading
from types import FrameType

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.ledger import erasure
from marketplace.ledger.sealer import PERIOD_SECONDS, Sealer
from marketplace.ledger.verify import Report, verify_all

ledger = AppGroup("ledger", help="The book and the log.")


def register(app: Flask) -> None:
    """Add the group to the flask command."""
    app.cli.add_command(ledger)


@ledger.command("seal")
@click.option("--forever", is_flag=True, help="Keep sealing until told to stop.")
@click.option("--once", is_flag=True, help="Seal what waits now, then end (the default).")
def seal(forever: bool, once: bool) -> None:
    """Give waiting records their place in the log and sign a checkpoint."""
    if forever and not once:
        stopping = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        Sealer().run(stopping, PERIOD_SECONDS)
        return
    done = Sealer().seal()
    print(f"sealed {done.count} records; the log holds {done.size}")


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def verify(as_json: bool) -> None:
    """Recompute both books from nothing; exit status 1 with what is wrong."""
    report = verify_all()
    print(json.dumps(_as_dict(report), ensure_ascii=False) if as_json else _as_text(report))
    sys.exit(0 if report.ok else 1)


@ledger.command("erase")
def erase() -> None:
    """Erase the bodies and salts of private records whose retention is over."""
    print(f"erased {erasure.erase_expired()} records")


def _as_dict(report: Report) -> dict[str, object]:
    return {"ok": report.ok, "counts": report.counts, "problems": report.problems}


def _as_text(report: Report) -> str:
    lines = [f"{name}: {number}" for name, number in report.counts.items()]
    for problem in report.problems:
        facts = ", ".join(f"{k}={v}" for k, v in problem.items() if k != "code")
        lines.append(f"WRONG {problem['code']} ({facts})")
    lines.append("both books hold" if report.ok else f"{len(report.problems)} problems")
    return "\n".join(lines)
