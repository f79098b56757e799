"""Sentences of the desk: operations and the calendar."""

from flask_babel import lazy_gettext as _l

EVENTS = {
    "job.retried": _l("重新执行了停放的任务"),
    "calendar.changed": _l("补录了工作日历"),
    "calendar.cleared": _l("删除了工作日历的补录"),
}
