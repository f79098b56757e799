"""Four eyes: two reviewers, hidden first verdict, disagreement, blocks, void on change, take-down."""

import pytest
from flask import Flask
from sqlalchemy import update

from marketplace.compliance import jobs, queries, service
from marketplace.core import signing
from marketplace.core.access import Role
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.holdings import holdings
from marketplace.datasets.models import Dataset, DeclaredUse, Field, Version
from marketplace.datasets.queries import dataset_by_id, latest_version
from marketplace.datasets.queries import version as version_by_id
from marketplace.ledger import log
from tests.factories import accounts, rights
from tests.factories import compliance as factory


@pytest.fixture
def provider(app: Flask):
    return accounts.actor(Role.PROVIDER)


@pytest.fixture
def version(provider):
    return latest_version(rights.ready_dataset(provider).id)


def change(model, key, **columns) -> None:
    with transaction():
        db.session.execute(update(model).where(model.id == key).values(**columns))


def test_two_reviewers_pass_and_the_approval_is_signed_and_logged(version) -> None:
    review = factory.approval(version)

    assert review.status == "approved"
    assert review.grade == "general"
    assert review.opinion_number.startswith("QS-HG-")
    assert queries.approval(version.id).id == review.id
    assert signing.verify_compact(holdings().signer().public, review.vc_jws)
    subject = signing.payload_of(review.vc_jws)["credentialSubject"]
    assert subject["digest"]["value"] == review.subject_digest
    entry = log.entry_of(review.id, "review")
    assert not entry.public
    exposed = version_by_id(version.id)
    assert exposed.is_published
    assert exposed.sample_audience == "public"


@pytest.mark.parametrize("changed", ["content", "dictionary", "use", "declaration"])
def test_any_change_ends_the_approval_at_once_and_voids_it(version, changed) -> None:
    review = factory.approval(version)
    if changed == "content":
        change(Version, version.id, sha256="b" * 64)
    elif changed == "dictionary":
        with transaction():
            db.session.execute(update(Field).values(meaning="另一个意思"))
    elif changed == "use":
        with transaction():
            db.session.execute(update(DeclaredUse).values(digest="1" * 64))
    else:
        change(Dataset, version.dataset_id, data_kind="public")

    assert queries.approval(version.id) is None
    jobs.void_of_version(version.id)
    jobs.void_of_dataset(version.dataset_id)
    found = queries.review_by_id(review.id)
    assert found.status == "void"
    assert not version_by_id(version.id).is_published


def test_the_same_person_may_not_conclude_twice(version) -> None:
    review = factory.opened(version)
    who = factory.verdict(review)
    with pytest.raises(Forbidden, match="same_reviewer"), transaction():
        service.conclude(who, review.id, outcome="pass", reasons=["all_clear"])


def test_nobody_of_the_providers_organisation_reviews(app: Flask) -> None:
    home = accounts.organisation("review")
    reviewer = accounts.member(home, Role.REVIEWER)
    provider = accounts.actor(Role.PROVIDER)
    version = latest_version(rights.ready_dataset(provider).id)
    review = factory.opened(version)
    change(type(review), review.id, provider_id=home.id)

    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.sit(reviewer, review.id, has_conflict=False)
    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.conclude(reviewer, review.id, outcome="pass", reasons=["all_clear"])


def test_a_declared_interest_bars_from_the_case(version) -> None:
    review = factory.opened(version)
    reviewer = factory.reviewer()
    with pytest.raises(Conflict, match="interest_not_declared"), transaction():
        service.conclude(reviewer, review.id, outcome="refuse", reasons=["rights_unclear"])
    with transaction():
        service.sit(reviewer, review.id, has_conflict=True, note="曾任职")
    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.mark(reviewer, review.id, item="source_lawful", answer="seen")


def test_the_first_verdict_is_hidden_until_the_second_is_written(version, provider) -> None:
    review = factory.opened(version)
    first = factory.verdict(review)
    second = factory.reviewer()
    found = queries.review_by_id(review.id)

    assert [one.person_id for one in queries.verdicts(first, found)] == [first.person_id]
    assert queries.verdicts(second, found) == []
    assert queries.verdicts(provider, found) == []

    factory.verdict(review, second)
    assert len(queries.verdicts(second, queries.review_by_id(review.id))) == 2


def test_where_two_differ_the_chief_decides(version) -> None:
    review = factory.opened(version)
    factory.verdict(review)
    second = factory.verdict(review, outcome="return")
    assert queries.review_by_id(review.id).status == "disputed"
    with pytest.raises(Forbidden), transaction():
        service.conclude(second, review.id, outcome="pass", reasons=["all_clear"])
    ordinary = factory.reviewer()
    with pytest.raises(Forbidden, match="permission_missing"):
        factory.verdict(review, ordinary)

    factory.verdict(review, factory.reviewer(Role.CHIEF_REVIEWER), outcome="return")

    found = queries.review_by_id(review.id)
    assert found.status == "returned"
    assert found.reasons == ["source_not_evidenced"]
    assert queries.approval(version.id) is None


def test_undeclared_personal_information_cannot_pass(version) -> None:
    change(Version, version.id, has_personal_information=True)
    review = factory.opened(version)
    with pytest.raises(Conflict) as refused:
        factory.verdict(review)
    assert "personal_information_present" in refused.value.facts["items"]

    second = factory.reviewer()
    factory.verdict(review, second, outcome="return")
    factory.verdict(review, outcome="return")
    assert queries.review_by_id(review.id).status == "returned"


@pytest.mark.parametrize(
    ("harms", "block"),
    [
        ({"national_security": "serious"}, "grade_core"),
        ({"economy": "serious"}, "important_needs_controlled_delivery"),
    ],
)
def test_core_data_and_important_files_cannot_pass(version, harms, block) -> None:
    review = factory.opened(version)
    with pytest.raises(Conflict) as refused:
        factory.verdict(review, harms=harms)
    assert block in refused.value.facts["items"]


def test_unresolved_items_block_a_pass_and_doubts_need_a_note(version) -> None:
    review = factory.opened(version)
    marks = factory.seen_marks(review)
    del marks["source_lawful"]
    with pytest.raises(Conflict) as refused:
        factory.verdict(review, marks=marks)
    assert refused.value.facts["items"] == "source_lawful"

    with pytest.raises(Invalid) as wrong:
        factory.verdict(review, marks={"source_lawful": {"answer": "doubt", "note": ""}})
    assert wrong.value.fields == {"checklist.source_lawful": ["doubt_needs_note"]}


def test_every_verdict_needs_a_coded_reason_and_words_where_it_is_no_pass(version) -> None:
    review = factory.opened(version)
    with pytest.raises(Invalid):
        factory.verdict(review, reasons=[])
    with pytest.raises(Invalid):
        factory.verdict(review, outcome="refuse", words=" ")


def test_public_data_without_its_papers_cannot_pass(provider) -> None:
    dataset = rights.ready_dataset(provider, data_kind="public")
    review = factory.opened(latest_version(dataset.id))
    with pytest.raises(Conflict) as refused:
        factory.verdict(review)
    assert "public_standing_missing" in refused.value.facts["items"]

    complete = rights.public_dataset(provider, title="公共数据")
    assert factory.approval(latest_version(complete.id)).status == "approved"


def test_only_the_provider_asks_and_only_once(version, provider) -> None:
    stranger = accounts.actor(Role.PROVIDER)
    with pytest.raises(NotFound), transaction():
        service.request_review(stranger, version.id)
    buyer = accounts.member(provider.organisation_id, Role.BUYER)
    with pytest.raises(Forbidden, match="permission_missing"), transaction():
        service.request_review(buyer, version.id)
    factory.opened(version, provider)
    with pytest.raises(Conflict, match="review_running"):
        factory.opened(version, provider)


def test_a_content_that_changed_under_review_takes_no_verdict(version) -> None:
    review = factory.opened(version)
    change(Version, version.id, sha256="c" * 64)
    with pytest.raises(Conflict, match="content_changed"):
        factory.verdict(review)


def test_a_take_down_stops_at_once_and_two_people_lift_it(version, provider) -> None:
    operator, officer = accounts.staff(Role.OPERATOR), accounts.staff(Role.SECURITY_OFFICER)
    with pytest.raises(Forbidden, match="permission_missing"), transaction():
        service.take_down(provider, version.dataset_id, reason="other", words="x")
    with transaction():
        stop = service.take_down(
            operator, version.dataset_id, reason="security_incident", words="疑似泄露"
        )
    assert queries.is_stopped(version.dataset_id)
    assert dataset_by_id(version.dataset_id).is_stopped
    with pytest.raises(Conflict, match="already_stopped"), transaction():
        service.take_down(officer, version.dataset_id, reason="other", words="again")

    with transaction():
        service.ask_to_lift(operator, stop.id, words="已排查")
    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.lift(operator, stop.id)
    assert queries.is_stopped(version.dataset_id)
    with transaction():
        service.lift(officer, stop.id)
    assert not queries.is_stopped(version.dataset_id)
    assert not dataset_by_id(version.dataset_id).is_stopped
