"""Sentences of statistics."""

from flask_babel import lazy_gettext as _l

CODES = {
    "day_not_over": _l("当日尚未结束，不能出具报表。"),
}
EVENTS = {
    "figures.stated": _l("签名当日统计报表"),
}
