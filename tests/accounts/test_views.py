"""The pages: every one opens in both languages, and a person gets through without JavaScript."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import service, totp
from marketplace.accounts.models import (
    ClaimCase,
    Document,
    MailLink,
    Organisation,
    Person,
    RecoveryCode,
    Session,
)
from marketplace.core.access import Role
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from tests.factories import accounts as factories

PDF = b"%PDF-1.7\nlicence\n"
OWN = ["/", "/organisation", "/organisation/edit", "/organisation/resubmit", "/documents",
       "/members", "/keys", "/tokens", "/second-factor"]  # fmt: skip


def registration(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "name": "济南新泉数据有限公司",
        "credit_code": "９１370102 matr-yx018y",
        "kind": "enterprise",
        "address": "济南市历下区泉城路 1 号",
        "contact": "0531-82001234",
        "person_name": "李泉",
        "email": "Li@Example.CN",
        "password": "three-springs-one-lake",
        "accepts_terms": "1",
        "licence": (io.BytesIO(PDF), "licence.pdf"),
        "authorisation_letter": (io.BytesIO(PDF), "letter.pdf"),
    }
    return given | changes


@pytest.mark.parametrize("path", ["register", "registered", "sign-in", "forgotten",
                                  "forgotten/sent", "confirm?token=x", "reset?token=x"])  # fmt: skip
@pytest.mark.parametrize("root", ["", "/en"])
def test_the_public_pages_open(client: FlaskClient, path: str, root: str) -> None:
    answer = client.get(f"{root}/account/{path}")

    assert answer.status_code == 200
    if root:
        assert not re.search(r"<h1>[^<]*[一-鿿]", answer.text)


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_managers_pages_open(client: FlaskClient, root: str) -> None:
    who = factories.actor(Role.MANAGER, Role.PROVIDER)
    factories.signing_key(who)
    factories.document(who)
    factories.sign_in(client, who)

    for path in OWN:
        assert client.get(f"{root}/account{path}").status_code == 200, path


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_operators_pages_open(client: FlaskClient, root: str) -> None:
    home = factories.organisation(verified=False)
    factories.member(home, Role.MANAGER)
    factories.sign_in(client, factories.staff(Role.OPERATOR))

    for path in ("queue", "queue?status=verified", f"queue/{home.id}", "cases"):
        assert client.get(f"{root}/account/{path}").status_code == 200, path


def test_a_visitor_is_led_to_sign_in_and_a_stranger_is_refused(client: FlaskClient) -> None:
    answer = client.get("/account/queue")
    assert answer.status_code == 303
    assert answer.location.startswith("/account/sign-in?next=")

    factories.sign_in(client, factories.actor(Role.BUYER))
    assert client.get("/account/queue").status_code == 403
    assert client.get(f"/account/queue/{factories.organisation().id}").status_code == 403


def test_an_organisation_registers_with_its_papers(client: FlaskClient) -> None:
    answer = client.post("/account/register", data=registration())

    assert answer.status_code == 303, answer.text
    home = db.session.scalars(select(Organisation)).one()
    person = db.session.scalars(select(Person)).one()
    assert (home.status, home.credit_code) == ("registered", "91370102MATRYX018Y")
    assert person.email == "li@example.cn"
    assert person.password_hash.startswith("$argon2id$")
    kinds = set(db.session.scalars(select(Document.kind)))
    assert kinds == {"licence", "authorisation_letter"}


def test_a_wrong_registration_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = client.post("/account/register", data=registration(credit_code="91370102MATRYX0180"))

    assert answer.status_code == 422
    assert "济南新泉数据有限公司" in answer.text
    assert "第 18 位校验码" in answer.text
    assert "three-springs" not in answer.text
    assert db.session.scalar(select(Organisation.id)) is None


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "licence.pdf", "文件是空的"),
        (b"MZ program", "licence.pdf", "与扩展名不符"),
        (PDF, "licence.exe", "只接受 PDF"),
        (PDF, "", "请选择文件"),
    ],
)
def test_a_paper_that_is_none_is_refused(
    client: FlaskClient, content: bytes, name: str, told: str
) -> None:
    answer = client.post(
        "/account/register", data=registration(licence=(io.BytesIO(content), name))
    )

    assert answer.status_code == 422
    assert told in answer.text


def test_registering_with_a_known_address_looks_the_same(client: FlaskClient) -> None:
    factories.person(email="li@example.cn")
    known = client.post("/account/register", data=registration())
    unknown = client.post("/account/register", data=registration(email="wu@example.cn"))

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert len(db.session.scalars(select(Organisation)).all()) == 1


def test_signing_in_starts_a_new_session_and_signing_out_ends_it(client: FlaskClient) -> None:
    who = factories.actor(Role.BUYER)
    email = db.session.get(Person, who.person_id).email
    client.get("/account/sign-in")

    answer = client.post(
        "/account/sign-in?next=/account/organisation",
        data={"email": email.upper(), "password": factories.PASSWORD},
    )

    assert (answer.status_code, answer.location) == (303, "/account/organisation")
    assert client.get("/account/organisation").status_code == 200
    client.post("/account/sign-out")
    assert client.get("/account/organisation").status_code == 303
    assert db.session.scalars(select(Session)).one().ended_at is not None


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(client: FlaskClient, target: str) -> None:
    who = factories.actor(Role.BUYER)
    email = db.session.get(Person, who.person_id).email

    answer = client.post(
        "/account/sign-in",
        query_string={"next": target},
        data={"email": email, "password": factories.PASSWORD},
    )

    assert answer.location == "/home"


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(client: FlaskClient) -> None:
    who = factories.actor(Role.BUYER)
    email = db.session.get(Person, who.person_id).email
    wrong = client.post("/account/sign-in", data={"email": email, "password": "wrong-wrong-1"})
    unknown = client.post(
        "/account/sign-in", data={"email": "nobody@example.cn", "password": "wrong-wrong-1"}
    )

    def bare(text: str) -> str:
        return re.sub(r'req_[0-9a-f]+|value="[^"]*"|content="[^"]*"', "", text)

    assert wrong.status_code == unknown.status_code == 422
    assert bare(wrong.text) == bare(unknown.text)


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client: FlaskClient) -> None:
    who = factories.actor(Role.BUYER)
    email = db.session.get(Person, who.person_id).email
    for _ in range(5):
        client.post("/account/sign-in", data={"email": email, "password": "wrong-wrong-1"})

    answer = client.post("/account/sign-in", data={"email": email, "password": factories.PASSWORD})

    assert answer.status_code == 422
    assert "尝试次数过多" in answer.text
    assert db.session.scalar(select(Session.id)) is None


def test_staff_must_add_a_second_factor_before_anything_else(client: FlaskClient) -> None:
    operator = factories.staff(Role.OPERATOR)
    email = db.session.get(Person, operator.person_id).email
    client.post("/account/sign-in", data={"email": email, "password": factories.PASSWORD})

    assert client.get("/account/queue").location == "/account/second-factor"
    page = client.get("/account/second-factor")
    assert "须先设置两步验证" in page.text
    picture = client.get("/account/second-factor/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    secret = re.search(r"\b[A-Z2-7]{32}\b", page.text)
    assert secret is not None
    told = client.post("/account/second-factor", data={"totp": totp.code_at(secret.group(), now())})

    assert "恢复码只显示这一次" in told.text
    assert client.get("/account/queue").status_code == 200
    assert len(db.session.scalars(select(RecoveryCode)).all()) == 10


def test_a_session_that_waits_for_the_code_can_do_nothing(client: FlaskClient) -> None:
    operator = factories.staff(Role.OPERATOR)
    person = db.session.get(Person, operator.person_id)
    email, secret = person.email, factories.enrol(operator)
    client.post("/account/sign-in", data={"email": email, "password": factories.PASSWORD})

    for path in ("/account/queue", "/account/", "/account/tokens"):
        assert client.get(path).location.startswith("/account/code"), path
    assert client.post("/account/password", data={}).status_code == 303
    wrong = client.post("/account/code", data={"totp": "000000"})
    assert wrong.status_code == 422
    answer = client.post("/account/code", data={"totp": totp.code_at(secret, now())})
    assert answer.status_code == 303
    assert client.get("/account/queue").status_code == 200


def test_a_reset_link_works_once_and_ends_every_session(client: FlaskClient, app: Flask) -> None:
    who = factories.actor(Role.BUYER)
    person = db.session.get(Person, who.person_id)
    email = person.email
    factories.sign_in(client, who)
    other = app.test_client()
    other.post("/account/forgotten", data={"email": email})
    with transaction():
        link = db.session.scalars(select(MailLink)).one()
        token = service.draw_link_token(link.id)

    first = other.post("/account/reset", data={"token": token, "password": "new-springs-rise"})
    second = other.post("/account/reset", data={"token": token, "password": "new-springs-fall"})

    assert (first.status_code, second.status_code) == (303, 422)
    assert client.get("/account/").status_code == 303
    answer = other.post("/account/sign-in", data={"email": email, "password": "new-springs-rise"})
    assert answer.status_code == 303


def test_asking_for_a_reset_never_says_whether_there_is_an_account(client: FlaskClient) -> None:
    known = factories.person().email
    answers = [
        client.post("/account/forgotten", data={"email": email})
        for email in (known, "nobody@example.cn")
    ]

    assert len({(one.status_code, one.location) for one in answers}) == 1
    assert len(db.session.scalars(select(MailLink)).all()) == 1


def test_changing_the_password_ends_other_sessions(client: FlaskClient, app: Flask) -> None:
    who = factories.actor(Role.BUYER)
    other = factories.sign_in(app.test_client(), who)
    factories.sign_in(client, who)

    wrong = client.post(
        "/account/password", data={"current": "not-this-one", "password": "new-springs-rise"}
    )
    right = client.post(
        "/account/password",
        data={"current": factories.PASSWORD, "password": "new-springs-rise"},
    )

    assert wrong.status_code == 422
    assert "当前密码不正确" in wrong.text
    assert right.status_code == 303
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 303


def test_an_invited_colleague_joins(client: FlaskClient, app: Flask) -> None:
    manager = factories.actor(Role.MANAGER)
    factories.sign_in(client, manager)
    answer = client.post(
        "/account/members",
        data={"email": "xin@example.cn", "name": "新人", "roles": ["buyer"],
              "signing_limit_yuan": "50000"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    token = factories.invitation_token("xin@example.cn")

    visitor = app.test_client()
    assert "50,000.00" in visitor.get(f"/account/invitation?token={token}").text
    done = visitor.post(
        "/account/invitation",
        data={"token": token, "name": "新人", "password": "three-springs-one-lake"},
    )

    assert done.status_code == 303
    assert "新人" in client.get("/account/members").text
    assert visitor.get(f"/account/invitation?token={token}").status_code == 404


def test_an_operator_verifies_and_returns_through_pages(client: FlaskClient) -> None:
    good, bad = factories.applicant(), factories.applicant()
    ids = good.organisation_id, bad.organisation_id
    factories.sign_in(client, factories.staff(Role.OPERATOR))

    verified = client.post(f"/account/queue/{ids[0]}/verify")
    unsaid = client.post(f"/account/queue/{ids[1]}/return", data={"note": "x"})
    returned = client.post(
        f"/account/queue/{ids[1]}/return", data={"reasons": ["licence_unreadable"], "note": "重拍"}
    )

    assert (verified.status_code, unsaid.status_code, returned.status_code) == (303, 422, 303)
    states = [db.session.get(Organisation, key).status for key in ids]
    assert states == ["verified", "returned"]
    factories.sign_in(client, bad)
    page = client.get("/account/organisation").text
    assert "证照不清晰或不完整" in page
    assert "重拍" in page


def test_a_case_is_decided_on_its_page(client: FlaskClient) -> None:
    first = factories.applicant()
    code = db.session.get(Organisation, first.organisation_id).credit_code
    second = factories.applicant(code)
    factories.sign_in(client, factories.staff(Role.OPERATOR))
    case = db.session.scalars(select(ClaimCase)).one()
    case_id, address = case.id, f"/account/cases/{case.id}"

    assert client.post(f"/account/queue/{second.organisation_id}/verify").status_code == 422
    assert client.get(address).status_code == 200
    answer = client.post(address, data={"action": "uphold", "note": "经核实"})

    assert answer.status_code == 303
    assert db.session.get(ClaimCase, case_id).status == "upheld"
    assert db.session.get(Organisation, first.organisation_id).status == "returned"


def test_a_paper_is_only_ever_downloaded_and_reading_by_staff_is_remembered(
    client: FlaskClient,
) -> None:
    owner = factories.actor(Role.PROVIDER)
    paper = factories.document(owner)
    address = f"/account/documents/{paper.id}"

    factories.sign_in(client, owner)
    answer = client.get(address)
    assert answer.data == b"%PDF-1.7\ntest\n"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    factories.sign_in(client, factories.actor(Role.PROVIDER))
    assert client.get(address).status_code == 404
    factories.sign_in(client, factories.staff(Role.REVIEWER))
    assert client.get(address).status_code == 200
    assert "document.read_by_staff" in factories.event_names("documents", paper.id)


def test_a_token_is_shown_once(client: FlaskClient) -> None:
    factories.sign_in(client, factories.actor(Role.PROVIDER))

    told = client.post(
        "/account/tokens", data={"name": "夜间同步", "days": "30", "scopes": ["dataset:edit"]}
    )

    secret = re.search(r"qs_[\w-]{43}", told.text)
    assert secret is not None
    assert secret.group() not in client.get("/account/tokens").text
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret.group()}"})
    assert me.get_json()["permissions"] == ["dataset:edit"]


def test_a_signed_in_person_registers_a_further_organisation(client: FlaskClient) -> None:
    who = factories.actor(Role.MANAGER)
    factories.sign_in(client, who)
    given = {
        key: value
        for key, value in registration().items()
        if key not in {"person_name", "email", "password"}
    }

    assert client.post("/account/register", data=given).status_code == 303
    page = client.get("/account/").text
    assert "济南新泉数据有限公司" in page
    second = db.session.scalars(
        select(Organisation.id).where(Organisation.status == "registered")
    ).one()
    client.post(f"/account/organisations/{second}/choose")
    assert "济南新泉数据有限公司" in client.get("/account/organisation").text
