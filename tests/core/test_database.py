"""Transactions, numbers, idempotency, limits, lives: on real databases, with real races."""

import threading
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from marketplace.core import idempotency, limits
from marketplace.core.access import ANYONE, Actor, Permission, system
from marketplace.core.database import db, everything, find, hold, refusal_of, transaction
from marketplace.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
)
from marketplace.core.events import history
from marketplace.core.ids import new_id
from marketplace.core.lives import Life, step
from marketplace.core.models import Attempt, NumberSeries
from marketplace.core.numbers import next_number


def in_threads(app: Flask, count: int, work: Callable[[], Any]) -> list[Any]:
    """What each of `count` threads got from `work`, or how it was refused."""
    answers: list[Any] = []
    start = threading.Barrier(count, timeout=30)

    def run() -> None:
        with app.app_context():
            start.wait()
            try:
                answers.append(work())
            except Refusal as refusal:
                answers.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_transaction_is_never_opened_within_another(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="already open"), transaction(), transaction():
        pass
    with transaction():
        pass  # and the refusal left nothing behind


def test_rows_changed_outside_are_refused(app: Flask) -> None:
    db.session.add(NumberSeries(series="x"))

    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass


def test_everything_is_saved_together_or_nothing(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.add(NumberSeries(series="x"))
        db.session.flush()
        raise ZeroDivisionError

    assert db.session.scalars(everything(NumberSeries)).all() == []


def test_a_row_changed_meanwhile_is_a_conflict(app: Flask) -> None:
    with pytest.raises(Conflict, match="changed_meanwhile"), transaction():
        raise StaleDataError


def test_what_is_not_there_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound), transaction():
        hold(everything(NumberSeries), new_id())
    with pytest.raises(NotFound):
        find(everything(NumberSeries), new_id())


def test_one_of_two_with_the_same_key_is_told_so(app: Flask) -> None:
    def lay() -> str:
        with transaction():
            db.session.add(NumberSeries(series="one"))
        return "laid"

    assert sorted(in_threads(app, 2, lay)) == ["already_exists", "laid"]


def test_numbers_have_no_gaps_and_no_doubles(app: Flask) -> None:
    def take() -> list[int]:
        taken = []
        for _ in range(5):
            with transaction():
                taken.append(next_number("DR-2026"))
        return taken

    answers = in_threads(app, 8, take)

    assert sorted(number for taken in answers for number in taken) == list(range(1, 41))


def test_a_number_given_out_in_vain_is_given_out_again(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        assert next_number("x") == 1
        raise ZeroDivisionError
    with transaction():
        assert next_number("x") == 1
        assert next_number("x") == 2
        assert next_number("y") == 1


BUYER = Actor("b", organisation_id=new_id(), permissions=frozenset({Permission.ORDER_PLACE}))


def test_the_same_request_has_the_same_answer(app: Flask) -> None:
    made = new_id()
    with transaction():
        assert idempotency.already(BUYER, "orders", "k", {"a": 1}) is None
        idempotency.remember(BUYER, "orders", "k", {"a": 1}, made)

    with transaction():
        assert idempotency.already(BUYER, "orders", "k", {"a": 1}) == made
        assert idempotency.already(BUYER, "other", "k", {"a": 1}) is None
        assert idempotency.already(BUYER, "orders", None, {"a": 1}) is None
        idempotency.remember(BUYER, "orders", None, {}, made)
    with pytest.raises(Conflict, match="idempotency_key_reused"), transaction():
        idempotency.already(BUYER, "orders", "k", {"a": 2})
    with pytest.raises(Invalid, match="idempotency_key_length"):
        idempotency.already(BUYER, "orders", "k" * 256, {})
    with pytest.raises(Invalid, match="organisation_required"), transaction():
        idempotency.remember(ANYONE, "orders", "k", {}, made)


def test_of_two_at_once_one_request_is_done(app: Flask) -> None:
    def place() -> str:
        with transaction():
            found = idempotency.already(BUYER, "orders", "k", {})
            if found is None:
                idempotency.remember(BUYER, "orders", "k", {}, new_id())
        return "answered"

    answers = in_threads(app, 2, place)

    assert set(answers) <= {"answered", "already_exists"}
    assert "answered" in answers
    assert len(db.session.execute(select(idempotency.IdempotencyKey)).all()) == 1


def test_limits_count_until_forgotten(app: Flask) -> None:
    with transaction():
        for _ in range(3):
            limits.check("sign-in:x", 3, timedelta(minutes=5))
            limits.count("sign-in:x")
    with pytest.raises(TooMany) as told, transaction():
        limits.check("sign-in:x", 3, timedelta(minutes=5))
    assert told.value.facts == {"retry_after": 300}
    with transaction():
        limits.sweep()
        assert len(db.session.execute(select(Attempt)).all()) == 3
        limits.forget("sign-in:x")
        limits.check("sign-in:x", 1, timedelta(minutes=5))


class State(StrEnum):
    OPEN = "open"
    SHUT = "shut"


class Toy:
    """A thing with a status and a party."""

    __tablename__ = "toys"

    def __init__(self, status: str) -> None:
        self.id, self.status, self.owner_id = new_id(), status, BUYER.organisation_id


LIFE = Life(
    State,
    step(
        "shut",
        {State.OPEN},
        State.SHUT,
        Permission.ORDER_PLACE,
        "toy.shut",
        party="owner_id",
        unless=lambda actor, _toy: actor.name == "conflicted",
    ),
)


def _actor(name: str = "b", *permissions: Permission, organisation: Any = None) -> Actor:
    return Actor(
        name,
        organisation_id=organisation or BUYER.organisation_id,
        permissions=frozenset(permissions or {Permission.ORDER_PLACE}),
    )


@pytest.mark.parametrize(
    ("actor", "status", "refused", "code"),
    [
        (BUYER, "open", None, ""),
        (system("clock"), "open", None, ""),
        (BUYER, "shut", Conflict, "wrong_state"),
        (ANYONE, "open", NotSignedIn, "sign_in_required"),
        (_actor("b", Permission.BOOK_READ), "open", Forbidden, "permission_missing"),
        (_actor(organisation=new_id()), "open", Forbidden, "wrong_organisation"),
        (_actor("conflicted"), "open", Forbidden, "conflict_of_interest"),
    ],
)
def test_a_life_asks_who_whose_and_when(
    app: Flask, actor: Actor, status: str, refused: type[Refusal] | None, code: str
) -> None:
    toy = Toy(status)
    buttons = LIFE.open_to(actor, toy)

    if refused is None:
        with transaction():
            LIFE.take(actor, toy, "shut", why="late")
        assert toy.status == "shut"
        told = history("toys", toy.id)
        assert [one.facts for one in told] == [{"before": "open", "after": "shut", "why": "late"}]
        assert buttons == ("shut",)
        return
    with pytest.raises(refused, match=code), transaction():
        LIFE.take(actor, toy, "shut")
    assert toy.status == status
    assert buttons == ()


def test_an_action_stands_once_in_a_life() -> None:
    row = LIFE.steps["shut"]
    with pytest.raises(ValueError, match="twice"):
        Life(State, row, row)


def test_errors_of_ours_stay_errors() -> None:
    assert refusal_of(ZeroDivisionError()) is None
