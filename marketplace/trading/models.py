"""Requests and their rounds, contracts and their signatures, orders and their settlement."""

import json
from datetime import datetime
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.database import Model
from marketplace.core.lives import Living
from marketplace.trading.states import OPEN_REQUESTS, PROVIDERS_TURN

_IS_LIVE = text("status not in ('expired', 'cancelled', 'refunded')")


class Request(Living, Model):
    """A buyer asks a provider for data, saying what for. Its rounds hold what each side proposed."""

    __tablename__ = "requests"
    __table_args__ = (CheckConstraint("buyer_id <> provider_id", name="two_parties"),)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    purpose_text: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(index=True)  # the next answer is due
    escalated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    refusal_reason: Mapped[str | None] = mapped_column(String(20))
    refusal_note: Mapped[str] = mapped_column(String(400), default="")
    rounds: Mapped[list["Round"]] = relationship(order_by="Round.number", viewonly=True)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_REQUESTS

    @property
    def is_providers_turn(self) -> bool:
        return self.status in PROVIDERS_TURN


class Round(Model):
    """One proposal within a request; never changed. Price in fen, VAT included; periods in days."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        CheckConstraint("party in ('buyer', 'provider')", name="party"),
        CheckConstraint("price_fen >= 0 AND term_days > 0", name="amounts"),
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    number: Mapped[int]
    party: Mapped[str] = mapped_column(String(10))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    term_days: Mapped[int]
    purposes: Mapped[list[str]] = mapped_column(JSON)
    recipients: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(400), default="")


class Contract(Living, Model):
    """What two organisations agreed. `document` is the exact text that both sign, by its digest.

    `document`, `digest`, `policy` and `policy_digest` are written when the contract goes out to be
    signed; until then only `terms` exist. `amount_fen` includes VAT.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("buyer_id <> provider_id", name="two_parties"),
        CheckConstraint("status = 'drafting' OR status = 'ended' OR digest IS NOT NULL",
                        name="frozen"),
    )  # fmt: skip
    number: Mapped[str] = mapped_column(String(24), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), unique=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    template: Mapped[str] = mapped_column(String(40))
    template_version: Mapped[str] = mapped_column(String(10))
    template_digest: Mapped[str] = mapped_column(String(64))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    policy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    policy_digest: Mapped[str | None] = mapped_column(String(64))
    concluded_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(20))
    end_note: Mapped[str] = mapped_column(String(400), default="")
    signatures: Mapped[list["Signature"]] = relationship(
        order_by="Signature.signed_at", viewonly=True
    )

    @property
    def is_performing(self) -> bool:
        return self.status == "performing"

    @property
    def document_bytes(self) -> bytes:
        """The bytes both sign."""
        assert self.document is not None, "a contract is frozen before it is read as signed"
        return self.document.encode()

    @property
    def as_json(self) -> dict[str, Any]:
        """The document, read."""
        found: dict[str, Any] = json.loads(self.document_bytes)
        return found


class Signature(Model):
    """One organisation's detached JWS over a contract's bytes; never changed.

    `custody` `platform` is 托管签名: made here under the signer's PIN; `own`: brought along.
    """

    __tablename__ = "signatures"
    __table_args__ = (
        UniqueConstraint("contract_id", "organisation_id"),
        CheckConstraint("custody in ('platform', 'own')", name="custody"),
    )
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    signed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    signer_name: Mapped[str] = mapped_column(String(120))
    jws: Mapped[str] = mapped_column(Text)
    kid: Mapped[str] = mapped_column(String(64))
    custody: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]


class Order(Living, Model):
    """One purchase under a contract, with everything frozen that money depends on.

    Amounts in fen, VAT included; rates in basis points. `commission_vat_fen` is the part of
    `commission_fen` that is VAT. `method`: card, transfer, free. `channel` is how it was secured.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("custody in ('direct', 'licensed', 'platform')", name="custody"),
        CheckConstraint("price_fen >= 0 AND commission_fen <= price_fen", name="amounts"),
        CheckConstraint("refunded_fen >= 0 AND refunded_fen <= price_fen", name="refunded"),
        Index(
            "uq_orders_live_contract",
            "contract_id",
            unique=True,
            sqlite_where=_IS_LIVE,
            postgresql_where=_IS_LIVE,
        ),
    )
    number: Mapped[str] = mapped_column(String(24), unique=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"))
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    tax_rate_bp: Mapped[int]
    vat_fen: Mapped[int] = mapped_column(BigInteger)
    commission_bp: Mapped[int]
    commission_fen: Mapped[int] = mapped_column(BigInteger)
    commission_vat_bp: Mapped[int]
    commission_vat_fen: Mapped[int] = mapped_column(BigInteger)
    custody: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(10))
    invoice: Mapped[dict[str, Any]] = mapped_column(JSON)
    pay_by: Mapped[datetime | None]
    channel: Mapped[str | None] = mapped_column(String(20))
    payment_id: Mapped[UUID | None]
    simulated: Mapped[bool] = mapped_column(default=False)
    secured_at: Mapped[datetime | None]
    deliver_by: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    inspect_by: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_how: Mapped[str | None] = mapped_column(String(12))  # buyer, silence, use
    dispute_until: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    disputed_from: Mapped[str | None] = mapped_column(String(12))
    dispute_reason: Mapped[str] = mapped_column(String(400), default="")
    resolution: Mapped[str] = mapped_column(String(400), default="")
    refunded_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    cancel_reason: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None]

    @property
    def provider_share_fen(self) -> int:
        """What the provider gets of the whole price."""
        return self.price_fen - self.commission_fen


class Settlement(Model):
    """A trade that counts: the order, its journal entry and its entry in the log. Never changed.

    `amount_fen` is what was not refunded, VAT included. `simulated`: not real money, no trade figure.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        Index("ix_settlements_settled_at", "settled_at"),
        CheckConstraint("amount_fen >= 0 AND commission_fen <= amount_fen", name="amounts"),
    )
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    sector: Mapped[str] = mapped_column(String(20))
    data_kind: Mapped[str] = mapped_column(String(10))
    custody: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    commission_fen: Mapped[int] = mapped_column(BigInteger)
    settled_at: Mapped[datetime]
    simulated: Mapped[bool]
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("entries.id"))
    log_entry_id: Mapped[UUID] = mapped_column(ForeignKey("log_entries.id"))
