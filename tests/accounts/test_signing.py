"""An organisation's signatures."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from marketplace.accounts import signing
from marketplace.accounts.models import SigningKey
from marketplace.accounts.queries import key_now
from marketplace.core.access import Role
from marketplace.core.database import everything, find, transaction, write_down
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from marketplace.core.signing import detached_with, public_jwk, thumbprint
from tests.factories import accounts as factories

PAPER = "买卖双方约定如下".encode()


def test_a_signature_made_here_is_checked_by_the_organisations_key(app: Flask) -> None:
    who = factories.actor(Role.PROVIDER)
    key = factories.signing_key(who)

    with transaction():
        jws, used = signing.sign_for(who, PAPER, factories.PIN)

    assert used.id == key.id
    assert signing.check(who.organisation_id, jws, PAPER).kid == key.kid
    with pytest.raises(Invalid, match="signature_not_valid"):
        signing.check(who.organisation_id, jws, PAPER + b"!")
    with pytest.raises(Invalid, match="signature_not_valid"):
        signing.check(factories.organisation().id, jws, PAPER)


def test_five_wrong_pins_lock_the_key_though_each_try_was_rolled_back(app: Flask) -> None:
    who = factories.actor(Role.PROVIDER)
    factories.signing_key(who)

    for _ in range(signing.WRONG_PINS):
        with pytest.raises(Invalid) as refused, transaction():
            signing.sign_for(who, PAPER, "000111")
        write_down(refused.value)

    with pytest.raises(TooMany), transaction():
        signing.sign_for(who, PAPER, factories.PIN)


def test_the_pin_and_the_private_key_are_not_in_the_database(app: Flask) -> None:
    key = factories.signing_key(factories.actor(Role.MANAGER))

    assert factories.PIN not in (key.wrapped or "")
    assert "d" not in key.public_jwk


def test_without_the_right_to_sign_nothing_is_signed(app: Flask) -> None:
    clerk = factories.staff(Role.FINANCE_CLERK)

    with pytest.raises(Forbidden, match="permission_missing"):
        signing.sign_for(clerk, PAPER, factories.PIN)


def test_without_a_key_signing_is_a_conflict(app: Flask) -> None:
    with pytest.raises(Conflict, match="no_signing_key"):
        signing.sign_for(factories.actor(Role.BUYER), PAPER, factories.PIN)


def test_an_own_key_needs_a_proof_of_possession(app: Flask) -> None:
    manager = factories.actor(Role.MANAGER)
    private = Ed25519PrivateKey.generate()
    jwk = public_jwk(private.public_key())
    kid = thumbprint(private.public_key())
    right = signing.possession_payload(manager.organisation_id, jwk)
    wrong = signing.possession_payload(factories.organisation().id, jwk)

    with pytest.raises(Invalid), transaction():
        signing.register_key(manager, jwk, detached_with(private, kid, wrong, "x"))
    with transaction():
        key = signing.register_key(manager, jwk, detached_with(private, kid, right, "x"))

    assert key.custody == "own"
    with pytest.raises(Conflict, match="key_already_known"), transaction():
        signing.register_key(manager, jwk, detached_with(private, kid, right, "x"))
    jws = detached_with(private, kid, PAPER, "x")
    assert signing.check(manager.organisation_id, jws, PAPER).id == key.id


def test_a_private_key_is_refused_where_a_public_one_is_asked_for(app: Flask) -> None:
    manager = factories.actor(Role.MANAGER)
    jwk = public_jwk(Ed25519PrivateKey.generate().public_key()) | {"d": "secret"}

    with pytest.raises(Invalid, match="key_not_usable"), transaction():
        signing.register_key(manager, jwk, "a..b")


def test_a_new_key_retires_the_former_which_still_judges_its_own_time(app: Flask) -> None:
    who = replace(factories.actor(Role.MANAGER, Role.PROVIDER))
    first = factories.signing_key(who)
    with transaction():
        jws, _ = signing.sign_for(who, PAPER, factories.PIN)
    made_at = first.valid_from

    second = factories.signing_key(who)

    assert key_now(who.organisation_id, "platform").id == second.id
    assert signing.check(who.organisation_id, jws, PAPER, at=made_at).id == first.id
    with pytest.raises(Invalid, match="signature_not_valid"):
        signing.check(who.organisation_id, jws, PAPER)
    with pytest.raises(Invalid, match="signature_not_valid"):
        signing.check(who.organisation_id, jws, PAPER, at=made_at - timedelta(days=1))


def test_only_a_manager_of_the_organisation_retires_its_key(app: Flask) -> None:
    who = factories.actor(Role.MANAGER)
    key = factories.signing_key(who)
    stranger, colleague = (
        factories.actor(Role.MANAGER),
        factories.member(who.organisation_id, Role.BUYER),
    )

    with pytest.raises(NotFound), transaction():
        signing.retire_key(stranger, key.id)
    with pytest.raises(Forbidden), transaction():
        signing.retire_key(colleague, key.id)
    with transaction():
        signing.retire_key(who, key.id)

    assert find(everything(SigningKey), key.id).retired_at is not None
    with pytest.raises(Conflict, match="wrong_state"), transaction():
        signing.retire_key(who, key.id)
