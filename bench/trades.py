"""Settled trades a second against pgbench's TPC-B-like on the same PostgreSQL.

A trade begins as a placed order and goes through secured, delivered, accepted and settled, each
command in its own transaction, with its journal, events, follow-up jobs, settlement and log
record. Contracts and orders are made before the clock starts. Four clients on both sides; ours
are processes, as the web server's and the worker's are.
"""

import multiprocessing
import time
from multiprocessing.pool import Pool
from statistics import median
from uuid import UUID

from flask import Flask

from bench.figure import Figure
from bench.instance import on_postgresql, pgbench
from marketplace.core.access import Actor, system
from marketplace.core.database import db, transaction
from marketplace.trading import service
from marketplace.trading.queries import settlement_of
from tests.factories import trading

GOAL = 0.05
ROUNDS = 3
CLIENTS = 4
TRADES = 20  # of each client in each round
SECONDS = 4  # of pgbench in each round
BENCH = system("bench")

Waiting = list[tuple[UUID, Actor]]


def run() -> list[Figure]:
    """Ours and pgbench in alternating rounds; the median of each."""
    ours, reference = [], []
    with on_postgresql() as (app, base):
        sides = [trading.trade() for _ in range(CLIENTS)]
        with multiprocessing.get_context("fork").Pool(CLIENTS, _begin, (app,)) as clients:
            _rate(clients, [_placed(side, 2) for side in sides])  # to warm up
            for _ in range(ROUNDS):
                waiting = [_placed(side, TRADES) for side in sides]
                reference.append(pgbench(base, SECONDS, CLIENTS))
                ours.append(_rate(clients, waiting))
    rate, theirs = median(ours), median(reference)
    return [Figure("settled trades", f"{rate:.1f}/s", f"TPC-B {theirs:.0f}/s", rate / theirs, GOAL)]


def _begin(app: Flask) -> None:
    """In a new client: connections of its own, none of the one it was forked from."""
    app.app_context().push()
    db.session.remove()
    db.engine.dispose(close=False)


def _placed(side: trading.Trade, count: int) -> Waiting:
    """So many orders of one pair that wait for their money."""
    made: Waiting = []
    for _ in range(count):
        contract = trading.signed_contract(side, terms={"custody": "licensed"})
        with transaction():
            order = service.place(side.buyer, contract.id, method="transfer")
        made.append((order.id, side.buyer))
    return made


def _rate(clients: Pool, waiting: list[Waiting]) -> float:
    """Trades a second over all clients."""
    began = time.perf_counter()
    settled = sum(clients.map(_settle, waiting, chunksize=1))
    return settled / (time.perf_counter() - began)


def _settle(orders: Waiting) -> int:
    """One client: every order to its end, then a look whether each counts as a trade."""
    for order_id, buyer in orders:
        with transaction():
            service.secure(BENCH, order_id, channel="transfer")
        with transaction():
            service.mark_delivered(BENCH, order_id)
        with transaction():
            service.accept(buyer, order_id)
        with transaction():
            service.settle(BENCH, order_id)
    settled = sum(settlement_of(order_id) is not None for order_id, _ in orders)
    db.session.rollback()
    assert settled == len(orders), "an order did not settle"
    return settled
