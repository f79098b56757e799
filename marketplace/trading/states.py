"""What can happen to a request, a contract and an order, by whom, and what is remembered."""

from enum import StrEnum
from typing import Any

from marketplace.core.access import Actor, Permission
from marketplace.core.lives import Life, step

P = Permission


class RequestStatus(StrEnum):
    ASKED = "asked"
    OFFERED = "offered"
    COUNTERED = "countered"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


R = RequestStatus
OPEN_REQUESTS = (R.ASKED, R.OFFERED, R.COUNTERED)
PROVIDERS_TURN = (R.ASKED, R.COUNTERED)

REQUEST_LIFE = Life(
    R,
    step("agree", PROVIDERS_TURN, R.AGREED, P.ACCESS_ANSWER, "request.agreed",
         party="provider_id"),
    step("offer", PROVIDERS_TURN, R.OFFERED, P.ACCESS_ANSWER, "request.offered",
         party="provider_id"),
    step("refuse", PROVIDERS_TURN, R.REFUSED, P.ACCESS_ANSWER, "request.refused",
         party="provider_id"),
    step("accept", {R.OFFERED}, R.AGREED, P.ACCESS_REQUEST, "request.agreed", party="buyer_id"),
    step("counter", {R.OFFERED}, R.COUNTERED, P.ACCESS_REQUEST, "request.countered",
         party="buyer_id"),
    step("withdraw", OPEN_REQUESTS, R.WITHDRAWN, P.ACCESS_REQUEST, "request.withdrawn",
         party="buyer_id"),
    step("expire", OPEN_REQUESTS, R.EXPIRED, P.SYSTEM, "request.expired"),
)  # fmt: skip


class RefusalReason(StrEnum):
    """Why a provider refuses; the sentence reaches the buyer."""

    PURPOSE = "purpose"
    RECIPIENTS = "recipients"
    PRICE = "price"
    TERM = "term"
    CAPACITY = "capacity"
    OTHER = "other"


class Party(StrEnum):
    BUYER = "buyer"
    PROVIDER = "provider"


class ContractStatus(StrEnum):
    """协商 → 签订 → 待备案 → 履行 → 终止 (TC609-6-2025-14)."""

    DRAFTING = "drafting"
    SIGNING = "signing"
    AWAITING_FILING = "awaiting_filing"
    PERFORMING = "performing"
    ENDED = "ended"


C = ContractStatus


def _is_signed(_actor: Actor, contract: Any) -> bool:
    """Once one side has signed, the text cannot be taken back to be rewritten."""
    return bool(contract.signatures)


CONTRACT_LIFE = Life(
    C,
    step("issue", {C.DRAFTING}, C.SIGNING, P.ACCESS_ANSWER, "contract.issued",
         party="provider_id"),
    step("reopen", {C.SIGNING}, C.DRAFTING, P.ACCESS_REQUEST, "contract.reopened",
         party="buyer_id", unless=_is_signed),
    step("conclude", {C.SIGNING}, C.AWAITING_FILING, P.CONTRACT_SIGN, "contract.concluded"),
    step("file", {C.AWAITING_FILING}, C.PERFORMING, P.SYSTEM, "contract.filed"),
    step("end_by_provider", {C.PERFORMING}, C.ENDED, P.CONTRACT_SIGN, "contract.ended",
         party="provider_id"),
    step("end_by_buyer", {C.PERFORMING}, C.ENDED, P.CONTRACT_SIGN, "contract.ended",
         party="buyer_id"),
    step("abandon_by_provider", {C.DRAFTING, C.SIGNING}, C.ENDED, P.ACCESS_ANSWER,
         "contract.abandoned", party="provider_id"),
    step("abandon_by_buyer", {C.DRAFTING, C.SIGNING}, C.ENDED, P.ACCESS_REQUEST,
         "contract.abandoned", party="buyer_id"),
    step("lapse", {C.PERFORMING}, C.ENDED, P.SYSTEM, "contract.ended"),
)  # fmt: skip


class EndReason(StrEnum):
    """Why a party ends a contract early."""

    MUTUAL = "mutual"
    LATE_DELIVERY = "late_delivery"
    LATE_PAYMENT = "late_payment"
    RIGHTS_DEFECT = "rights_defect"
    MISUSE = "misuse"
    LEAK = "leak"
    NOT_NEEDED = "not_needed"
    EXPIRED = "expired"  # by the scheduler only


class OrderStatus(StrEnum):
    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    SECURED = "secured"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    PART_REFUNDED = "part_refunded"


O = OrderStatus  # noqa: E741  # as short as R and C beside it
DEAD_ORDERS = (O.EXPIRED, O.CANCELLED, O.REFUNDED)
PAID_ORDERS = (O.SECURED, O.DELIVERED, O.ACCEPTED, O.SETTLED, O.DISPUTED, O.PART_REFUNDED)


def _is_party(actor: Actor, order: Any) -> bool:
    """Nobody decides a dispute of his own organisation."""
    return actor.belongs_to(order.provider_id) or actor.belongs_to(order.buyer_id)


ORDER_LIFE = Life(
    O,
    step("place", {O.DRAFT}, O.AWAITING_PAYMENT, P.ORDER_PLACE, "order.placed",
         party="buyer_id"),
    step("secure", {O.AWAITING_PAYMENT, O.EXPIRED}, O.SECURED, P.SYSTEM, "order.secured"),
    step("deliver", {O.SECURED}, O.DELIVERED, P.ORDER_DELIVER, "order.delivered",
         party="provider_id"),
    step("accept", {O.DELIVERED}, O.ACCEPTED, P.ORDER_ACCEPT, "order.accepted",
         party="buyer_id"),
    step("settle", {O.ACCEPTED, O.PART_REFUNDED}, O.SETTLED, P.SYSTEM, "order.settled"),
    step("dispute", {O.DELIVERED, O.ACCEPTED}, O.DISPUTED, P.ORDER_ACCEPT, "order.disputed",
         party="buyer_id"),
    step("dismiss", {O.DISPUTED}, O.ACCEPTED, P.ORDER_ARBITRATE, "order.dispute_dismissed",
         unless=_is_party),
    step("refund_part", {O.DISPUTED}, O.PART_REFUNDED, P.ORDER_ARBITRATE, "order.part_refunded",
         unless=_is_party),
    step("refund_all", {O.DISPUTED}, O.REFUNDED, P.ORDER_ARBITRATE, "order.refunded",
         unless=_is_party),
    step("cancel", {O.DRAFT, O.AWAITING_PAYMENT, O.SECURED}, O.CANCELLED, P.ORDER_PLACE,
         "order.cancelled", party="buyer_id"),
    step("decline", {O.AWAITING_PAYMENT, O.SECURED}, O.CANCELLED, P.ORDER_DELIVER,
         "order.cancelled", party="provider_id"),
    step("expire", {O.AWAITING_PAYMENT}, O.EXPIRED, P.SYSTEM, "order.expired"),
)  # fmt: skip


class Custody(StrEnum):
    """Who holds the buyer's money between payment and settlement."""

    DIRECT = "direct"  # nobody: the buyer pays the provider, the platform keeps evidence
    LICENSED = "licensed"  # a licensed institution
    PLATFORM = "platform"  # ourselves, under a licence


class Method(StrEnum):
    """How the buyer means to pay; it decides how long the order waits."""

    CARD = "card"
    TRANSFER = "transfer"
    FREE = "free"


class InvoiceKind(StrEnum):
    """票种 of the 数电票 the buyer wants."""

    SPECIAL = "special"
    GENERAL = "general"
