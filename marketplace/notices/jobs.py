"""Telling people follows from events; sending a mail follows from a notice."""

from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import service as accounts
from marketplace.core.database import db, transaction
from marketplace.core.holdings import holdings
from marketplace.notices import letters, mailer, service
from marketplace.notices.models import Notice
from marketplace.notices.states import NoticeStatus

_DRAW = {
    "mail_links": accounts.draw_link_token,
    "invitations": accounts.draw_invitation_token,
}


def tell(subject_id: UUID) -> None:
    """Make the notices that a subject's events ask for."""
    with transaction():
        service.tell(service.SENDER, subject_id)


def send(notice_id: UUID) -> None:
    """Mail one notice: draw its link in one transaction, hand it over, write down that it went."""
    token = ""
    with transaction():
        notice = db.session.scalars(select(Notice).where(Notice.id == notice_id)).one_or_none()
        if notice is None or notice.status != NoticeStatus.WAITING:
            return
        problem = "" if holdings().settings.smtp_url else "no_mail_server"
        if letters.needs_token(notice.event) and not problem:
            token = _DRAW[notice.subject_type](notice.subject_id) or ""
            problem = "" if token else "link_over"
        if problem:
            service.failed(service.SENDER, notice_id, problem)
            return
        message = letters.compose(notice, token)
    try:
        mailer.send(holdings().settings.smtp_url, message)
    except mailer.Refused as refused:
        with transaction():
            service.failed(service.SENDER, notice_id, str(refused))
        return
    with transaction():
        service.sent(service.SENDER, notice_id)
