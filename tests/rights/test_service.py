"""From form to certificate: acceptance, supplement, notice, waiver, pre-check, with wrong people refused."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import inspect, select, update

from marketplace.core import signing
from marketplace.core.access import Role, system
from marketplace.core.clock import today
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.holdings import holdings
from marketplace.ledger import log
from marketplace.ledger.models import LogEntry
from marketplace.rights import jobs, queries, service
from marketplace.rights.codes import REAL_CODE
from marketplace.rights.models import Certificate, Claim
from tests.factories import accounts
from tests.factories import rights as factory

CLOCKS = system("clocks")


def claim_of(claim_id: UUID) -> Claim:
    return find(everything(Claim), claim_id)


def backdate(claim: Claim, **columns) -> None:
    """Let a day of the case lie in the past."""
    with transaction():
        db.session.execute(update(Claim).where(Claim.id == claim.id).values(**columns))


@pytest.fixture
def provider(app: Flask):
    return accounts.actor(Role.PROVIDER)


def test_a_waived_notice_ends_in_a_certificate_that_verifies(provider) -> None:
    dataset = factory.ready_dataset(provider)
    certificate = factory.certificate(provider, dataset)

    assert certificate.number.endswith("-DEMO")
    assert not REAL_CODE.match(certificate.number)
    assert signing.verify_compact(holdings().signer().public, certificate.vc_jws)
    payload = signing.payload_of(certificate.vc_jws)
    assert payload["credentialSubject"]["number"] == certificate.number
    assert payload["mode"] == "demo"
    entry = log.entry_of(certificate.id, "registration")
    assert entry is not None
    assert entry.public
    live = queries.live_certificate(dataset.id, provider.organisation_id)
    assert live is not None
    assert live.id == certificate.id
    assert certificate.valid_until.year == today().year + 5 or today().day == 1


def test_the_platforms_paper_has_its_own_number_and_is_no_certificate(provider) -> None:
    dataset = factory.ready_dataset(provider)
    operator = accounts.staff(Role.OPERATOR)
    claim = factory.reviewing(provider, dataset, operator, route="precheck")

    with transaction():
        service.endorse(operator, claim.id, note="材料齐全")
    with transaction():
        service.hand_over(operator, claim.id, outside_registrar="省数据登记机构（虚构）")

    paper = queries.certificate_of_claim(claim.id)
    assert paper.number.startswith("QS-YJ-")
    assert "不是数据产权登记证书" in paper.vc_jws or "不是数据产权登记证书" in str(
        signing.payload_of(paper.vc_jws)
    )
    assert not log.entry_of(paper.id, "registration").public
    assert claim_of(claim.id).status == "handed_over"


def test_without_a_registrar_nothing_anywhere_looks_like_a_registrars_code(provider) -> None:
    dataset = factory.ready_dataset(provider)
    operator = accounts.staff(Role.OPERATOR)
    claim = factory.reviewing(provider, dataset, operator, route="precheck")
    with transaction():
        service.endorse(operator, claim.id, note="")

    numbers = [one.number for one in db.session.scalars(select(Certificate))]
    assert numbers
    assert not any(REAL_CODE.match(one) for one in numbers)
    made = set(inspect(db.engine).get_table_names())
    for table in (one for one in db.metadata.sorted_tables if one.name in made):
        for row in db.session.execute(select(table)):
            assert not any(isinstance(value, str) and REAL_CODE.match(value) for value in row)


def test_in_production_only_a_registrar_of_the_directory_may_register(
    provider, monkeypatch
) -> None:
    registrar = accounts.registrar_organisation()
    identity = queries.instance()
    monkeypatch.setattr(queries, "instance", lambda: type(identity)("production", "", ""))

    assert not queries.may_register(registrar)
    assert list(queries.registrars()) == []


def test_government_duty_data_is_refused_with_its_reason(provider) -> None:
    dataset = factory.ready_dataset(provider)

    with pytest.raises(Invalid) as refused:
        factory.draft(provider, dataset, circumstance="government_duty")

    assert refused.value.fields == {"rights": ["eligibility_government_duty"]}


def test_a_source_that_differs_from_the_declaration_is_refused(provider) -> None:
    dataset = factory.ready_dataset(provider)

    with pytest.raises(Invalid) as refused:
        factory.draft(provider, dataset, circumstance="crawled")

    assert refused.value.fields == {"circumstance": ["source_differs_from_declaration"]}


def test_a_claim_needs_proof_of_acquisition_and_a_ready_version(provider) -> None:
    claim = factory.draft(provider, factory.ready_dataset(provider), evidence=False)

    with pytest.raises(Conflict, match="acquisition_not_evidenced"), transaction():
        service.submit(provider, claim.id)


def test_registrars_and_the_platform_register_no_data_of_their_own(app: Flask) -> None:
    home = accounts.organisation("review")
    insider = accounts.member(home, Role.MANAGER)
    with pytest.raises(Forbidden, match="permission_missing"), transaction():
        service.draft(insider, home.id, **factory.FIELDS)


def test_an_unverified_organisation_may_draft_but_not_submit(app: Flask) -> None:
    home = accounts.organisation(verified=False)
    provider = accounts.member(home, Role.PROVIDER)
    claim = factory.draft(provider, factory.ready_dataset(provider))

    with pytest.raises(Forbidden, match="organisation_not_verified"), transaction():
        service.submit(provider, claim.id)


def test_silence_for_three_working_days_is_acceptance(provider) -> None:
    claim = factory.submitted(provider, factory.ready_dataset(provider))
    jobs.keep_clocks()
    assert claim_of(claim.id).status == "submitted"

    backdate(claim, acceptance_due=today() - timedelta(days=20))
    jobs.keep_clocks()
    jobs.keep_clocks()

    found = claim_of(claim.id)
    working = found.status == "reviewing"
    assert working or today().weekday() >= 5
    assert (found.case_due is not None) == working


def test_one_supplement_list_and_a_missed_deadline_is_deemed_not_filed(provider) -> None:
    registrar = factory.registrar()
    claim = factory.submitted(provider, factory.ready_dataset(provider))
    with transaction():
        service.ask_supplement(registrar, claim.id, items="请补充采集说明。", working_days=5)
    with transaction():
        service.supply(provider, claim.id)

    with pytest.raises(Conflict, match="supplement_already_asked"), transaction():
        service.ask_supplement(registrar, claim.id, items="再补", working_days=5)

    second = factory.submitted(provider, factory.ready_dataset(provider))
    with transaction():
        service.ask_supplement(registrar, second.id, items="请补充", working_days=1)
    backdate(second, supplement_due=today() - timedelta(days=1))
    jobs.keep_clocks()
    assert claim_of(second.id).status == "lapsed"
    assert claim_of(claim.id).status == "submitted"


def test_the_notice_is_logged_in_clear_and_ends_in_a_certificate(provider) -> None:
    registrar = factory.registrar()
    claim = factory.reviewing(provider, factory.ready_dataset(provider), registrar)
    with transaction():
        service.publish(registrar, claim.id)
    found = claim_of(claim.id)
    assert found.case_running_since is None
    assert found.case_left == 10
    assert log.entry_of(claim.id, "notice").public
    jobs.keep_clocks()
    assert claim_of(claim.id).status == "notice"

    backdate(claim, notice_until=today() - timedelta(days=1))
    jobs.keep_clocks()
    jobs.keep_clocks()

    assert claim_of(claim.id).status == "registered"
    assert queries.certificate_of_claim(claim.id) is not None


def test_a_notice_is_waived_only_on_a_reasoned_request(provider) -> None:
    registrar = factory.registrar()
    claim = factory.reviewing(
        provider, factory.ready_dataset(provider), registrar, waiver_request=""
    )
    with pytest.raises(Conflict, match="waiver_not_requested"), transaction():
        service.waive_notice(registrar, claim.id, reason="加快")


def test_the_case_is_extended_once(provider) -> None:
    registrar = factory.registrar()
    claim = factory.reviewing(provider, factory.ready_dataset(provider), registrar)
    before = claim.case_due
    with transaction():
        service.extend(registrar, claim.id, working_days=10, reason="来源复杂")
    assert claim_of(claim.id).case_due > before

    with pytest.raises(Conflict, match="already_extended"), transaction():
        service.extend(registrar, claim.id, working_days=5, reason="再延")


def test_a_refusal_has_coded_reasons(provider) -> None:
    registrar = factory.registrar()
    claim = factory.reviewing(provider, factory.ready_dataset(provider), registrar)
    with pytest.raises(Invalid), transaction():
        service.refuse(registrar, claim.id, reasons=["because"], note="不行")
    with transaction():
        service.refuse(registrar, claim.id, reasons=["source_unlawful"], note="来源不合法")
    found = claim_of(claim.id)
    assert found.status == "refused"
    assert found.case_running_since is None


def test_strangers_see_no_claim_and_the_wrong_handler_may_not_act(provider) -> None:
    claim = factory.submitted(provider, factory.ready_dataset(provider))
    stranger = accounts.actor(Role.PROVIDER)
    with pytest.raises(NotFound):
        queries.claim(stranger, claim.id)
    other = accounts.member(accounts.organisation("registrar"), Role.REGISTRAR)
    with pytest.raises(NotFound), transaction():
        service.accept(other, claim.id)
    with pytest.raises(Forbidden, match="permission_missing"), transaction():
        service.accept(provider, claim.id)
    operator = accounts.staff(Role.OPERATOR)
    with pytest.raises(Forbidden, match="permission_missing"), transaction():
        service.accept(operator, claim.id)


def test_seizure_suspends_and_lifting_restores(provider) -> None:
    dataset = factory.ready_dataset(provider)
    certificate = factory.certificate(provider, dataset)
    registrar = factory.registrar()
    with transaction():
        remark = service.remark(
            registrar, certificate.id, kind="seizure", text="法院查封（虚构）", document_number="1"
        )
    assert queries.live_certificate(dataset.id, provider.organisation_id) is None
    with pytest.raises(Forbidden), transaction():
        service.lift_remark(provider, certificate.id, remark.id)

    with transaction():
        service.lift_remark(registrar, certificate.id, remark.id)
    assert queries.live_certificate(dataset.id, provider.organisation_id) is not None


def test_an_expired_certificate_lapses_and_serves_no_longer(provider) -> None:
    dataset = factory.ready_dataset(provider)
    certificate = factory.certificate(provider, dataset)
    with transaction():
        db.session.execute(
            update(Certificate)
            .where(Certificate.id == certificate.id)
            .values(valid_from=today() - timedelta(days=9), valid_until=today() - timedelta(days=1))
        )
    assert queries.live_certificate(dataset.id, provider.organisation_id) is None
    jobs.keep_clocks()
    assert queries.certificate(certificate.id).status == "expired"


def test_every_record_names_its_mode(provider) -> None:
    factory.certificate(provider, factory.ready_dataset(provider))
    for entry in db.session.scalars(select(LogEntry)):
        assert signing.payload_of(entry.jws)["mode"] == "demo"
