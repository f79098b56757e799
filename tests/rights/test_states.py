"""Every Life of rights on its full grid: status × action × who asks."""

import uuid
from dataclasses import dataclass, field

import pytest

from marketplace.core.access import Actor, Permission, system
from marketplace.core.lives import Life
from marketplace.rights import states

HOLDER, HANDLER, OTHER = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


@dataclass
class Thing:
    status: str
    provider_id: uuid.UUID = HOLDER
    holder_id: uuid.UUID = HOLDER
    handler_id: uuid.UUID = HANDLER
    issuer_id: uuid.UUID = HANDLER
    id: uuid.UUID = field(default_factory=uuid.uuid4)


LIVES = {
    "precheck": states.PRECHECK_LIFE,
    "registrar": states.REGISTRAR_LIFE,
    **{f"objection_{key}": life for key, life in states.OBJECTION_LIVES.items()},
    **{f"certificate_{key}": life for key, life in states.CERTIFICATE_LIVES.items()},
    "outside": states.OUTSIDE_LIFE,
    "registration": states.REGISTRATION_LIFE,
    "authorisation": states.AUTHORISATION_LIFE,
}
GRID = [
    pytest.param(life, status, action, id=f"{name}-{status}-{action}")
    for name, life in LIVES.items()
    for status in life.states
    for action in life.steps
]


def actor(organisation_id: uuid.UUID, *permissions: Permission) -> Actor:
    return Actor(
        "x", uuid.uuid4(), organisation_id, True, frozenset(), frozenset(permissions), via="token"
    )


@pytest.mark.parametrize(("life", "status", "action"), GRID)
def test_only_the_right_person_moves_a_status_and_only_from_its_sources(
    life: Life, status: str, action: str
) -> None:
    row, thing = life.steps[action], Thing(str(status))
    open_now = status in row.sources
    party = getattr(thing, row.party) if row.party else HANDLER
    may = row.permission

    if may == Permission.SYSTEM:
        assert (action in life.open_to(system("clocks"), thing)) == open_now
        assert action not in life.open_to(actor(HANDLER, *set(Permission) - {may}), thing)
        return
    assert (action in life.open_to(actor(party, may), thing)) == open_now
    assert action not in life.open_to(actor(party, *set(Permission) - {may}), thing)
    if row.party:
        assert action not in life.open_to(actor(OTHER, may), thing)
    if row.unless:
        conflicted = Thing(str(status), provider_id=party, holder_id=party)
        assert action not in life.open_to(actor(party, may), conflicted)


def test_whoever_handles_a_case_is_never_the_applicant() -> None:
    for life in (states.PRECHECK_LIFE, states.REGISTRAR_LIFE):
        for row in life.steps.values():
            by_handler = row.permission in {Permission.CLAIM_PRECHECK, Permission.CLAIM_REGISTER}
            assert (row.party == "handler_id") == by_handler
            assert (row.unless is not None) == by_handler
