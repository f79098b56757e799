"""Who is asking: sessions and tokens."""

from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.access import Permission, Role
from marketplace.web.session import current_actor
from tests.factories import accounts as factories


def test_a_session_finds_its_actor(app: Flask, client: FlaskClient) -> None:
    who = factories.actor(Role.PROVIDER)
    app.add_url_rule("/t", "t", lambda: str(current_actor().person_id))

    assert factories.sign_in(client, who).get("/t").text == str(who.person_id)


def test_a_token_finds_its_actor_with_its_scopes_only(app: Flask, client: FlaskClient) -> None:
    who = factories.actor(Role.PROVIDER)
    app.add_url_rule("/api/t", "t", lambda: " ".join(sorted(current_actor().permissions)))

    answer = client.get("/api/t", headers=factories.bearer(who, Permission.DATASET_EDIT))

    assert answer.text == "dataset:edit"
