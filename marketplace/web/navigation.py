"""Where the header leads: one row per page, shown when the page exists and the reader may use it.

A step adds its own row here; nothing else needs to change.
"""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from werkzeug.routing import BuildError

from marketplace.core.access import Actor, Permission


@dataclass(frozen=True)
class Row:
    """One page of the header. Without a permission everybody sees it."""

    endpoint: str
    label: LazyString
    permission: Permission | None = None


@dataclass(frozen=True)
class Entry:
    """A row that this reader sees, with its address."""

    url: str
    label: str
    is_current: bool


PUBLIC = (
    Row("catalogue.index", _l("数据目录")),
    Row("rights.notices", _l("登记公示")),
    Row("verification.index", _l("核验中心")),
    Row("statistics.public", _l("公开统计")),
    Row("desk.developers", _l("开发者")),
)

P = Permission
DESK = (
    Row("desk.home", _l("工作台")),
    Row("datasets.index", _l("我的数据"), P.DATASET_EDIT),
    Row("rights.index", _l("产权登记"), P.CLAIM_SUBMIT),
    Row("rights.queue", _l("登记审核"), P.CLAIM_REGISTER),
    Row("rights.queue", _l("权属预审"), P.CLAIM_PRECHECK),
    Row("compliance.queue", _l("合规复核"), P.REVIEW_DECIDE),
    Row("compliance.stops", _l("紧急下架"), P.TAKE_DOWN),
    Row("catalogue.mine", _l("我的产品"), P.PRODUCT_LIST),
    Row("trading.index", _l("订单")),
    Row("delivery.index", _l("授权与交付"), P.DELIVERY_FETCH),
    Row("receipts.index", _l("用数凭证"), P.QUESTION_ASK),
    Row("payments.desk", _l("资金"), P.BOOK_READ),
    Row("accounts.queue", _l("单位核验"), P.ORGANISATION_VERIFY),
    Row("desk.operations", _l("运行"), P.OPERATIONS_READ),
    Row("accounts.organisation", _l("我的单位")),
    Row("notices.index", _l("通知")),
    Row("accounts.profile", _l("我的账号")),
)


def link(endpoint: str, **values: Any) -> str:
    """The address of a page; empty when this build has no such page."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return ""


def public_entries() -> list[Entry]:
    """The pages anybody may read."""
    return _entries(PUBLIC)


def desk_entries(actor: Actor) -> list[Entry]:
    """The pages of a signed-in person's work; none for a visitor."""
    if actor.is_anonymous:
        return []
    return _entries(
        tuple(row for row in DESK if row.permission is None or actor.may(row.permission))
    )


def _entries(rows: tuple[Row, ...]) -> list[Entry]:
    current = _current(rows)
    addresses = [(row, link(row.endpoint)) for row in rows]
    return [Entry(url, str(row.label), row is current) for row, url in addresses if url]


def _current(rows: tuple[Row, ...]) -> Row | None:
    """The row of this page; else the only row of its step."""
    exact = [row for row in PUBLIC + DESK if row.endpoint == request.endpoint]
    if exact:
        return exact[0] if exact[0] in rows else None
    if request.blueprint == "desk":
        return None  # its pages are each a row of their own
    near = [row for row in rows if row.endpoint.split(".")[0] == request.blueprint]
    return near[0] if len(near) == 1 else None
