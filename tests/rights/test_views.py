"""The pages of rights in a browser without scripts, from the form to the certificate and an objection."""

import io

import pytest
from flask import Flask

from marketplace.core.access import Role
from marketplace.core.database import transaction
from marketplace.rights import queries, service
from tests.factories import accounts
from tests.factories import rights as factory

PDF = b"%PDF-1.7\ntest\n"
FORM = {
    "route": "registrar",
    "name": "公交客流",
    "overview": "按线路与日汇总。",
    "industry": "G54",
    "circumstance": "own",
    "rights": ["hold", "use", "operate"],
    "region": "city",
    "update_frequency": "month",
    "form": "table",
    "structure": "structured",
    "restrictions": "无",
    "waiver_request": "演示数据",
}


@pytest.fixture
def provider(app: Flask):
    return accounts.actor(Role.PROVIDER)


def browser(app: Flask, who):
    return accounts.sign_in(app.test_client(), who)


def test_a_claim_goes_from_form_to_certificate_without_scripts(  # noqa: PLR0915 - one walk
    app: Flask, provider
) -> None:
    dataset = factory.ready_dataset(provider)
    registrar = accounts.registrar_organisation()
    accounts.platform()
    mine = browser(app, provider)

    assert mine.get("/rights/").status_code == 200
    assert mine.get(f"/rights/new/{dataset.id}").status_code == 200
    refused = mine.post(f"/rights/new/{dataset.id}", data=FORM | {"industry": "Z9", "name": ""})
    assert refused.status_code == 422
    assert "按线路与日汇总。" in refused.text
    made = mine.post(f"/rights/new/{dataset.id}", data=FORM | {"registrar_id": str(registrar.id)})
    assert made.status_code == 303
    page = made.location
    assert mine.get(page).status_code == 200
    proof = {"proves": "acquisition", "file": (io.BytesIO(PDF), "采集说明.pdf")}
    assert mine.post(f"{page}/evidence", data=proof).status_code == 303
    wrong = {"proves": "acquisition", "file": (io.BytesIO(b"MZ"), "x.exe")}
    assert mine.post(f"{page}/evidence", data=wrong).status_code == 422
    assert mine.get(f"{page}/edit").status_code == 200
    assert mine.post(f"{page}/do/submit").status_code == 303

    theirs = browser(app, factory.registrar())
    assert "公交客流" in theirs.get("/rights/queue").text
    assert theirs.post(f"{page}/do/accept").status_code == 303
    for action in ("extend", "refuse", "terminate", "waive_notice"):
        assert theirs.get(f"{page}/write/{action}").status_code == 200
    assert theirs.post(f"{page}/write/waive_notice", data={"reason": ""}).status_code == 422
    assert theirs.post(f"{page}/write/waive_notice", data={"reason": "成立"}).status_code == 303

    certificate = queries.certificates_of(dataset.id)[0]
    address = f"/rights/certificates/{certificate.id}"
    public = app.test_client()
    assert certificate.number in public.get(address).text
    paper = public.get(f"{address}.pdf")
    assert paper.data.startswith(b"%PDF")
    assert public.get(f"{address}.jwt").content_type == "application/vc+jwt"
    assert theirs.get(f"{address}/write/remark").status_code == 200
    assert public.get(f"{address}/write/remark").status_code in {303, 404}
    given = {"kind": "seizure", "text": "查封（虚构）"}
    assert theirs.post(f"{address}/write/remark", data=given).status_code == 303
    assert queries.certificate(certificate.id).status == "suspended"
    for page_of in (page, address, "/rights/"):
        assert mine.get(f"/en{page_of}").status_code == 200


def test_a_stranger_objects_without_an_account_and_the_registrar_decides(  # noqa: PLR0915 - one walk
    app: Flask, provider
) -> None:
    registrar = factory.registrar()
    claim = factory.reviewing(provider, factory.ready_dataset(provider), registrar)
    with transaction():
        service.publish(registrar, claim.id)
    public = app.test_client()
    listed = public.get("/rights/notices")
    assert claim.name in listed.text
    assert public.get("/rights/notices?past=1").status_code == 200
    assert public.get(f"/rights/notices/{claim.id}").status_code == 200
    assert public.get(f"/rights/notices/{claim.id}/object").status_code == 200
    assert public.post(f"/rights/notices/{claim.id}/object", data={"name": "甲"}).status_code == 422

    given = {
        "name": "张三（虚构）",
        "contact": "0531-82000001",
        "grounds": "数据由我方采集。",
        "file": (io.BytesIO(PDF), "证据.pdf"),
    }
    sent = public.post(f"/rights/notices/{claim.id}/object", data=given)
    assert sent.status_code == 303
    assert queries.claim(registrar, claim.id).status == "objected"
    assert "张三" not in public.get(f"/rights/notices/{claim.id}").text

    objection = queries.objections_to(claim_id=claim.id)[0]
    mine, theirs = browser(app, provider), browser(app, registrar)
    address = f"/rights/objections/{objection.id}"
    assert public.get(address).status_code == 404
    assert mine.post(address, data={"answer": "数据由我方采集，见合同。"}).status_code == 303
    assert theirs.get(f"{address}/evidence").data == PDF
    assert theirs.get(address).status_code == 200
    assert theirs.post(address, data={"decision": "证据不足。"}).status_code == 303
    assert queries.claim(registrar, claim.id).status == "notice"

    again = public.post(
        f"/rights/notices/{claim.id}/object",
        data=given | {"file": (io.BytesIO(PDF), "证据.pdf"), "grounds": "补充证据。"},
    )
    assert again.status_code == 303
    second = queries.objections_to(claim_id=claim.id)[1]
    upheld = {"decision": "成立。", "upheld": "1"}
    assert theirs.post(f"/rights/objections/{second.id}", data=upheld).status_code == 303
    assert queries.claim(registrar, claim.id).status == "refused"
    assert queries.certificate_of_claim(claim.id) is None


def test_papers_are_filed_with_a_file_and_answered_by_an_operator(app: Flask, provider) -> None:
    dataset = factory.ready_dataset(provider, data_kind="public")
    operator = accounts.staff(Role.OPERATOR)
    mine, theirs = browser(app, provider), browser(app, operator)
    forms = {
        "outside": {
            "registrar_name": "省数据登记机构（虚构）",
            "number": "WB-0001",
            "rights": ["operate"],
            "valid_from": "2026-01-01",
            "valid_until": "2030-12-31",
        },
        "registration": {"code": "JN-2026-0001", "coded_on": "2026-06-01"},
        "authorisation": {
            "grantor": "市大数据局（虚构）",
            "scope": "公交客流",
            "purpose": "welfare",
            "valid_from": "2026-01-01",
            "valid_until": "2030-12-31",
        },
    }
    for kind, given in forms.items():
        address = f"/rights/datasets/{dataset.id}/file/{kind}"
        assert mine.get(address).status_code == 200
        assert mine.post(address, data=given).status_code == 422
        filled = given | {"file": (io.BytesIO(PDF), "文件.pdf")}
        assert mine.post(address, data=filled).status_code == 303
    assert not queries.public_standing(dataset.id).is_complete
    waiting = queries.papers_to_confirm(operator)
    assert len(waiting) == 3
    assert theirs.get("/rights/queue").status_code == 200
    for kind, paper in waiting:
        address = f"/rights/papers/{kind}/{paper.id}"
        assert theirs.get(address).status_code == 200
        assert theirs.get(f"{address}/file").data == PDF
        assert mine.post(address, data={"action": "confirm"}).status_code == 403
        assert theirs.post(address, data={"action": "confirm"}).status_code == 303
        assert theirs.post(address, data={"action": "confirm"}).status_code == 422
    assert queries.public_standing(dataset.id).is_complete
    live = queries.live_certificate(dataset.id, provider.organisation_id)
    assert live is not None
    assert live.scheme == "outside"
    assert app.test_client().get(f"/rights/certificates/{live.id}.pdf").status_code == 404


def test_a_demo_takes_no_outside_number_that_could_be_real(app: Flask, provider) -> None:
    dataset = factory.ready_dataset(provider)
    given = {
        "registrar_name": "某机构",
        "number": "SJ3712026110001",
        "rights": ["operate"],
        "valid_from": "2026-01-01",
        "valid_until": "2030-12-31",
        "file": (io.BytesIO(PDF), "证书.pdf"),
    }
    answer = browser(app, provider).post(f"/rights/datasets/{dataset.id}/file/outside", data=given)
    assert answer.status_code == 422
    assert "真实证书" in answer.text
