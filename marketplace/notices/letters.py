"""The text of a mail, in its reader's language. A link that works once is put in here and kept nowhere."""

from email.message import EmailMessage
from email.utils import format_datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from marketplace.core.clock import now
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.notices.models import Notice
from marketplace.notices.occasions import OCCASIONS
from marketplace.web.messages import label

_PATHS = {
    "mail_link.confirm": "/account/confirm?token={token}",
    "mail_link.reset": "/account/reset?token={token}",
    "invitation.sent": "/account/invitation?token={token}",
    "registration.repeated": "/account/sign-in",
}


def needs_token(event: str) -> bool:
    """Whether the mail carries a link that works once."""
    return "{token}" in _PATHS.get(event, "")


def subject_line(notice: Notice) -> str:
    """What happened, and to what; in the language in force."""
    words = label(f"notice.{notice.event}")
    return f"{words}：{notice.title}" if notice.title else words


def compose(notice: Notice, token: str = "") -> EmailMessage:
    """The mail. Its Message-ID depends on the notice only, so that a repeated one can be known."""
    who = instance()
    with force_locale("en" if notice.language == "en" else "zh"):
        line = subject_line(notice)
        mark = _("【演示】") if who.is_demo else ""
        body = _body(notice, token, line, who.public_url, who.is_demo)
    message = EmailMessage()
    message["Subject"] = mark + line
    message["From"] = holdings().settings.mail_from
    message["To"] = notice.email
    message["Date"] = format_datetime(now())
    host = holdings().settings.mail_from.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{notice.id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _body(notice: Notice, token: str, line: str, public_url: str, is_demo: bool) -> str:
    prefix = "/en" if notice.language == "en" else ""
    is_letter = OCCASIONS[notice.event].is_letter
    path = _PATHS.get(notice.event, "/notices/{id}").format(token=token, id=notice.id)
    parts = [line, f"{public_url}{prefix}{path}"]
    if is_letter:
        parts.append(label(f"letter.{notice.event}"))
    else:
        parts.append(_("打开链接并登录后可以查看详情。"))
    if is_demo:
        parts.append(_("这是演示环境发出的邮件，内容均为虚构。"))
    parts.append(_("泉数 · 济南数据要素流通服务平台"))
    return "\n\n".join(parts) + "\n"
