"""People are told, over a real mail server that nobody here wrote."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Invitation, MailLink, Organisation, Person
from marketplace.core import holdings
from marketplace.core.access import Role
from marketplace.core.database import db, transaction
from marketplace.core.queue import Worker
from marketplace.notices import jobs, service
from marketplace.notices.models import Notice
from marketplace.notices.occasions import OCCASIONS
from marketplace.web.messages import known
from tests.factories import accounts as factories


class Mailbox:
    """Keeps what comes in; refuses an address for good when told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings = holdings.holdings().settings
    holdings.hold_settings(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))
    yield box
    controller.stop()


def text(mail: EmailMessage) -> str:
    return mail.get_content()


def test_a_registration_is_confirmed_by_the_link_of_its_mail(
    client: FlaskClient, worker: Worker, mailbox: Mailbox
) -> None:
    applicant = factories.applicant(confirmed=False)
    email = db.session.get(Person, applicant.person_id).email
    worker.drain()

    [mail] = mailbox.to(email)
    assert mail["Subject"].startswith("【演示】")
    path = re.search(r"http://localhost(/account/confirm\?token=\S+)", text(mail)).group(1)
    assert client.get(path).status_code == 200
    assert db.session.get(Person, applicant.person_id).email_confirmed_at is None
    token = path.partition("=")[2]
    assert client.post("/account/confirm", data={"token": token}).status_code == 303
    assert db.session.get(Person, applicant.person_id).email_confirmed_at is not None
    assert client.post("/account/confirm", data={"token": token}).status_code == 422


def test_no_link_that_works_is_in_the_database(worker: Worker, mailbox: Mailbox) -> None:
    person = factories.person()
    with transaction():
        accounts.ask_reset(person.email, "test")
    worker.drain()

    token = re.search(r"token=(\S+)", text(mailbox.mails[0])).group(1)
    with db.engine.connect() as connection:
        for table in ("notices", "mail_links", "events", "jobs"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows, table
            assert token not in repr(rows), table


def test_telling_twice_is_telling_once(worker: Worker, mailbox: Mailbox) -> None:
    operator = factories.staff(Role.OPERATOR)
    applicant = factories.applicant()
    worker.drain()
    with transaction():
        again = service.tell(service.SENDER, applicant.organisation_id)
    for notice in db.session.scalars(select(Notice.id)).all():
        jobs.send(notice)

    email = db.session.get(Person, operator.person_id).email
    assert again == []
    assert len(mailbox.to(email)) == 1


def test_the_applicant_reads_the_result_in_the_chosen_language(
    client: FlaskClient, worker: Worker, mailbox: Mailbox
) -> None:
    applicant, operator = factories.applicant(), factories.staff(Role.OPERATOR)
    with transaction():
        accounts.choose_language(applicant, "en")
        accounts.verify(operator, applicant.organisation_id)
    worker.drain()

    email = db.session.get(Person, applicant.person_id).email
    mail = next(one for one in mailbox.to(email) if "verified" in one["Subject"])
    path = re.search(r"http://localhost(/en/notices/\S+)", text(mail)).group(1)
    assert client.get(path).location.startswith("/en/account/sign-in?next=")
    factories.sign_in(client, applicant)
    assert client.get(path).location == "/en/account/organisation"


def test_a_mail_that_is_refused_for_good_stays_readable_in_the_application(
    client: FlaskClient, worker: Worker, mailbox: Mailbox
) -> None:
    applicant, operator = factories.applicant(), factories.staff(Role.OPERATOR)
    mailbox.refused.add(db.session.get(Person, applicant.person_id).email)
    with transaction():
        accounts.verify(operator, applicant.organisation_id)
    worker.drain()

    told = db.session.scalars(select(Notice).where(Notice.event == "organisation.verified")).one()
    assert (told.status, told.error) == ("failed", "recipient_refused")
    factories.sign_in(client, applicant)
    assert "单位已通过核验" in client.get("/notices/").text


def test_a_mail_server_that_is_down_is_tried_again(app: Flask, worker: Worker) -> None:
    holdings.hold_settings(replace(holdings.holdings().settings, smtp_url="smtp://127.0.0.1:1"))
    person = factories.person()
    with transaction():
        accounts.ask_reset(person.email, "test")
    worker.drain()

    notice = db.session.scalars(select(Notice)).one()
    assert notice.status == "waiting"
    assert db.session.scalars(select(MailLink)).one().used_at is None


def test_an_invitation_reaches_somebody_without_an_account(
    worker: Worker, mailbox: Mailbox
) -> None:
    manager = factories.actor(Role.MANAGER)
    with transaction():
        accounts.invite(manager, "xin@example.cn", "新人", ["buyer"], None)
    worker.drain()

    [mail] = mailbox.to("xin@example.cn")
    token = re.search(r"token=(\S+)", text(mail)).group(1)
    assert accounts.invitation_by(token).id == db.session.scalars(select(Invitation.id)).one()


def test_a_withdrawn_invitation_is_not_mailed(worker: Worker, mailbox: Mailbox) -> None:
    manager = factories.actor(Role.MANAGER)
    with transaction():
        made = accounts.invite(manager, "xin@example.cn", "新人", ["buyer"], None)
        accounts.withdraw_invitation(manager, made.id)
    worker.drain()

    assert mailbox.mails == []
    assert db.session.scalars(select(Notice)).one().error == "link_over"


def test_nobody_reads_another_persons_notices(client: FlaskClient, worker: Worker) -> None:
    applicant, operator = factories.applicant(), factories.staff(Role.OPERATOR)
    with transaction():
        accounts.verify(operator, applicant.organisation_id)
    worker.drain()
    told = db.session.scalars(select(Notice).where(Notice.event == "organisation.verified")).one()
    address = f"/notices/{told.id}"

    factories.sign_in(client, factories.actor(Role.BUYER))
    assert client.get(address).status_code == 404
    assert client.get("/api/v1/notices").get_json()["items"] == []
    factories.sign_in(client, applicant)
    assert client.get("/api/v1/notices").get_json()["items"][0]["event"] == "organisation.verified"
    client.post("/notices/read")
    assert db.session.scalars(select(Organisation)).first() is not None
    assert db.session.get(Notice, told.id, populate_existing=True).read_at is not None


def test_every_occasion_has_its_sentences() -> None:
    labels = known("LABELS")

    assert {f"notice.{event}" for event in OCCASIONS} <= labels
    letters = {f"letter.{event}" for event, row in OCCASIONS.items() if row.is_letter}
    assert letters <= labels
