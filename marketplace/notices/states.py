"""The life of a notice."""

from enum import StrEnum

from marketplace.core.access import Permission
from marketplace.core.lives import Life, step


class NoticeStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


S = NoticeStatus
NOTICE_LIFE = Life(
    NoticeStatus,
    step("deliver", {S.WAITING}, S.SENT, Permission.SYSTEM, "notice.sent"),
    step("give_up", {S.WAITING}, S.FAILED, Permission.SYSTEM, "notice.failed"),
)
