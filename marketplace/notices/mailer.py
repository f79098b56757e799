"""The mail server, by SMTP. `SMTP_URL` is `smtp://[user:password@]host[:port][?starttls=1]` or `smtps://…`."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 15


class Refused(Exception):
    """The server will never take this mail; trying again does not help."""


def send(url: str, message: EmailMessage) -> None:
    """Hand a mail to the server. Refused for good, OSError or SMTPException for another try.

    Never inside a transaction.
    """
    parts = urlsplit(url)
    with _connect(parts.scheme, parts.hostname or "localhost", parts.port) as server:
        if parse_qs(parts.query).get("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            if all(code >= 500 for code, _ in refused.recipients.values()):
                raise Refused("recipient_refused") from refused
            raise
        except smtplib.SMTPDataError as refused:
            if refused.smtp_code >= 500:
                raise Refused("message_refused") from refused
            raise


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(
            host, port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    return smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
