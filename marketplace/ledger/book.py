"""The book: `post` writes one balanced entry for one business fact, in the caller's transaction.

The database checks at commit that it balances. Balances are kept only where a floor applies; they
are locked first, in id order, so that no two posts wait for each other. There is no balance row
for the platform's own accounts, hence no hot row.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.core.database import db
from marketplace.core.errors import Conflict
from marketplace.core.ids import new_id
from marketplace.ledger.chart import account
from marketplace.ledger.journals import Line, mirrored
from marketplace.ledger.models import Balance, Entry, EntrySeal, Posting

__all__ = ["Line", "balance", "entry_for", "lines_of", "post", "reverse"]
Key = tuple[str, UUID]


def post(
    source_type: str,
    source_id: UUID,
    event: str,
    lines: Sequence[Line],
    *,
    memo: str = "",
    reverses_id: UUID | None = None,
) -> Entry | None:
    """Post one entry; done twice for one fact, the first is returned. None for no lines (an amount of 0).

    Raises Conflict `balance_too_low` when a floor would be broken.
    """
    earlier = entry_for(source_type, source_id, event)
    if earlier is not None or not lines:
        return earlier
    total = sum(line.debit_fen - line.credit_fen for line in lines)
    assert total == 0, f"{event} does not balance by {total} fen"
    db.session.flush()
    _move(_moves(lines))
    entry_id = new_id()
    db.session.execute(
        insert(Entry).values(
            id=entry_id,
            source_type=source_type,
            source_id=source_id,
            event=event,
            memo=memo,
            reverses_id=reverses_id,
        )
    )
    db.session.execute(insert(Posting), [_row(entry_id, n, one) for n, one in enumerate(lines)])
    db.session.execute(insert(EntrySeal).values(id=entry_id))
    return db.session.get_one(Entry, entry_id)


def reverse(entry: Entry, *, memo: str = "") -> Entry:
    """Correct an entry by its mirror image, at most once."""
    mirror = post(
        entry.source_type,
        entry.source_id,
        f"{entry.event}.reversed",
        mirrored(lines_of(entry)),
        memo=memo,
        reverses_id=entry.id,
    )
    assert mirror is not None
    return mirror


def entry_for(source_type: str, source_id: UUID, event: str) -> Entry | None:
    """The entry of a business fact."""
    query = select(Entry).filter_by(source_type=source_type, source_id=source_id, event=event)
    return db.session.scalars(query).one_or_none()


def lines_of(entry: Entry) -> list[Line]:
    """An entry's postings as lines."""
    query = select(Posting).where(Posting.entry_id == entry.id).order_by(Posting.line)
    return [
        Line(one.account_code, one.organisation_id, one.order_id, one.debit_fen, one.credit_fen)
        for one in db.session.scalars(query)
    ]


def balance(
    account_code: str, organisation_id: UUID | None = None, order_id: UUID | None = None
) -> int:
    """Fen on the account's normal side: of one holder, or of all."""
    kept = _kept_key(account_code, organisation_id, order_id)
    if kept:
        query = select(Balance.balance_fen).filter_by(account_code=kept[0], holder_id=kept[1])
        return db.session.scalar(query) or 0
    sums: Any = select(
        func.coalesce(func.sum(Posting.debit_fen), 0)
        - func.coalesce(func.sum(Posting.credit_fen), 0)
    ).where(Posting.account_code == account_code)
    if organisation_id is not None:
        sums = sums.where(Posting.organisation_id == organisation_id)
    if order_id is not None:
        sums = sums.where(Posting.order_id == order_id)
    debits = int(db.session.scalar(sums) or 0)
    return debits if account(account_code).debit_normal else -debits


def _kept_key(code: str, organisation_id: UUID | None, order_id: UUID | None) -> Key | None:
    floor = account(code).floor
    if floor == "order" and order_id is not None and organisation_id is None:
        return code, order_id
    if floor == "organisation" and organisation_id is not None and order_id is None:
        return code, organisation_id
    return None


def _row(entry_id: UUID, number: int, line: Line) -> dict[str, Any]:
    account(line.account_code)  # KeyError: only a bug posts to an account that does not exist
    return {
        "entry_id": entry_id,
        "line": number,
        "account_code": str(line.account_code),
        "organisation_id": line.organisation_id,
        "order_id": line.order_id,
        "debit_fen": line.debit_fen,
        "credit_fen": line.credit_fen,
    }


def _moves(lines: Iterable[Line]) -> dict[Key, int]:
    """What each kept balance changes by."""
    moves: dict[Key, int] = {}
    for line in lines:
        floor = account(line.account_code).floor
        if floor is None:
            continue
        holder = line.order_id if floor == "order" else line.organisation_id
        assert holder is not None, f"a line on {line.account_code} names no {floor}"
        key = (str(line.account_code), holder)
        moves[key] = moves.get(key, 0) + line.credit_fen - line.debit_fen
    return moves


def _move(moves: dict[Key, int]) -> None:
    """Lay down missing balances, lock all in id order, then change them."""
    if not moves:
        return
    for code, holder in sorted(moves):
        _lay_down(code, holder)
    holders = {holder for _, holder in moves}
    query = (
        select(Balance)
        .where(
            Balance.holder_id.in_(holders), Balance.account_code.in_({code for code, _ in moves})
        )
        .order_by(Balance.id)
        .with_for_update(key_share=True)
    )
    for row in db.session.scalars(query, execution_options={"populate_existing": True}):
        change = moves.get((row.account_code, row.holder_id), 0)
        if row.balance_fen + change < 0:
            raise Conflict("balance_too_low", account=row.account_code)
        row.balance_fen += change
    db.session.flush()


def _lay_down(code: str, holder: UUID) -> None:
    """A balance of zero unless there is one: without it, two posts could both pass an empty check."""
    values = {"account_code": code, "holder_id": holder, "balance_fen": 0}
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(postgresql.insert(Balance).values(**values).on_conflict_do_nothing())
    else:
        db.session.execute(sqlite.insert(Balance).values(**values).on_conflict_do_nothing())
