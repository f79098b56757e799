"""The same life for a program: registration, sign-in for a token, verification."""

import io
import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import totp
from marketplace.accounts.models import Organisation, Person
from marketplace.core.access import Permission, Role
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from tests.accounts.test_views import PDF, registration
from tests.factories import accounts as factories


def test_an_organisation_comes_in_and_is_verified_over_http(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/registrations", data=registration(credit_code="91370102MATRYX018Y")
    )
    assert answer.status_code == 202, answer.text
    key = answer.get_json()["reference"]
    opened = client.post(
        "/api/v1/sessions", json={"email": "li@example.cn", "password": "three-springs-one-lake"}
    )
    headers = {"Authorization": f"Bearer {opened.get_json()['token']}"}
    me = client.get("/api/v1/me", headers=headers).get_json()
    assert (me["organisation_id"], me["organisation_verified"]) == (key, False)
    with transaction():
        db.session.scalars(select(Person)).one().email_confirmed_at = now()

    operator = factories.staff(Role.OPERATOR)
    email = db.session.get(Person, operator.person_id).email
    secret = factories.enrol(operator)
    given = {"email": email, "password": factories.PASSWORD}
    assert client.post("/api/v1/sessions", json=given).status_code == 422
    given["totp"] = totp.code_at(secret, now())
    staff = {
        "Authorization": f"Bearer {client.post('/api/v1/sessions', json=given).get_json()['token']}"
    }
    queue = client.get("/api/v1/organisations", headers=staff).get_json()["items"]
    assert [one["id"] for one in queue] == [key]
    assert (
        client.post(f"/api/v1/organisations/{key}/verification", headers=headers).status_code == 403
    )
    done = client.post(f"/api/v1/organisations/{key}/verification", headers=staff)

    assert done.get_json()["status"] == "verified"
    assert client.get("/api/v1/me", headers=headers).get_json()["organisation_verified"]


def test_a_known_address_is_not_told(client: FlaskClient) -> None:
    factories.person(email="li@example.cn")

    known = client.post("/api/v1/registrations", data=registration())

    assert known.status_code == 202
    assert re.fullmatch(r"[0-9a-f-]{36}", known.get_json()["reference"])
    assert db.session.scalar(select(Organisation.id)) is None


def test_a_cookie_reads_but_never_acts_under_the_api(client: FlaskClient) -> None:
    factories.sign_in(client, factories.actor(Role.MANAGER))

    assert client.get("/api/v1/me").status_code == 200
    answer = client.post("/api/v1/organisation/keys/held", json={"pin": "135790"})
    assert answer.status_code == 401


def test_a_token_that_is_not_valid_is_401(client: FlaskClient) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": "Bearer qs_nonsense"})

    assert (answer.status_code, answer.get_json()["code"]) == (401, "token_not_valid")


def test_papers_go_up_as_a_body_and_come_down_as_an_attachment(client: FlaskClient) -> None:
    headers = factories.bearer(factories.actor(Role.PROVIDER))
    made = client.post(
        "/api/v1/documents/evidence", headers=headers | {"X-File-Name": "%E8%AF%81.pdf"}, data=PDF
    )
    assert made.status_code == 201, made.text
    key = made.get_json()["id"]
    assert made.get_json()["name"] == "证.pdf"

    answer = client.get(f"/api/v1/documents/{key}/content", headers=headers)
    other = factories.bearer(factories.actor(Role.PROVIDER))
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/api/v1/documents/{key}", headers=other).status_code == 404


def test_a_paper_above_the_limit_is_refused(client: FlaskClient) -> None:
    headers = factories.bearer(factories.actor(Role.PROVIDER))

    answer = client.post(
        "/api/v1/documents/evidence",
        headers=headers | {"X-File-Name": "big.pdf"},
        data=b"%PDF-" + bytes(20 * 1024 * 1024),
    )

    assert answer.status_code == 413


def test_the_keys_of_an_organisation_are_public_with_their_validity(
    client: FlaskClient, app: Flask
) -> None:
    who = factories.actor(Role.MANAGER)
    first, second = factories.signing_key(who), factories.signing_key(who)

    keys = client.get(f"/api/v1/organisations/{who.organisation_id}/keys.json").get_json()["keys"]

    assert {key["kid"] for key in keys} == {first.kid, second.kid}
    assert [key["retired_at"] is None for key in keys] == [True, False]
    assert "d" not in keys[0]


def test_an_invitation_asked_for_twice_is_one(client: FlaskClient) -> None:
    headers = factories.bearer(factories.actor(Role.MANAGER)) | {"Idempotency-Key": "k1"}
    body = {"email": "xin@example.cn", "name": "新人", "roles": ["buyer"]}

    first = client.post("/api/v1/organisation/invitations", json=body, headers=headers)
    again = client.post("/api/v1/organisation/invitations", json=body, headers=headers)
    other = client.post(
        "/api/v1/organisation/invitations", json=body | {"name": "别人"}, headers=headers
    )

    assert first.get_json()["id"] == again.get_json()["id"]
    assert other.status_code == 409


def test_a_scope_that_is_missing_is_403(client: FlaskClient) -> None:
    headers = factories.bearer(factories.actor(Role.MANAGER), Permission.TOKEN_ISSUE)

    answer = client.post("/api/v1/organisation/keys/held", json={"pin": "135790"}, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "permission_missing")


def test_the_name_of_an_unverified_organisation_is_not_public(client: FlaskClient) -> None:
    hidden, shown = factories.organisation(verified=False), factories.organisation()

    assert client.get(f"/api/v1/organisations/{hidden.id}").status_code == 404
    answer = client.get(f"/api/v1/organisations/{shown.id}").get_json()
    assert set(answer) == {"id", "name", "kind", "status"}


def test_json_registers_too_and_papers_follow(client: FlaskClient) -> None:
    body = {key: value for key, value in registration().items() if not isinstance(value, tuple)} | {
        "accepts_terms": True
    }
    assert client.post("/api/v1/registrations", json=body).status_code == 202
    opened = client.post(
        "/api/v1/sessions", json={"email": "li@example.cn", "password": body["password"]}
    )
    headers = {"Authorization": f"Bearer {opened.get_json()['token']}"}

    made = client.post(
        "/api/v1/documents/licence",
        headers=headers,
        data={"file": (io.BytesIO(PDF), "licence.pdf")},
    )

    assert made.get_json()["kind"] == "licence"
