"""Figures out of real settlements: counted, reproduced, opened by who may, signed each day."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.access import ANYONE, Role, system
from marketplace.core.clock import BEIJING, now, today
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict, Forbidden, NotSignedIn
from marketplace.core.queue import Worker
from marketplace.ledger import log
from marketplace.statistics import jobs, queries, service
from marketplace.trading.models import Settlement
from marketplace.valuation.models import PriceObservation
from tests.factories import accounts, trading

SYSTEM = system("test")


def settle(count: int = 1, price_fen: int = 1_000_000) -> list[Settlement]:
    return [trading.settlement(price_fen=price_fen) for _n in range(count)]


def test_a_settled_trade_is_in_the_figure_and_its_month_is_beijings(app: Flask) -> None:
    before = queries.published().figures.total
    made = settle()[0]
    found = queries.published()

    assert (before.amount_fen, found.figures.total.amount_fen) == (0, made.amount_fen)
    local = made.settled_at.astimezone(BEIJING)
    assert queries.cells(now(), with_simulated=True)[0].month == f"{local:%Y-%m}"
    assert found.is_demo


def test_the_figure_of_a_past_instant_reproduces(app: Flask) -> None:
    settle()
    then = now()
    before = queries.published(then)
    settle()

    assert queries.published(then).figures == before.figures
    assert queries.published().figures.total.trades == 2


def test_simulated_trades_add_nothing_to_the_real_figure(app: Flask) -> None:
    settle()
    simulated = db.session.scalars(select(Settlement.simulated)).all()

    real = sum(one.amount_fen for one in queries.cells(now(), with_simulated=False))

    assert (real == 0) is all(simulated)
    assert queries.published().real_fen == real


def test_only_who_may_open_figures_sees_the_entries(app: Flask) -> None:
    made = settle(2)
    auditor = accounts.staff(Role.AUDITOR)

    rows = queries.behind(auditor, sector=made[0].sector)

    assert {one.settlement.order_id for one in rows} == {one.order_id for one in made}
    assert queries.behind(auditor, sector="health") == []
    for who, refusal in ((accounts.actor(Role.BUYER), Forbidden), (ANYONE, NotSignedIn)):
        with pytest.raises(refusal):
            queries.behind(who)


def test_the_entries_behind_each_figure_sum_to_it(app: Flask) -> None:
    settle(3)
    found = queries.published().figures
    auditor = accounts.staff(Role.AUDITOR)

    for name, parts in (
        ("sector", found.by_sector),
        ("data_kind", found.by_kind),
        ("month", found.by_month),
    ):
        for part in parts:
            rows = queries.behind(auditor, **{name: part.name})
            assert part.amount_fen is not None
            assert sum(one.settlement.amount_fen for one in rows) == part.amount_fen


def test_a_days_statement_is_signed_logged_in_clear_and_made_once(app: Flask) -> None:
    yesterday = today() - timedelta(days=1)
    with transaction():
        first = service.state(SYSTEM, yesterday)
    with transaction():
        again = service.state(SYSTEM, yesterday)

    entry = log.entry_of(first.id, "statistics")
    assert again.id == first.id
    assert entry is not None
    assert entry.public
    assert queries.statement(yesterday) is not None
    with pytest.raises(Conflict, match="day_not_over"), transaction():
        service.state(SYSTEM, today())
    administrator = accounts.staff(Role.ADMINISTRATOR)
    with pytest.raises(Forbidden), transaction():
        service.state(administrator, yesterday)


def test_the_jobs_are_done_once(app: Flask, worker: Worker) -> None:
    order_id = settle()[0].order_id
    worker.drain()
    jobs.observe(order_id)
    jobs.observe(order_id)
    jobs.state_yesterday()
    jobs.state_yesterday()

    assert len(db.session.scalars(select(PriceObservation)).all()) == 1
    assert len(queries.statements()) == 1


def test_the_public_page_says_demo_definition_and_data_time(
    app: Flask, client: FlaskClient
) -> None:
    settle()

    for address in ("/statistics/", "/en/statistics/"):
        page = client.get(address)
        assert page.status_code == 200
        assert "10,000.00" in page.text
    text = client.get("/statistics/").text
    assert "演示" in text
    assert "口径第 1 版" in text
    assert "数据时间" in text


def test_small_parts_do_not_show_anywhere_in_public(app: Flask, client: FlaskClient) -> None:
    settle(1, 1_234_500)
    settle(3, 900_000)
    sectors = (client.get("/api/v1/statistics").json or {})["figures"]["by_sector"]
    assert sum(one["amount_fen"] or 0 for one in sectors) == 3_934_500

    settled = trading.settlement(price_fen=777_700, dataset={"sector": "health"})

    body = client.get("/api/v1/statistics").text + client.get("/statistics/figures.csv").text
    assert "777700" not in body
    assert "7,777.00" not in body
    assert settled.amount_fen == 777_700


def test_as_of_takes_days_and_instants_and_refuses_the_rest(client: FlaskClient) -> None:
    assert client.get("/api/v1/statistics?as_of=2026-01-01").status_code == 200
    assert client.get("/api/v1/statistics?as_of=2026-01-01T00:00:00%2B08:00").status_code == 200
    for wrong in ("2026-01-01T00:00:00", "yesterday", "9999-99-99", "9999-12-31"):
        assert client.get(f"/api/v1/statistics?as_of={wrong}").status_code in {200, 422}
    assert client.get("/statistics/?as_of=nonsense").status_code == 422


def test_entries_need_their_permission_on_page_and_interface(
    app: Flask, client: FlaskClient
) -> None:
    settle()
    auditor = accounts.staff(Role.AUDITOR)
    address = "/api/v1/statistics/entries"

    refused = client.get(address)
    opened = client.get(address, headers=accounts.bearer(auditor))
    wrong = client.get(f"{address}?month=never", headers=accounts.bearer(auditor))

    assert (refused.status_code, opened.status_code, wrong.status_code) == (401, 200, 422)
    assert len(opened.json or []) == 1
    accounts.sign_in(client, auditor)
    assert client.get("/statistics/entries").status_code == 200
