"""The whole grid of each life: status × action × who."""

from dataclasses import replace

import pytest
from flask import Flask

from marketplace.accounts.models import ClaimCase, Invitation, Organisation
from marketplace.accounts.states import CASE_LIFE, INVITATION_LIFE, ORGANISATION_LIFE
from marketplace.core.access import Permission, Role, system
from marketplace.core.clock import now
from marketplace.core.database import add, transaction
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.lives import Life
from tests.factories import accounts as factories


def refusal(life: Life, actor: object, thing: object, action: str) -> str | None:
    try:
        with transaction():
            life.take(actor, thing, action)
    except (Forbidden, Conflict) as refused:
        return refused.code
    return None


@pytest.mark.parametrize("status", list(ORGANISATION_LIFE.states))
@pytest.mark.parametrize("action", list(ORGANISATION_LIFE.steps))
def test_the_grid_of_an_organisation(app: Flask, status: str, action: str) -> None:
    step = ORGANISATION_LIFE.steps[action]

    def fresh() -> Organisation:
        return factories.organisation(status=str(status), credit_code=factories.a_credit_code())

    home = fresh()
    own = replace(factories.member(home, Role.MANAGER), permissions=frozenset({step.permission}))
    stranger = replace(factories.actor(Role.MANAGER), permissions=frozenset({step.permission}))
    powerless = replace(own, permissions=frozenset())
    right, wrong = (own, stranger) if step.party else (stranger, own)
    expected = "wrong_organisation" if step.party else "conflict_of_interest"

    assert refusal(ORGANISATION_LIFE, powerless, home, action) == "permission_missing"
    assert refusal(ORGANISATION_LIFE, wrong, home, action) == expected
    done = refusal(ORGANISATION_LIFE, right, home, action)
    assert done == (None if status in step.sources else "wrong_state")
    if done is None:
        assert home.status == step.target


@pytest.mark.parametrize("status", list(CASE_LIFE.states))
@pytest.mark.parametrize("action", list(CASE_LIFE.steps))
def test_the_grid_of_a_claim_case(app: Flask, status: str, action: str) -> None:
    step = CASE_LIFE.steps[action]
    holder, claimant = factories.organisation(), factories.organisation(verified=False)
    with transaction():
        case = add(
            ClaimCase(
                credit_code=holder.credit_code,
                holder_id=holder.id,
                claimant_id=claimant.id,
                status=str(status),
            )
        )
    operator = factories.staff(Role.OPERATOR)
    holding = frozenset({Permission.ORGANISATION_VERIFY})
    parties = [
        replace(factories.member(home, Role.MANAGER), permissions=holding)
        for home in (holder, claimant)
    ]

    assert refusal(CASE_LIFE, factories.actor(Role.MANAGER), case, action) == "permission_missing"
    for party in parties:
        assert refusal(CASE_LIFE, party, case, action) == "conflict_of_interest"
    done = refusal(CASE_LIFE, operator, case, action)
    assert done == (None if status in step.sources else "wrong_state")


@pytest.mark.parametrize("status", list(INVITATION_LIFE.states))
@pytest.mark.parametrize("action", list(INVITATION_LIFE.steps))
def test_the_grid_of_an_invitation(app: Flask, status: str, action: str) -> None:
    step = INVITATION_LIFE.steps[action]
    manager = factories.actor(Role.MANAGER)
    with transaction():
        invitation = add(
            Invitation(
                organisation_id=manager.organisation_id,
                email="xin@example.cn",
                roles=["buyer"],
                invited_by=manager.person_id,
                expires_at=now(),
                status=str(status),
            )
        )
    right = manager if step.party else system("test")

    buyer = factories.actor(Role.BUYER)
    assert refusal(INVITATION_LIFE, buyer, invitation, action) == "permission_missing"
    if step.party:
        other = factories.actor(Role.MANAGER)
        assert refusal(INVITATION_LIFE, other, invitation, action) == "wrong_organisation"
    done = refusal(INVITATION_LIFE, right, invitation, action)
    assert done == (None if status in step.sources else "wrong_state")
