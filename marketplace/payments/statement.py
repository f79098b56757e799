"""A bank's statement as CSV: UTF-8 or GB18030, the columns' names as Chinese banks write them. Pure."""

import csv
import io
import unicodedata
from dataclasses import dataclass
from datetime import date

from marketplace.core.errors import Invalid
from marketplace.core.money import fen_of

MOST_LINES = 20_000
MOST_BYTES = 10 * 1024 * 1024
COLUMNS = {
    "serial_no": ("交易流水号", "流水号", "serial_no"),
    "booked_on": ("交易日期", "记账日期", "booked_on"),
    "amount": ("贷方金额", "收入金额", "金额", "amount"),
    "payer_name": ("对方户名", "付款方名称", "付款人", "payer_name"),
    "payer_account": ("对方账号", "付款账号", "payer_account"),
    "remark": ("附言", "摘要", "用途", "备注", "remark"),
    "bank_account": ("本方账号", "账号", "bank_account"),
}
OPTIONAL = {"payer_account", "bank_account"}


@dataclass(frozen=True)
class StatementLine:
    """Money that came in: amount in fen, the bank's own serial number."""

    serial_no: str
    booked_on: date
    amount_fen: int
    payer_name: str
    payer_account: str
    remark: str
    bank_account: str


def read(raw: bytes, own_account: str) -> list[StatementLine]:
    """The incoming lines. Invalid on `file` with `line` when a line cannot be read: all or nothing."""
    if len(raw) > MOST_BYTES:
        raise Invalid("statement_not_readable", {"file": ["file_too_large"]}, line=0)
    rows = csv.reader(io.StringIO(_decoded(raw)))
    head, start = _head(rows)
    lines: list[StatementLine] = []
    for number, row in enumerate(rows, start + 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(lines) >= MOST_LINES:
            raise Invalid("statement_not_readable", {"file": ["statement_too_long"]}, line=number)
        line = _line(number, row, head, own_account)
        if line is not None:
            lines.append(line)
    return lines


def plain(text: str) -> str:
    """Full-width, spacing and case made equal, for comparing names."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("statement_not_readable", {"file": ["statement_encoding"]}, line=0)


def _head(rows: "csv._reader") -> tuple[dict[str, int], int]:  # type: ignore[name-defined]
    """Where the columns stand; banks put a few lines above the header."""
    for number, row in enumerate(rows, 1):
        names = [cell.strip() for cell in row]
        found = {
            column: names.index(alias)
            for column, aliases in COLUMNS.items()
            for alias in reversed(aliases)
            if alias in names
        }
        if set(COLUMNS) - OPTIONAL <= set(found):
            return found, number
        if number >= 10:
            break
    raise Invalid("statement_not_readable", {"file": ["statement_columns"]}, line=1)


def _line(
    number: int, row: list[str], head: dict[str, int], own_account: str
) -> StatementLine | None:
    """One line; None for money that went out."""
    cell = {name: row[at].strip() if at < len(row) else "" for name, at in head.items()}
    try:
        if cell["amount"] in {"", "-", "--"}:
            return None
        amount = fen_of(cell["amount"])
        booked = date.fromisoformat(_iso(cell["booked_on"]))
        if amount <= 0:
            return None
        if not cell["serial_no"]:
            raise ValueError("no serial number")
    except (ValueError, ArithmeticError) as wrong:
        raise Invalid(
            "statement_not_readable", {"file": ["statement_line"]}, line=number
        ) from wrong
    return StatementLine(
        cell["serial_no"][:80],
        booked,
        amount,
        cell["payer_name"][:120],
        cell.get("payer_account", "")[:40],
        cell["remark"][:300],
        (cell.get("bank_account") or own_account)[:40],
    )


def _iso(text: str) -> str:
    digits = "".join(one for one in text[:10] if one.isdigit())
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 else text
