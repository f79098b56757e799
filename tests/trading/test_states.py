"""The whole grid of each life: status × action × who acts."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from marketplace.core import lives
from marketplace.core.access import Actor, Permission, system
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.lives import Life
from marketplace.trading.states import CONTRACT_LIFE, ORDER_LIFE, REQUEST_LIFE

PROVIDER, BUYER, OTHER = (UUID(int=n) for n in (1, 2, 3))
LIVES = {"request": REQUEST_LIFE, "contract": CONTRACT_LIFE, "order": ORDER_LIFE}
GRID = [
    (name, str(status), action)
    for name, life in LIVES.items()
    for status in life.states
    for action in life.steps
]


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grid asks for leave and states only; rows are tested beside it."""
    monkeypatch.setattr(lives, "record", lambda *a, **k: None)
    monkeypatch.setattr(lives, "db", SimpleNamespace(session=SimpleNamespace(flush=lambda: None)))


def person(organisation: UUID, *permissions: Permission) -> Actor:
    return Actor("p", organisation_id=organisation, permissions=frozenset(permissions))


def thing(status: str, signatures: tuple[Any, ...] = ()) -> Any:
    return SimpleNamespace(
        status=status, provider_id=PROVIDER, buyer_id=BUYER, signatures=signatures
    )


def home(life: Life, action: str) -> UUID:
    party = life.steps[action].party
    return {"provider_id": PROVIDER, "buyer_id": BUYER, None: OTHER}[party]


@pytest.mark.parametrize(("name", "status", "action"), GRID)
def test_a_step_is_taken_from_its_sources_by_the_right_person_only(
    name: str, status: str, action: str
) -> None:
    life = LIVES[name]
    row = life.steps[action]
    right = person(home(life, action), row.permission)
    one = thing(status)

    if status in row.sources:
        assert action in life.open_to(right, one)
        life.take(right, one, action)
        assert one.status == row.target
    else:
        assert action not in life.open_to(right, one)
        with pytest.raises(Conflict, match="wrong_state"):
            life.take(right, one, action)
        assert one.status == status


@pytest.mark.parametrize(("name", "status", "action"), GRID)
def test_the_wrong_role_and_the_wrong_organisation_move_nothing(
    name: str, status: str, action: str
) -> None:
    life = LIVES[name]
    row = life.steps[action]
    one = thing(status)

    with pytest.raises(Forbidden, match="permission_missing"):
        life.take(person(home(life, action)), one, action)
    if row.party:
        for elsewhere in {PROVIDER, BUYER, OTHER} - {home(life, action)}:
            with pytest.raises(Forbidden, match="wrong_organisation"):
                life.take(person(elsewhere, row.permission), one, action)
    assert one.status == status


@pytest.mark.parametrize("action", ["dismiss", "refund_part", "refund_all"])
@pytest.mark.parametrize("side", [PROVIDER, BUYER])
def test_nobody_decides_his_own_dispute(action: str, side: UUID) -> None:
    with pytest.raises(Forbidden, match="conflict_of_interest"):
        ORDER_LIFE.take(person(side, Permission.ORDER_ARBITRATE), thing("disputed"), action)


def test_a_signed_text_is_not_sent_back() -> None:
    buyer = person(BUYER, Permission.ACCESS_REQUEST)

    with pytest.raises(Forbidden, match="conflict_of_interest"):
        CONTRACT_LIFE.take(buyer, thing("signing", signatures=(1,)), "reopen")


def test_the_scheduler_may_take_what_only_the_system_takes() -> None:
    one = thing("accepted")

    ORDER_LIFE.take(system("scheduler"), one, "settle")

    assert one.status == "settled"
