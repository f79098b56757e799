"""Rows of money. Amounts are fen, VAT-inclusive; no card number and no secret ever stands here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.database import Model
from marketplace.core.lives import Living
from marketplace.payments.states import LIVE, PaymentStatus

_IS_LIVE = text("status in ({})".format(", ".join(f"'{status}'" for status in LIVE)))
_COUNTS_ONCE = text("status not in ('refused', 'failed')")


class Payment(Living, Model):
    """One attempt to pay one order. At most one attempt of an order is alive."""

    __tablename__ = "payments"
    __table_args__ = (
        Index(
            "uq_payments_live",
            "order_id",
            unique=True,
            sqlite_where=_IS_LIVE,
            postgresql_where=_IS_LIVE,
        ),
        UniqueConstraint("order_id", "attempt_no"),
        CheckConstraint("method in ('card', 'transfer', 'free')", name="method"),
        CheckConstraint("amount_fen >= 0 and refunded_fen >= 0", name="amount"),
        CheckConstraint("refunded_fen <= amount_fen", name="refunded"),
        CheckConstraint("currency = 'CNY'", name="currency"),
    )
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    attempt_no: Mapped[int]
    method: Mapped[str] = mapped_column(String(10))
    custody: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    is_simulated: Mapped[bool] = mapped_column(default=False)
    is_duplicate: Mapped[bool] = mapped_column(default=False)
    test_card: Mapped[str | None] = mapped_column(String(60))  # a gateway's name, no number
    gateway_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    checkout_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    checkout_url: Mapped[str | None] = mapped_column(Text)
    gateway_status: Mapped[str] = mapped_column(String(40), default="")
    failure_code: Mapped[str] = mapped_column(String(80), default="")
    bank_serial: Mapped[str | None] = mapped_column(String(80))
    paid_on: Mapped[date | None]
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    captured_at: Mapped[datetime | None]
    checks: Mapped[int] = mapped_column(default=0)
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_paid(self) -> bool:
        return self.status in {PaymentStatus.CAPTURED, PaymentStatus.PART_REFUNDED}


class GatewayCall(Model):
    """A request to the gateway, committed before it is sent; its key never changes."""

    __tablename__ = "gateway_calls"
    __table_args__ = (
        CheckConstraint("state in ('sent', 'answered', 'unknown')", name="state"),
        Index("ix_gateway_calls_subject", "subject_type", "subject_id"),
    )
    subject_type: Mapped[str] = mapped_column(String(20))  # payments or refunds
    subject_id: Mapped[UUID]
    operation: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(255), unique=True)
    path: Mapped[str] = mapped_column(String(255))
    body: Mapped[list[list[str]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="sent")
    sends: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    http_status: Mapped[int | None]
    error_code: Mapped[str] = mapped_column(String(80), default="")
    request_id: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None]


class GatewayNotice(Model):
    """One event that the gateway told us about or that we caught up on: told twice, kept once."""

    __tablename__ = "gateway_notices"
    __table_args__ = (
        CheckConstraint("state in ('received', 'done', 'ignored', 'parked')", name="state"),
        CheckConstraint("source in ('webhook', 'catch_up')", name="source"),
    )
    event_id: Mapped[str] = mapped_column(String(255), unique=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(255), default="", index=True)
    occurred_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(10))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="received", index=True)
    error: Mapped[str] = mapped_column(String(200), default="")
    done_at: Mapped[datetime | None]


class TransferCode(Model):
    """What the buyer writes into the remark of a bank transfer: one code, one order, one amount."""

    __tablename__ = "transfer_codes"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    expires_at: Mapped[datetime]


class StatementImport(Model):
    """One file of a bank that a clerk imported."""

    __tablename__ = "statement_imports"
    file_name: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    known: Mapped[int]
    imported_by: Mapped[str] = mapped_column(String(120))


class BankReceipt(Living, Model):
    """One incoming line of a bank statement. A bank's serial number enters once."""

    __tablename__ = "bank_receipts"
    __table_args__ = (
        UniqueConstraint("bank_account", "serial_no"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("applied_fen >= 0 and applied_fen <= amount_fen", name="applied"),
    )
    import_id: Mapped[UUID] = mapped_column(ForeignKey("statement_imports.id"))
    bank_account: Mapped[str] = mapped_column(String(40))
    serial_no: Mapped[str] = mapped_column(String(80))
    booked_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    applied_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    payer_name: Mapped[str] = mapped_column(String(120))
    payer_account: Mapped[str] = mapped_column(String(40), default="")
    remark: Mapped[str] = mapped_column(String(300), default="")
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    suggestion_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    note: Mapped[str] = mapped_column(String(300), default="")


class Refund(Living, Model):
    """Money going back: by the gateway (`card`), by bank (`transfer`), or from unclaimed money."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("channel in ('card', 'transfer', 'suspense')", name="channel"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "(channel = 'suspense') = (payment_id is null) or channel = 'transfer'", name="source"
        ),
        Index(
            "uq_refunds_receipt",
            "receipt_id",
            unique=True,
            sqlite_where=_COUNTS_ONCE,
            postgresql_where=_COUNTS_ONCE,
        ),
        UniqueConstraint("payment_id", "sequence"),
    )
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_receipts.id"))
    sequence: Mapped[int] = mapped_column(default=1)
    channel: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    commission_fen: Mapped[int] = mapped_column(BigInteger, default=0)  # what is reversed of it
    vat_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    stage: Mapped[str] = mapped_column(String(12), default="")  # how the book was reversed
    reason: Mapped[str] = mapped_column(String(300))
    prepared_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    gateway_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    failure_code: Mapped[str] = mapped_column(String(80), default="")
    bank_serial: Mapped[str | None] = mapped_column(String(80))
    checks: Mapped[int] = mapped_column(default=0)
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)


class Payout(Living, Model):
    """Money to a provider, prepared by a clerk and approved by another person."""

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "approved_by is null or prepared_by is null or approved_by <> prepared_by",
            name="four_eyes",
        ),
    )
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    bank_account: Mapped[dict[str, Any]] = mapped_column(JSON)
    prepared_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    bank_serial: Mapped[str | None] = mapped_column(String(80), unique=True)
    return_reason: Mapped[str] = mapped_column(String(200), default="")


class Invoice(Living, Model):
    """A 数电票 of the provider for one order; its face was compared with the order."""

    __tablename__ = "invoices"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(2))  # 81 special, 82 general
    issued_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    vat_fen: Mapped[int] = mapped_column(BigInteger)
    buyer_name: Mapped[str] = mapped_column(String(120))
    buyer_credit_code: Mapped[str] = mapped_column(String(18))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    was_read: Mapped[bool] = mapped_column(default=False)  # from the XML, not typed only
    red_number: Mapped[str | None] = mapped_column(String(20), unique=True)


class CommissionBill(Living, Model):
    """The platform's commission of an order whose money it never held."""

    __tablename__ = "commission_bills"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    vat_fen: Mapped[int] = mapped_column(BigInteger)
    bank_serial: Mapped[str | None] = mapped_column(String(80))


class Mismatch(Model):
    """A line of the gateway's balance that our book does not know, or the reverse."""

    __tablename__ = "mismatches"
    reference: Mapped[str] = mapped_column(String(255), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    resolved_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(300), default="")
