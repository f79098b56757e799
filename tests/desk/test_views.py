"""Front page, home, operations, calendar and health."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core import queue
from marketplace.core.access import Role
from marketplace.core.database import db, transaction
from marketplace.core.errors import Forbidden
from marketplace.core.ids import new_id
from marketplace.core.models import CalendarDay, Job
from marketplace.desk import service
from tests.factories import accounts


def test_the_front_page_is_public_in_both_languages(client: FlaskClient) -> None:
    chinese, english = client.get("/"), client.get("/en/")

    assert "数据要素流通服务平台" in chinese.text
    assert 'lang="en"' in english.text
    assert "Newest listings" in english.text


def test_health_answers_without_a_session(client: FlaskClient) -> None:
    ready = client.get("/readyz")

    assert client.get("/healthz").json == {"alive": True}
    assert ready.status_code == 200
    assert ready.json is not None
    assert ready.json["ready"] is True


def test_metrics_are_for_the_loopback_only(client: FlaskClient) -> None:
    assert "quanshu_log_size" in client.get("/metrics").text
    outside = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    proxied = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert outside.status_code == 404
    assert proxied.status_code == 404


def test_home_asks_a_visitor_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/home")

    assert answer.status_code == 303
    assert "next=" in answer.headers["Location"]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_home(client: FlaskClient, role: Role) -> None:
    accounts.sign_in(
        client, accounts.staff(role) if role != Role.PROVIDER else accounts.actor(role)
    )

    assert client.get("/home").status_code == 200


def test_only_operations_people_see_operations(client: FlaskClient) -> None:
    accounts.sign_in(client, accounts.actor(Role.PROVIDER))

    assert client.get("/operations").status_code == 403


def test_a_parked_job_is_taken_up_again(app: Flask) -> None:
    def broken(_subject: object) -> None:
        raise ValueError

    with transaction():
        queue.enqueue("test.broken", new_id())
    with transaction():
        job = db.session.scalars(select(Job)).one()
        job.attempts = queue.MOST_ATTEMPTS - 1
    queue.Worker({"test.broken": broken}).drain()
    job_id, state = db.session.execute(select(Job.id, Job.state)).one()
    assert state == "parked"

    operator = accounts.staff(Role.OPERATOR)
    with transaction():
        service.retry_job(operator, job_id)

    assert db.session.scalar(select(Job.state)) == "waiting"


def test_the_calendar_is_the_administrators(app: Flask, client: FlaskClient) -> None:
    administrator, operator = accounts.staff(Role.ADMINISTRATOR), accounts.staff(Role.OPERATOR)
    accounts.sign_in(client, administrator)

    kept = client.post("/operations/calendar", data={"day": "2027-02-08", "note": "春节"})
    wrong = client.post("/operations/calendar", data={"day": "the eighth"})

    assert kept.status_code == 303
    assert wrong.status_code == 422
    row = db.session.scalars(select(CalendarDay)).one()
    assert not row.is_working
    with pytest.raises(Forbidden), transaction():
        service.clear_day(operator, row.id)
