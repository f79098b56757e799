"""Words of receipts."""

from flask_babel import lazy_gettext as _l

EVENTS = {"receipt.issued": _l("已签发用数凭证")}

LABELS = {
    "ending.complete": _l("传输完成"),
    "ending.cut": _l("连接中断"),
    "ending.stopped": _l("已被中止"),
}
