"""The payment notice (付款通知单) of a bank transfer, as PDF."""

from datetime import datetime

from marketplace.accounts.models import Organisation
from marketplace.core import paper
from marketplace.core.money import yuan
from marketplace.payments import transfer_code

_SOURCE = """
= #data.heading
#v(6mm)
#table(
  columns: (38mm, 1fr), inset: 7pt, stroke: 0.5pt + luma(180),
  ..data.rows.map(row => (strong(row.at(0)), row.at(1))).flatten()
)
#v(4mm)
#data.advice
"""
Rows = list[list[str]]


def payment_notice(
    heading: str, rows: Rows, advice: str, *, demo: str, language: str, stamped: datetime
) -> bytes:
    """A page that a buyer's cashier can work from."""
    data = {"heading": heading, "rows": rows, "advice": advice}
    return paper.render(_SOURCE, data, title=heading, demo=demo, language=language, stamped=stamped)


def account_of(platform: Organisation | None) -> dict[str, str]:
    """The account that transfers go to; empty when the platform has none on file."""
    given = dict(platform.bank_account or {}) if platform else {}
    return {
        "name": str(given.get("name") or (platform.name if platform else "")),
        "number": str(given.get("number") or ""),
        "bank": str(given.get("bank") or ""),
        "bank_code": str(given.get("bank_code") or ""),
    }


def amount(fen: int) -> str:
    """`¥36,040.00`."""
    return f"¥{yuan(fen)}"


def spaced(code: str) -> str:
    """The code as people read it."""
    return transfer_code.spaced(code)


def plain_yuan(fen: int) -> str:
    """`36040.00`, as it stands in an input."""
    return yuan(fen).replace(",", "")
