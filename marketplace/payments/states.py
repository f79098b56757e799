"""What can happen to a payment, a bank receipt, a refund, a payout, an invoice and a bill.

Steps of the system move on what a bank or gateway said; from `unknown` nothing else may.
"""

from enum import StrEnum
from typing import Any

from marketplace.core.access import Actor, Permission
from marketplace.core.lives import Life, step


class PaymentStatus(StrEnum):
    """One attempt to pay one order."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    UNKNOWN = "unknown"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARKED = "parked"
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"


S = PaymentStatus
P = Permission
LIVE = (S.CREATED, S.REQUIRES_ACTION, S.PROCESSING, S.AUTHORIZED, S.UNKNOWN)
DEAD = (S.DECLINED, S.CANCELLED, S.EXPIRED)  # a late success may still arrive

PAYMENT_LIFE = Life(
    S,
    step("send", {S.CREATED}, S.PROCESSING, P.SYSTEM, "payment.sent"),
    step(
        "ask_buyer",
        {S.CREATED, S.PROCESSING, S.UNKNOWN},
        S.REQUIRES_ACTION,
        P.SYSTEM,
        "payment.action_required",
    ),
    step(
        "authorize",
        {S.CREATED, S.PROCESSING, S.REQUIRES_ACTION, S.UNKNOWN},
        S.AUTHORIZED,
        P.SYSTEM,
        "payment.authorized",
    ),
    step("capture", {*LIVE, *DEAD, S.PARKED}, S.CAPTURED, P.SYSTEM, "payment.captured"),
    step("decline", LIVE, S.DECLINED, P.SYSTEM, "payment.declined"),
    step(
        "lose",
        {S.CREATED, S.PROCESSING, S.REQUIRES_ACTION, S.AUTHORIZED},
        S.UNKNOWN,
        P.SYSTEM,
        "payment.unknown",
    ),
    step("resume", {S.UNKNOWN}, S.PROCESSING, P.SYSTEM, "payment.resumed"),
    step(
        "cancel",
        {S.CREATED, S.REQUIRES_ACTION},
        S.CANCELLED,
        P.PAYMENT_MAKE,
        "payment.cancelled",
        party="buyer_id",
    ),
    step("void", LIVE, S.CANCELLED, P.SYSTEM, "payment.cancelled"),
    step(
        "expire",
        {S.CREATED, S.REQUIRES_ACTION, S.PROCESSING, S.UNKNOWN},
        S.EXPIRED,
        P.SYSTEM,
        "payment.expired",
    ),
    step("park", {*LIVE, *DEAD}, S.PARKED, P.SYSTEM, "payment.parked"),
    step(
        "refund_part", {S.CAPTURED, S.PART_REFUNDED}, S.PART_REFUNDED, P.SYSTEM, "payment.returned"
    ),
    step("refund_all", {S.CAPTURED, S.PART_REFUNDED}, S.REFUNDED, P.SYSTEM, "payment.returned"),
)


class ReceiptStatus(StrEnum):
    """One line of a bank statement that brought money."""

    IMPORTED = "imported"
    NOMATCH = "nomatch"
    UNDER = "under"
    FOREIGN_PAYER = "foreign_payer"
    DUPLICATE = "duplicate"
    APPLIED = "applied"
    RETURNING = "returning"
    RETURNED = "returned"


R = ReceiptStatus
OPEN_RECEIPTS = (R.NOMATCH, R.UNDER, R.FOREIGN_PAYER, R.DUPLICATE)

BANK_RECEIPT_LIFE = Life(
    R,
    step("leave", {R.IMPORTED}, R.NOMATCH, P.BANK_IMPORT, "bank_receipt.unmatched"),
    step(
        "short",
        {R.IMPORTED, R.NOMATCH, R.FOREIGN_PAYER},
        R.UNDER,
        P.BANK_IMPORT,
        "bank_receipt.under",
    ),
    step("hold_back", {R.IMPORTED}, R.FOREIGN_PAYER, P.BANK_IMPORT, "bank_receipt.foreign_payer"),
    step("double", {R.IMPORTED, R.NOMATCH}, R.DUPLICATE, P.BANK_IMPORT, "bank_receipt.duplicate"),
    step(
        "apply",
        {R.IMPORTED, R.NOMATCH, R.UNDER, R.FOREIGN_PAYER},
        R.APPLIED,
        P.BANK_IMPORT,
        "bank_receipt.applied",
    ),
    step("return", OPEN_RECEIPTS, R.RETURNING, P.BANK_IMPORT, "bank_receipt.returning"),
    step("keep", {R.RETURNING}, R.NOMATCH, P.SYSTEM, "bank_receipt.kept"),
    step("returned", {R.RETURNING}, R.RETURNED, P.SYSTEM, "bank_receipt.returned"),
)


class RefundStatus(StrEnum):
    """Money on its way back."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"


F = RefundStatus
COUNTED_REFUNDS = (F.REQUESTED, F.APPROVED, F.SUBMITTING, F.PENDING, F.UNKNOWN, F.SUCCEEDED)


def _made_it(actor: Actor, thing: Any) -> bool:
    """Four eyes: who prepared it may not approve it."""
    return thing.prepared_by is not None and thing.prepared_by == actor.person_id


REFUND_LIFE = Life(
    F,
    step(
        "approve", {F.REQUESTED}, F.APPROVED, P.REFUND_APPROVE, "refund.approved", unless=_made_it
    ),
    step("refuse", {F.REQUESTED}, F.REFUSED, P.REFUND_APPROVE, "refund.refused", unless=_made_it),
    step("submit", {F.APPROVED}, F.SUBMITTING, P.SYSTEM, "refund.submitted"),
    step("wait", {F.SUBMITTING, F.UNKNOWN}, F.PENDING, P.SYSTEM, "refund.pending"),
    step("lose", {F.SUBMITTING, F.PENDING}, F.UNKNOWN, P.SYSTEM, "refund.unknown"),
    step(
        "succeed", {F.SUBMITTING, F.PENDING, F.UNKNOWN}, F.SUCCEEDED, P.SYSTEM, "refund.succeeded"
    ),
    step("fail", {F.SUBMITTING, F.PENDING, F.UNKNOWN}, F.FAILED, P.SYSTEM, "refund.failed"),
    step("transfer", {F.APPROVED}, F.SUCCEEDED, P.BANK_IMPORT, "refund.succeeded"),
)


class PayoutStatus(StrEnum):
    """A provider's money on its way to its bank account."""

    DRAFT = "draft"
    APPROVED = "approved"
    REFUSED = "refused"
    PAID = "paid"
    RETURNED = "returned"


O = PayoutStatus  # noqa: E741  # one letter per table, as above
OPEN_PAYOUTS = (O.DRAFT, O.APPROVED)

PAYOUT_LIFE = Life(
    O,
    step("approve", {O.DRAFT}, O.APPROVED, P.PAYOUT_APPROVE, "payout.approved", unless=_made_it),
    step("refuse", {O.DRAFT}, O.REFUSED, P.PAYOUT_APPROVE, "payout.refused", unless=_made_it),
    step("pay", {O.APPROVED}, O.PAID, P.PAYOUT_PREPARE, "payout.paid"),
    step("bounce", {O.APPROVED, O.PAID}, O.RETURNED, P.PAYOUT_PREPARE, "payout.returned"),
)


class InvoiceStatus(StrEnum):
    """A 数电票 as the provider says it was issued."""

    ISSUED = "issued"
    RED_DUE = "red_due"
    RED_ISSUED = "red_issued"


I = InvoiceStatus  # noqa: E741

INVOICE_LIFE = Life(
    I,
    step("need_red", {I.ISSUED}, I.RED_DUE, P.SYSTEM, "invoice.red_due"),
    step(
        "redden",
        {I.RED_DUE},
        I.RED_ISSUED,
        P.INVOICE_UPLOAD,
        "invoice.red_issued",
        party="provider_id",
    ),
)


class BillStatus(StrEnum):
    """The platform's bill for its commission where the buyer paid the provider directly."""

    OPEN = "open"
    PAID = "paid"


BILL_LIFE = Life(
    BillStatus,
    step("pay", {BillStatus.OPEN}, BillStatus.PAID, P.BANK_IMPORT, "commission_bill.paid"),
)
