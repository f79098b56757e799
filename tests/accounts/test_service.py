"""The commands: who may, who may not, and what is remembered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts import addresses, passwords, queries, service, totp
from marketplace.accounts.models import (
    ApiToken,
    ClaimCase,
    Membership,
    Organisation,
    Person,
    Session,
)
from marketplace.core.access import ANYONE, Actor, Permission, Role, visible
from marketplace.core.clock import now
from marketplace.core.database import db, transaction, write_down
from marketplace.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
)
from tests.factories import accounts as factories


def refused(run: Callable[[], Any]) -> str:
    """The code of the refusal that this command ends in, after writing what it remembers."""
    with pytest.raises(Refusal) as told, transaction():
        run()
    write_down(told.value)
    fields = getattr(told.value, "fields", {})
    return next(iter(fields.values()))[0] if fields else told.value.code


def run(command: Callable[[], Any]) -> Any:
    with transaction():
        return command()


# -- verification


def test_before_verification_nobody_trades(app: Flask) -> None:
    applicant, operator = factories.applicant(), factories.staff(Role.OPERATOR)
    assert not applicant.organisation_verified

    run(lambda: service.verify(operator, applicant.organisation_id))

    after = queries.actor_of(applicant.person_id, applicant.organisation_id)
    assert after.organisation_verified


def test_an_operator_never_decides_about_the_platform_itself(app: Flask) -> None:
    operator = factories.staff(Role.OPERATOR)
    home = operator.organisation_id

    assert refused(lambda: service.suspend(operator, home, "x")) == "conflict_of_interest"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.BUYER, Role.PROVIDER])
def test_traders_neither_verify_nor_even_see_another_organisation(app: Flask, role: Role) -> None:
    applicant, trader = factories.applicant(), factories.actor(role)
    key = applicant.organisation_id
    note = ["licence_unreadable"]

    for command in (
        lambda: service.verify(trader, key),
        lambda: service.return_registration(trader, key, note, ""),
        lambda: service.suspend(trader, key, "x"),
        lambda: service.restore(trader, key),
    ):
        assert refused(command) == "not_found"
    assert refused(lambda: service.verify(applicant, key)) == "permission_missing"


def test_verification_needs_papers_and_a_confirmed_address(app: Flask) -> None:
    operator = factories.staff(Role.OPERATOR)
    bare = factories.organisation(verified=False)
    unconfirmed = factories.applicant(confirmed=False)

    assert refused(lambda: service.verify(operator, bare.id)) == "papers_missing"
    missing = refused(lambda: service.verify(operator, unconfirmed.organisation_id))
    assert missing == "email_not_confirmed"


def test_a_second_claimant_opens_a_case_and_neither_is_verified_before_it_is_decided(
    app: Flask,
) -> None:
    operator, first = factories.staff(Role.OPERATOR), factories.applicant()
    run(lambda: service.verify(operator, first.organisation_id))
    code = queries.organisation(first.organisation_id).credit_code
    second = factories.applicant(code)
    case = db.session.scalars(select(ClaimCase)).one()
    case_id = case.id
    assert (case.holder_id, case.claimant_id) == (first.organisation_id, second.organisation_id)

    assert refused(lambda: service.verify(operator, second.organisation_id)) == "claim_case_open"
    assert refused(lambda: service.decide_case(first, case_id, "dismiss", "x")) == (
        "permission_missing"
    )
    run(lambda: service.decide_case(operator, case_id, "uphold", "执照原件在后登记方"))
    run(lambda: service.verify(operator, second.organisation_id))

    states = [queries.organisation(who.organisation_id).status for who in (first, second)]
    assert states == ["returned", "verified"]
    loser = queries.organisation(first.organisation_id)
    assert loser.return_reasons == ["code_belongs_to_other"]


def test_two_organisations_are_never_verified_under_one_code(app: Flask) -> None:
    first = factories.organisation()

    with pytest.raises(Conflict, match="already_exists"):
        factories.organisation(credit_code=first.credit_code)


def test_a_returned_applicant_corrects_and_resubmits(app: Flask) -> None:
    operator, applicant = factories.staff(Role.OPERATOR), factories.applicant()
    key = applicant.organisation_id
    run(lambda: service.return_registration(operator, key, ["name_differs"], "少了“有限”"))
    corrected = service.Application(
        "济南改名数据有限公司", factories.a_credit_code(), "public", "新址", "0531-1"
    )

    stranger = factories.actor(Role.MANAGER)
    assert refused(lambda: service.resubmit(stranger, key, corrected)) == "not_found"
    run(lambda: service.resubmit(applicant, key, corrected))

    home = queries.organisation(key)
    assert (home.status, home.name, home.return_reasons) == ("registered", corrected.name, [])


def test_a_reason_is_due_and_other_needs_words(app: Flask) -> None:
    operator, applicant = factories.staff(Role.OPERATOR), factories.applicant()
    key = applicant.organisation_id

    no_reason = refused(lambda: service.return_registration(operator, key, [], ""))
    no_words = refused(lambda: service.return_registration(operator, key, ["other"], ""))

    assert (no_reason, no_words) == ("return_reason_missing", "return_note_missing")


# -- members


def test_nobody_raises_his_own_rights(app: Flask) -> None:
    manager = factories.actor(Role.MANAGER)
    place = db.session.scalars(select(Membership)).one().id

    change = refused(lambda: service.change_member(manager, place, ["manager", "buyer"], 10**12))
    assert change == "own_rights"


def test_a_manager_gives_no_staff_role_and_no_limit_above_his_own(app: Flask) -> None:
    manager = factories.member(factories.organisation(), Role.MANAGER, limit=100_00)

    def asking(roles: list[str], limit: int | None) -> str:
        return refused(lambda: service.invite(manager, "a@example.cn", "甲", roles, limit))

    assert asking(["operator"], None) == "role_not_in_kind"
    assert asking(["buyer"], 100_01) == "signing_limit_above_own"
    assert asking(["nonsense"], None) == "field_invalid"


def test_staff_roles_are_given_by_an_administrator_only(app: Flask) -> None:
    registrar = factories.registrar_organisation()
    manager = factories.member(registrar, Role.MANAGER)
    administrator = factories.staff(Role.ADMINISTRATOR)

    def by(who: Actor, roles: list[str], home: Any = registrar.id) -> Any:
        return service.invite(who, "deng@example.cn", "登", roles, None, home)

    assert refused(lambda: by(manager, ["registrar"])) == "staff_role_by_administrator"
    assert refused(lambda: by(administrator, ["provider"])) == "role_not_in_kind"
    assert run(lambda: by(administrator, ["registrar"])).roles == ["registrar"]
    trader = factories.organisation().id
    assert refused(lambda: by(administrator, ["buyer"], trader)) == "wrong_organisation"


def test_a_role_that_the_organisation_may_not_have_gives_no_right(app: Flask) -> None:
    sly = factories.member(factories.organisation(), Role.OPERATOR, Role.BUYER)

    assert sly.roles == {Role.BUYER}
    assert not sly.may(Permission.ORGANISATION_VERIFY)


@pytest.mark.parametrize("role", [Role.BUYER, Role.PROVIDER])
def test_only_a_manager_of_the_same_organisation_manages_members(app: Flask, role: Role) -> None:
    home = factories.organisation()
    colleague = factories.member(home, role)
    target = factories.member(home, Role.BUYER)
    query = select(Membership.id).where(Membership.person_id == target.person_id)
    place = db.session.scalar(query)
    stranger = factories.actor(Role.MANAGER)

    for who, code in ((colleague, "permission_missing"), (stranger, "not_found")):
        change = refused(lambda who=who: service.change_member(who, place, ["buyer"], None))
        remove = refused(lambda who=who: service.remove_member(who, place))
        assert (change, remove) == (code, code)
    invite = refused(lambda: service.invite(colleague, "a@example.cn", "甲", ["buyer"], None))
    assert invite == "permission_missing"


def test_a_removed_member_is_out_at_once(app: Flask) -> None:
    home = factories.organisation()
    manager, target = factories.member(home, Role.MANAGER), factories.member(home, Role.BUYER)
    headers = factories.bearer(target)
    place = db.session.scalar(select(Membership.id).where(Membership.person_id == target.person_id))

    run(lambda: service.remove_member(manager, place))

    assert queries.visit_by_token(headers["Authorization"].split()[1]) is None
    assert queries.actor_of(target.person_id, target.organisation_id).roles == frozenset()


def test_an_invitation_to_a_known_address_needs_that_person(app: Flask) -> None:
    manager, known = factories.actor(Role.MANAGER), factories.actor(Role.BUYER)
    email = queries.person(known.person_id).email
    run(lambda: service.invite(manager, email, "甲", ["provider"], None))
    token = factories.invitation_token(email)

    by_nobody = refused(lambda: service.accept_invitation(ANYONE, token, name="甲"))
    by_other = refused(lambda: service.accept_invitation(manager, token))
    run(lambda: service.accept_invitation(known, token))

    assert (by_nobody, by_other) == ("sign_in_to_accept", "sign_in_to_accept")
    assert len(queries.memberships_of(known.person_id)) == 2
    assert refused(lambda: service.accept_invitation(known, token)) == "link_not_valid"


# -- signing in


def test_a_code_works_once_even_within_its_time(app: Flask) -> None:
    who = factories.staff(Role.OPERATOR)
    code = totp.code_at(factories.enrol(who), now())

    run(lambda: service.open_token(who.person_id, code=code))
    again = refused(lambda: service.open_token(who.person_id, code=code))

    assert again == "totp_wrong"


def test_five_wrong_codes_lock_though_each_try_was_rolled_back(app: Flask) -> None:
    who = factories.staff(Role.OPERATOR)
    secret = factories.enrol(who)
    for _ in range(service.people.WRONG_CODES):
        assert refused(lambda: service.open_token(who.person_id, code="000000")) == "totp_wrong"

    code = totp.code_at(secret, now())
    assert refused(lambda: service.open_token(who.person_id, code=code)) == "too_many_attempts"


def test_a_recovery_code_works_once(app: Flask) -> None:
    who = factories.actor(Role.BUYER)
    run(lambda: service.open_session(who.person_id))
    session = db.session.scalars(select(Session)).one().id
    here = replace(who, session_id=session)
    secret = run(lambda: service.begin_enrolment(here))
    code = totp.code_at(secret, now())
    codes, _ = run(lambda: service.confirm_enrolment(here, code))

    run(lambda: service.open_token(who.person_id, code=codes[0].lower()))
    assert refused(lambda: service.open_token(who.person_id, code=codes[0])) == "totp_wrong"


def test_staff_without_a_second_factor_get_a_token_that_can_only_enrol(app: Flask) -> None:
    who = factories.staff(Role.OPERATOR)

    token = run(lambda: service.open_token(who.person_id))

    visit = queries.visit_by_token(token)
    assert (visit.actor.via, visit.actor.permissions) == ("pending", frozenset())
    pending = visit.actor
    for command in (
        lambda: service.change_password(pending, "x"),
        lambda: service.sign_out_everywhere(pending),
        lambda: service.choose_language(pending, "en"),
        lambda: service.drop_second_factor(pending, "000000"),
    ):
        assert refused(command) == "sign_in_required"
    secret = run(lambda: service.begin_enrolment(pending))
    run(lambda: service.confirm_enrolment(pending, totp.code_at(secret, now())))
    assert queries.visit_by_token(token).actor.may(Permission.ORGANISATION_VERIFY)


def test_an_idle_session_ends_sooner_for_staff(app: Flask) -> None:
    for who, minutes, alive in (
        (factories.actor(Role.BUYER), 20, True),
        (factories.actor(Role.BUYER), 31, False),
        (factories.staff(Role.OPERATOR), 14, True),
        (factories.staff(Role.OPERATOR), 16, False),
    ):
        token = run(lambda who=who: service.open_session(who.person_id))
        with transaction():
            row = db.session.scalars(
                select(Session).where(Session.person_id == who.person_id)
            ).one()
            row.last_seen_at = now() - timedelta(minutes=minutes)
        assert (queries.visit_by_session(token) is not None) is alive


def test_the_secrets_of_people_are_hashed_or_sealed(app: Flask) -> None:
    who = factories.actor(Role.BUYER)
    secret = factories.enrol(who)
    token = run(lambda: service.open_session(who.person_id))

    person = queries.person(who.person_id)
    assert secret not in person.totp_secret
    assert db.session.scalars(select(Session)).one().token_digest != token


def test_unknown_addresses_cost_the_same_work(app: Flask, monkeypatch: Any) -> None:
    seen: list[str | None] = []
    real = passwords.holds

    def watching(password_hash: str | None, password: str) -> bool:
        seen.append(password_hash)
        return real(password_hash, password)

    monkeypatch.setattr(passwords, "holds", watching)
    with pytest.raises(Invalid, match="sign_in_failed"):
        service.check_password("nobody@example.cn", "x" * 12, "here")

    assert seen == [None]


def test_an_address_that_tries_too_often_is_locked_for_every_account(app: Flask) -> None:
    for number in range(service.people.WRONG_FROM_ADDRESS):
        with transaction():
            service.people.limits.count("signin:address:here")
        assert number < 50
    with pytest.raises(TooMany):
        service.check_password(factories.person().email, factories.PASSWORD, "here")


# -- tokens


def test_a_token_never_has_more_than_its_maker(app: Flask) -> None:
    buyer = factories.actor(Role.BUYER)

    more = refused(lambda: service.issue_token(buyer, "x", ["dataset:edit"]))
    _, secret = run(lambda: service.issue_token(buyer, "x", ["order:place"]))

    assert more == "scope_not_held"
    token_actor = queries.visit_by_token(secret).actor
    assert token_actor.permissions == {Permission.ORDER_PLACE}
    assert refused(lambda: service.issue_token(token_actor, "y", ["order:place"])) == (
        "permission_missing"
    )
    assert secret not in {row.token_digest for row in db.session.scalars(select(ApiToken))}


def test_a_token_loses_what_its_person_loses(app: Flask) -> None:
    home = factories.organisation()
    manager, target = factories.member(home, Role.MANAGER), factories.member(home, Role.PROVIDER)
    _, secret = run(lambda: service.issue_token(target, "x", ["dataset:edit"]))
    place = db.session.scalar(select(Membership.id).where(Membership.person_id == target.person_id))

    run(lambda: service.change_member(manager, place, ["buyer"], None))

    assert queries.visit_by_token(secret).actor.permissions == frozenset()


def test_expired_and_revoked_tokens_are_nobody(app: Flask) -> None:
    who = factories.actor(Role.BUYER)
    row, secret = run(lambda: service.issue_token(who, "x", ["order:place"]))
    row_id = row.id
    run(lambda: service.revoke_token(who, row_id))

    assert queries.visit_by_token(secret) is None


def test_a_stranger_does_not_see_or_revoke_a_token(app: Flask) -> None:
    who, stranger = factories.actor(Role.BUYER), factories.actor(Role.MANAGER)
    row, _ = run(lambda: service.issue_token(who, "x", ["order:place"]))
    row_id = row.id

    assert refused(lambda: service.revoke_token(stranger, row_id)) == "not_found"
    assert refused(lambda: service.revoke_token(ANYONE, row_id)) == "sign_in_required"


# -- papers, facts, addresses


def test_papers_are_seen_by_their_organisation_and_staff(app: Flask) -> None:
    owner, stranger = factories.actor(Role.PROVIDER), factories.actor(Role.PROVIDER)
    paper = factories.document(owner).id

    assert queries.document(owner, paper).id == paper
    assert queries.document(factories.staff(Role.REVIEWER), paper).id == paper
    for blind in (stranger, ANYONE, factories.staff(Role.ADMINISTRATOR)):
        with pytest.raises(NotFound):
            queries.document(blind, paper)
    reviewer = factories.staff(Role.REVIEWER)
    with pytest.raises(Forbidden, match="wrong_organisation"), transaction():
        service.remove_document(reviewer, paper)


def test_only_a_manager_edits_the_organisation(app: Flask) -> None:
    facts: dict[str, Any] = {"address": "新址", "contact": "1", "bank_account": None}

    buyer = factories.actor(Role.BUYER)
    assert refused(lambda: service.edit_organisation(buyer, **facts)) == "permission_missing"
    manager = factories.actor(Role.MANAGER)
    run(lambda: service.edit_organisation(manager, **facts))
    assert queries.organisation(manager.organisation_id).address == "新址"


def test_an_address_is_compared_without_case_and_width(app: Flask) -> None:
    assert addresses.normalise(" Ｌｉ@Example.CN ") == "li@example.cn"
    for wrong in ("", "a", "a@b", "a b@c.cn", "a@c.cn\nBcc: x@y.cn", "a@@c.cn"):
        with pytest.raises(Invalid):
            addresses.normalise(wrong)


def test_a_visitor_sees_no_organisation_person_or_case(app: Flask) -> None:
    factories.applicant()

    for model in (Organisation, Membership, ClaimCase, ApiToken):
        assert db.session.scalars(visible(ANYONE, model)).all() == []
    with pytest.raises(NotSignedIn), transaction():
        service.add_document(ANYONE, "x", "x", "x", None)
    assert db.session.scalars(select(Person)).one().email_confirmed_at is not None
