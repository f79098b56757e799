"""What waits for a person: one row per kind of work, counted by what that person may see and do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from marketplace.accounts.models import ClaimCase, Organisation
from marketplace.catalogue.models import Question
from marketplace.compliance.models import Review
from marketplace.core.access import Actor, Permission, visible
from marketplace.core.database import db
from marketplace.core.models import Job
from marketplace.payments.models import BankReceipt, CommissionBill, Payout, Refund
from marketplace.rights.models import Claim
from marketplace.trading.models import Contract, Order, Request
from marketplace.web.navigation import link

P = Permission


@dataclass(frozen=True)
class Kind:
    """One kind of waiting work: things in these states, of which `party` is the actor's organisation."""

    permission: Permission
    title: LazyString
    model: Any
    statuses: tuple[str, ...]
    endpoint: str
    party: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A row of the home page."""

    title: str
    count: int
    url: str


KINDS: tuple[Kind, ...] = (
    Kind(
        P.ORGANISATION_VERIFY, _l("待核验的单位"), Organisation, ("registered",), "accounts.queue"
    ),
    Kind(P.ORGANISATION_VERIFY, _l("信用代码重复申领"), ClaimCase, ("open",), "accounts.cases"),
    Kind(
        P.CLAIM_PRECHECK,
        _l("待预审的产权材料"),
        Claim,
        ("submitted", "reviewing", "prechecked"),
        "rights.queue",
        "handler_id",
    ),
    Kind(
        P.CLAIM_REGISTER,
        _l("待办理的产权登记"),
        Claim,
        ("submitted", "reviewing", "objected"),
        "rights.queue",
        "handler_id",
    ),
    Kind(P.REVIEW_DECIDE, _l("待复核的数据"), Review, ("open", "first_done"), "compliance.queue"),
    Kind(P.REVIEW_ARBITRATE, _l("意见不一、待首席裁定"), Review, ("disputed",), "compliance.queue"),
    Kind(
        P.CLAIM_SUBMIT,
        _l("待补正的登记材料"),
        Claim,
        ("supplement",),
        "rights.index",
        "provider_id",
    ),
    Kind(
        P.REVIEW_REQUEST,
        _l("被退回、待修改的数据"),
        Review,
        ("returned",),
        "datasets.index",
        "provider_id",
    ),
    Kind(
        P.QUESTION_ANSWER, _l("待回答的提问"), Question, ("asked",), "catalogue.mine", "provider_id"
    ),
    Kind(
        P.ACCESS_ANSWER,
        _l("待答复的使用申请"),
        Request,
        ("asked", "countered"),
        "trading.index",
        "provider_id",
    ),
    Kind(
        P.ACCESS_REQUEST,
        _l("供方已报价，待您答复"),
        Request,
        ("offered",),
        "trading.index",
        "buyer_id",
    ),
    Kind(P.CONTRACT_SIGN, _l("待签署的合同"), Contract, ("signing",), "trading.index"),
    Kind(
        P.PAYMENT_MAKE,
        _l("待支付的订单"),
        Order,
        ("awaiting_payment",),
        "trading.index",
        "buyer_id",
    ),
    Kind(P.ORDER_ACCEPT, _l("已交付，待验收"), Order, ("delivered",), "trading.index", "buyer_id"),
    Kind(
        P.BANK_IMPORT,
        _l("待处理的银行来款"),
        BankReceipt,
        ("imported", "nomatch", "under", "foreign_payer", "duplicate"),
        "payments.desk",
    ),
    Kind(P.REFUND_APPROVE, _l("待批准的退款"), Refund, ("requested",), "payments.desk"),
    Kind(P.PAYOUT_APPROVE, _l("待批准的付款"), Payout, ("draft",), "payments.desk"),
    Kind(P.ORDER_ARBITRATE, _l("待裁定的争议"), Order, ("disputed",), "trading.index"),
    Kind(
        P.INVOICE_UPLOAD,
        _l("待缴的服务费账单"),
        CommissionBill,
        ("open",),
        "payments.desk",
        "provider_id",
    ),
)


def waiting_for(actor: Actor) -> Sequence[Waiting]:
    """The rows of this person's home page: one query each, whatever the number of things."""
    rows = [
        Waiting(str(kind.title), _count(actor, kind), link(kind.endpoint))
        for kind in KINDS
        if actor.may(kind.permission)
    ]
    if actor.may(P.OPERATIONS_READ):
        parked = db.session.scalar(select(func.count()).where(Job.state == "parked")) or 0
        rows.append(Waiting(str(_l("停放的后台任务")), parked, link("desk.operations")))
    return rows


def _count(actor: Actor, kind: Kind) -> int:
    query = visible(actor, kind.model).where(kind.model.status.in_(kind.statuses))
    if kind.party:
        query = query.where(getattr(kind.model, kind.party) == actor.organisation_id)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
