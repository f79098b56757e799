"""The book: what balances is kept, what does not is refused, by the code and by the database."""

import threading
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict
from marketplace.core.ids import new_id
from marketplace.core.money import portion, split_vat
from marketplace.ledger import book, journals, verify
from marketplace.ledger.chart import CHART
from marketplace.ledger.journals import Line
from marketplace.ledger.models import Balance, Entry, Posting
from tests.factories import ledger as factory


def post(event: str, lines: list[Line], source: UUID | None = None) -> Entry:
    with transaction():
        entry = book.post("tests", source or new_id(), event, lines)
    assert entry is not None
    return entry


def problems() -> list[str]:
    report = verify.Report()
    verify.verify_book(report)
    return [one["code"] for one in report.problems]


def test_a_sale_by_card_ends_with_the_provider_paid_and_nothing_held(app: Flask) -> None:
    order, provider = new_id(), new_id()

    post("captured", journals.captured(order, 1_060_000))
    post("fee", journals.psp_fee(30_770))
    post("available", journals.psp_available(1_029_230))
    post("sent", journals.psp_paid_out(1_029_230))
    post("banked", journals.psp_banked(1_029_230))
    post("accepted", journals.accepted(order, provider, 1_060_000, 106_000, 6_000))
    post("released", journals.released(order, provider, 954_000))
    post("paid", journals.payout_paid(provider, 954_000))

    assert book.balance("2241.01", order_id=order) == 0
    assert book.balance("2241.02", provider) == book.balance("2241.03", provider) == 0
    assert book.balance("1012.01") == 0
    assert book.balance("1002") == 1_029_230 - 954_000
    assert book.balance("6001.01") == 100_000
    assert book.balance("2221.01") == 6_000
    assert problems() == []


def test_a_transfer_is_matched_and_what_is_over_is_owed_back(app: Flask) -> None:
    order = new_id()

    post("received", journals.bank_received(1_065_000))
    post("matched", journals.matched(order, 1_060_000, over=5_000))
    post("refunded", journals.refund_settled(order, 5_000))

    assert book.balance("2241.04") == 0
    assert book.balance("2241.01", order_id=order) == 1_060_000
    assert book.balance("2241.05", order_id=order) == 0
    assert book.balance("1002") == 1_060_000


def test_a_commission_of_a_direct_sale_is_owed_until_it_is_paid(app: Flask) -> None:
    order, provider = new_id(), new_id()

    post("evidence", journals.direct_paid(order, provider, 1_060_000))
    post("billed", journals.commission_billed(order, provider, 106_000, 6_000))
    assert book.balance("1122.02", provider) == 106_000

    post("paid", journals.commission_paid(order, provider, 106_000))

    assert book.balance("1122.02", provider) == 0
    assert book.balance("6001.01") == 100_000
    assert book.balance("2241.01") == 0, "no money of the buyer passes through our book"


def test_refunds_give_back_exactly_what_was_taken(app: Flask) -> None:
    order, provider = new_id(), new_id()
    post("captured", journals.captured(order, 999))
    post("accepted", journals.accepted(order, provider, 999, 100, split_vat(100, 600)[1]))

    done = 0
    for part in (1, 332, 333, 333):
        commission, vat = journals.refund_split(999, 100, 600, done, part)
        lines = journals.refunded_after_acceptance(order, provider, part, commission, vat)
        post("refund", lines)
        post("settled", journals.refund_settled(order, part, "card"))
        done += part

    assert [book.balance(code) for code in ("2241.02", "6001.01", "2221.01", "2241.05")] == [0] * 4
    assert book.balance("1012.01") == 0


def test_a_refund_after_the_payout_is_a_claim_met_from_the_next_sale(app: Flask) -> None:
    order, provider = new_id(), new_id()
    post("captured", journals.captured(order, 1_060_000))
    post("accepted", journals.accepted(order, provider, 1_060_000, 106_000, 6_000))
    post("released", journals.released(order, provider, 954_000))
    post("paid", journals.payout_paid(provider, 954_000))

    commission, vat = journals.refund_split(1_060_000, 106_000, 600, 0, 300_000)
    post(
        "refund",
        journals.refunded_after_acceptance(order, provider, 300_000, commission, vat, stage="paid"),
    )
    assert (commission, vat) == (30_000, 1_698)
    assert book.balance("1221.01", provider) == 270_000

    post("returned", journals.payout_returned(provider, 954_000))
    post("clawed", journals.clawed_back(provider, 270_000))
    assert book.balance("1221.01", provider) == 0
    assert book.balance("2241.03", provider) == 684_000


def test_one_fact_told_twice_is_one_entry(app: Flask) -> None:
    source, order = new_id(), new_id()

    first = post("captured", journals.captured(order, 100), source)
    second = post("captured", journals.captured(order, 100), source)

    assert first.id == second.id
    assert book.balance("2241.01", order_id=order) == 100


def test_an_amount_of_nothing_posts_nothing(app: Flask) -> None:
    with transaction():
        assert book.post("tests", new_id(), "captured", journals.captured(new_id(), 0)) is None


def test_more_than_is_held_cannot_be_taken(app: Flask) -> None:
    order, _ = factory.capture(100)

    with pytest.raises(Conflict, match="balance_too_low"):
        post("refund", journals.refunded_before_acceptance(order, 101))

    assert book.balance("2241.01", order_id=order) == 100
    assert problems() == []


def test_an_entry_is_corrected_by_its_mirror_once(app: Flask) -> None:
    order, entry = factory.capture(100)

    with transaction():
        mirror = book.reverse(entry)
    with transaction():
        assert book.reverse(entry).id == mirror.id

    assert mirror.reverses_id == entry.id
    assert book.balance("2241.01", order_id=order) == 0
    assert problems() == []
    with pytest.raises(Conflict, match="already_exists"), transaction():
        book.post("tests", new_id(), "again", journals.captured(order, 100), reverses_id=entry.id)


def test_every_line_names_an_account_of_the_chart() -> None:
    order, provider = new_id(), new_id()
    everything = [
        *journals.captured(order, 10),
        *journals.psp_fee(1),
        *journals.unclaimed_returned(3),
        *journals.refund_failed(order, 3),
        *journals.commission_credited(order, provider, 10, 1),
    ]

    assert {one.account_code for one in everything} <= set(CHART)
    assert CHART["1002"].debit_normal
    assert not CHART["2241.01"].debit_normal


ATTACKS = [
    "UPDATE {table} SET created_at = created_at",
    "DELETE FROM {table}",
]
FROZEN = ["entries", "postings", "entry_seals"]


@pytest.mark.parametrize("table", FROZEN)
@pytest.mark.parametrize("attack", ATTACKS)
def test_raw_sql_changes_nothing_in_the_book(app: Flask, table: str, attack: str) -> None:
    factory.capture(100)

    with pytest.raises(DBAPIError, match=r"append-only|ledger:"):
        run(attack.format(table=table))

    assert problems() == []


@pytest.mark.parametrize("table", FROZEN)
def test_raw_sql_replaces_and_truncates_nothing(app: Flask, table: str) -> None:
    factory.capture(100)
    on_sqlite = db.engine.dialect.name == "sqlite"
    attack = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"

    with pytest.raises(DBAPIError, match=r"append-only|ledger:"):
        run(attack if on_sqlite else f"TRUNCATE {table} CASCADE")

    assert problems() == []


def run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def new_entry(entry: str, event: str = "forged") -> str:
    return (
        "INSERT INTO entries (id, source_type, source_id, event, memo, created_at) VALUES "
        f"('{entry}', 'tests', '{entry}', '{event}', '', CURRENT_TIMESTAMP)"
    )


def new_posting(entry: str, line: int, debit: int, credit: int) -> str:
    return (
        "INSERT INTO postings (id, entry_id, line, account_code, debit_fen, credit_fen, currency,"
        f" created_at) VALUES ('{new_id().hex}', '{entry}', {line}, '1002', {debit}, {credit},"
        " 'CNY', CURRENT_TIMESTAMP)"
    )


def new_seal(entry: str) -> str:
    return f"INSERT INTO entry_seals (id, created_at) VALUES ('{entry}', CURRENT_TIMESTAMP)"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [(5, 0)],
        [(5, 0), (0, 4)],
        [(5, 0), (0, 5), (1, 0)],
        [(5, 5), (0, 0)],
        [(-5, 0), (0, -5)],
    ],
    ids=["no line", "one leg", "unequal", "a leg too many", "both sides", "negative"],
)
@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "unsealed"])
def test_the_database_refuses_an_entry_that_does_not_balance(
    app: Flask, lines: list[tuple[int, int]], sealed: bool
) -> None:
    entry = new_id().hex
    statements = [new_entry(entry)]
    statements += [new_posting(entry, n, *sides) for n, sides in enumerate(lines)]

    with pytest.raises(IntegrityError):
        run(*statements, *([new_seal(entry)] if sealed else []))

    assert db.session.get(Entry, UUID(entry)) is None


def test_the_database_takes_an_entry_that_balances_and_nothing_after_its_seal(app: Flask) -> None:
    entry = new_id().hex
    run(new_entry(entry), new_posting(entry, 0, 5, 0), new_posting(entry, 1, 0, 5), new_seal(entry))

    with pytest.raises(IntegrityError, match="sealed"):
        run(new_posting(entry, 2, 5, 0), new_posting(entry, 3, 0, 5))


def test_a_seal_without_an_entry_is_refused(app: Flask) -> None:
    with pytest.raises(IntegrityError):
        run(new_seal(new_id().hex))


def test_a_balance_that_was_tampered_with_is_found(app: Flask) -> None:
    factory.capture(100)
    run("UPDATE balances SET balance_fen = 99")

    assert problems() == ["balance_differs"]


def test_an_accepted_order_that_still_holds_money_is_found(app: Flask) -> None:
    order, _ = factory.capture(100)
    post("accepted", journals.accepted(order, new_id(), 60, 6, 0))

    assert problems() == ["closed_order_not_zero"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["capture", "refund", "accept", "release", "payout"]), st.integers(1, 500)
    ),
    max_size=25,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_whatever_happens_in_whatever_order_nothing_is_made_or_lost(
    app: Flask, taken: list[tuple[str, int]]
) -> None:
    order, provider = new_id(), new_id()
    make = {
        "capture": lambda n: journals.captured(order, n),
        "refund": lambda n: journals.refunded_before_acceptance(order, n),
        "accept": lambda n: journals.accepted(
            order, provider, n, portion(n, 1000), split_vat(portion(n, 1000), 600)[1]
        ),
        "release": lambda n: journals.released(order, provider, n),
        "payout": lambda n: journals.payout_paid(provider, n),
    }
    codes: set[str] = set()
    for action, amount in taken:
        try:
            post(action, make[action](amount))
        except Conflict as refused:
            codes.add(refused.code)

    db.session.rollback()
    assert codes <= {"balance_too_low"}
    total = sum((1 if CHART[code].debit_normal else -1) * book.balance(code) for code in CHART)
    assert total == 0
    assert not [one for one in problems() if one != "closed_order_not_zero"]
    lowest = db.session.query(db.func.min(Balance.balance_fen)).scalar()
    assert lowest is None or lowest >= 0


def test_many_threads_post_to_the_same_accounts_without_a_deadlock(app: Flask) -> None:
    provider = new_id()
    orders = [factory.capture(1_000)[0] for _ in range(4)]
    refused: list[Exception] = []

    def work(number: int) -> None:
        with app.app_context():
            for turn in range(5):
                order = orders[(number + turn) % 4]
                try:
                    post("accepted", journals.accepted(order, provider, 10, 1, 0))
                except Exception as error:  # noqa: BLE001 - counted by the test
                    refused.append(error)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert refused == []
    assert book.balance("2241.02", provider) == 8 * 5 * 9
    assert db.session.query(Posting).filter_by(account_code="6001.01").count() == 40
