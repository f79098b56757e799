"""The review desk in a browser without scripts: interest, marks, verdicts, result, take-down."""

import pytest
from flask import Flask

from marketplace.compliance import checklist, queries
from marketplace.core.access import Role
from marketplace.datasets.queries import latest_version
from tests.factories import accounts, rights
from tests.factories import compliance as factory


@pytest.fixture
def provider(app: Flask):
    return accounts.actor(Role.PROVIDER)


@pytest.fixture
def version(provider):
    return latest_version(rights.ready_dataset(provider).id)


def browser(app: Flask, who):
    return accounts.sign_in(app.test_client(), who)


def test_two_reviewers_work_through_the_case_and_the_provider_reads_the_result(  # noqa: PLR0915 - one walk
    app: Flask, provider, version
) -> None:
    mine = browser(app, provider)
    asked = mine.post(f"/compliance/versions/{version.id}/request")
    assert asked.status_code == 303
    page = asked.location
    assert mine.get(page).status_code == 200
    review = queries.reviews_of(version.dataset_id)[0]
    items = checklist.items_for(queries.circumstances(review))

    for number in range(2):
        desk = browser(app, factory.reviewer())
        assert review.number in desk.get("/compliance/").text
        assert "利益关联" in desk.get(page).text
        assert desk.post(f"{page}/sit", data={"has_conflict": "0"}).status_code == 303
        early = desk.post(f"{page}/conclude", data={"outcome": "pass", "reasons": ["all_clear"]})
        assert early.status_code == 422
        assert "来源合法" in early.text
        doubt = {"item": items[0].code, "answer": "doubt"}
        assert desk.post(f"{page}/mark", data=doubt).status_code == 422
        for one in items:
            done = desk.post(f"{page}/mark", data={"item": one.code, "answer": "seen"})
            assert done.status_code == 303
            assert desk.get(done.location).status_code == 200
        final = {"outcome": "pass", "reasons": ["all_clear"], "organisation": "ordinary"}
        assert desk.post(f"{page}/conclude", data=final).status_code == 303
        assert desk.get(page).status_code == 200
        assert desk.get(f"/en{page}").status_code == 200
        if number == 0:
            assert "意见书" not in desk.get(page).text

    decided = queries.review_by_id(review.id)
    assert decided.status == "approved"
    assert decided.opinion_number in mine.get(page).text
    assert mine.get(f"{page}/opinion.pdf").data.startswith(b"%PDF")
    assert mine.get(f"{page}/opinion.jwt").content_type == "application/vc+jwt"
    stranger = browser(app, accounts.actor(Role.PROVIDER))
    assert stranger.get(page).status_code == 404
    assert app.test_client().get(page).status_code in {303, 404}


def test_a_take_down_is_ordered_and_lifted_on_pages(app: Flask, version) -> None:
    operator, officer = accounts.staff(Role.OPERATOR), accounts.staff(Role.SECURITY_OFFICER)
    one, other = browser(app, operator), browser(app, officer)
    address = f"/compliance/datasets/{version.dataset_id}/take-down"
    assert one.get(address).status_code == 200
    assert one.post(address, data={"reason": "other"}).status_code == 422
    assert one.post(address, data={"reason": "other", "words": "核查"}).status_code == 303
    stop = queries.standing_take_down(version.dataset_id)
    base = f"/compliance/take-downs/{stop.id}"
    assert one.get("/compliance/take-downs").status_code == 200
    assert one.post(f"{base}/ask_to_lift", data={"words": "已核查"}).status_code == 303
    assert one.post(f"{base}/lift").status_code == 403
    assert other.get("/compliance/take-downs").status_code == 200
    assert other.post(f"{base}/lift").status_code == 303
    assert not queries.is_stopped(version.dataset_id)


def test_the_same_review_runs_through_the_api(app: Flask, provider, version) -> None:
    client = app.test_client()
    headers = accounts.bearer(provider)
    made = client.post(
        "/api/v1/compliance/reviews", json={"version_id": str(version.id)}, headers=headers
    )
    assert made.status_code == 201
    base = f"/api/v1/compliance/reviews/{made.json['id']}"
    for _ in range(2):
        theirs = accounts.bearer(factory.reviewer())
        assert client.post(f"{base}/sit", json={}, headers=theirs).status_code == 201
        items = client.get(f"{base}/checklist", headers=theirs).json
        marks = {one["code"]: {"answer": "seen"} for one in items}
        body = {"outcome": "pass", "reasons": ["all_clear"], "marks": marks, "harms": {}}
        done = client.post(f"{base}/verdicts", json=body, headers=theirs)
        assert done.status_code == 200
    assert client.get(base, headers=headers).json["status"] == "approved"
    assert client.get(f"{base}/verdicts", headers=headers).json == []
    assert client.get(f"{base}/opinion", headers=headers).data.count(b".") == 2
    refused = client.post(f"{base}/sit", json={}, headers=headers)
    assert refused.status_code == 403
    assert refused.json["code"] == "permission_missing"
