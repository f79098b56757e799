"""The Lives of reviews and take-downs on their full grids."""

import uuid
from dataclasses import dataclass, field

import pytest

from marketplace.compliance.states import REVIEW_LIFE, TAKE_DOWN_LIFE
from marketplace.core.access import Actor, Permission, system
from marketplace.core.lives import Life

PROVIDER, REVIEWERS = uuid.uuid4(), uuid.uuid4()


@dataclass
class Thing:
    status: str
    provider_id: uuid.UUID = PROVIDER
    lift_asked_by: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)


def actor(organisation_id: uuid.UUID, *permissions: Permission) -> Actor:
    return Actor(
        "x", uuid.uuid4(), organisation_id, True, frozenset(), frozenset(permissions), via="token"
    )


@pytest.mark.parametrize(
    ("life", "status", "action"),
    [
        pytest.param(life, status, action, id=f"{status}-{action}")
        for life in (REVIEW_LIFE, TAKE_DOWN_LIFE)
        for status in life.states
        for action in life.steps
    ],
)
def test_only_the_right_person_moves_a_status_and_only_from_its_sources(
    life: Life, status: str, action: str
) -> None:
    row, thing = life.steps[action], Thing(str(status))
    open_now = status in row.sources
    may = row.permission
    if may == Permission.SYSTEM:
        assert (action in life.open_to(system("compliance"), thing)) == open_now
        assert action not in life.open_to(actor(REVIEWERS, *set(Permission) - {may}), thing)
        return
    home = PROVIDER if row.party == "provider_id" else REVIEWERS
    assert (action in life.open_to(actor(home, may), thing)) == open_now
    assert action not in life.open_to(actor(home, *set(Permission) - {may}), thing)
    if row.party:
        assert action not in life.open_to(actor(REVIEWERS, may), thing)
    if row.unless:
        assert action not in life.open_to(actor(PROVIDER, may), thing)


def test_who_asked_to_lift_a_stop_may_not_lift_it() -> None:
    who = actor(REVIEWERS, Permission.TAKE_DOWN)
    thing = Thing("lifting", lift_asked_by=who.person_id)
    assert "lift" not in TAKE_DOWN_LIFE.open_to(who, thing)
    assert "lift" in TAKE_DOWN_LIFE.open_to(actor(REVIEWERS, Permission.TAKE_DOWN), thing)
