"""Entries and postings of the book; records, leaves, nodes, checkpoints and keys of the log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from marketplace.core.database import Model
from marketplace.core.ids import new_id

Big = BigInteger().with_variant(Integer, "sqlite")


class EntrySeal(Model):
    """Says that the entry with this same id is complete; the database checks that it balances."""

    __tablename__ = "entry_seals"


class Entry(Model):
    """One journal entry for one business fact. Never changed; corrected by a reversal."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("source_type", "source_id", "event"),)
    id: Mapped[UUID] = mapped_column(
        ForeignKey("entry_seals.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        default=new_id,
    )
    source_type: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(String(60))
    memo: Mapped[str] = mapped_column(String(200), default="")
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("entries.id"), unique=True)
    postings: Mapped[list["Posting"]] = relationship(order_by="Posting.line", viewonly=True)


class Posting(Model):
    """One line of an entry: a debit or a credit of whole fen on one account."""

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("entry_id", "line"),
        CheckConstraint(
            "(debit_fen > 0 AND credit_fen = 0) OR (debit_fen = 0 AND credit_fen > 0)",
            name="one_side",
        ),
        CheckConstraint("currency = 'CNY'", name="currency"),
        Index("ix_postings_account", "account_code", "organisation_id"),
    )
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("entries.id"))
    line: Mapped[int]
    account_code: Mapped[str] = mapped_column(String(10))
    organisation_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    debit_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")


class Balance(Model):
    """A cache that a check can rebuild, kept only where a floor applies: never below zero."""

    __tablename__ = "balances"
    __table_args__ = (
        UniqueConstraint("account_code", "holder_id"),
        CheckConstraint("balance_fen >= 0", name="floor"),
    )
    account_code: Mapped[str] = mapped_column(String(10))
    holder_id: Mapped[UUID]
    balance_fen: Mapped[int] = mapped_column(BigInteger, default=0)


class LogLeaf(Model):
    """The place of a record in the tree, given by the sealer. Its id is the record's."""

    __tablename__ = "log_leaves"
    id: Mapped[UUID] = mapped_column(ForeignKey("log_entries.id"), primary_key=True)
    index: Mapped[int] = mapped_column("leaf_index", BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column("leaf_hash", LargeBinary(32))


class LogEntry(Model):
    """A signed record and its salt. What is logged for ever is only a commitment to them.

    `leaf_hex` is SHA-256(salt ‖ record) for a private record and SHA-256(record) for a public one.
    Record and salt of a private entry may be erased after `retain_until`; nothing else changes.
    """

    __tablename__ = "log_entries"
    __table_args__ = (
        CheckConstraint("NOT public OR (salt IS NULL AND jws IS NOT NULL)", name="public_in_clear"),
        Index("ix_log_entries_written", "written_by", "seq"),
        Index("ix_log_entries_subject", "subject_id", "kind"),
        {"sqlite_autoincrement": True},
    )
    seq: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(default=new_id, unique=True)
    written_by: Mapped[int | None] = mapped_column(BigInteger, server_default=FetchedValue())
    kind: Mapped[str] = mapped_column(String(20), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    jws: Mapped[str | None] = mapped_column(Text)
    jws_sha256: Mapped[str] = mapped_column(String(64), index=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    leaf_hex: Mapped[str] = mapped_column(String(64), index=True)
    public: Mapped[bool] = mapped_column(default=False)
    retain_until: Mapped[datetime]
    index: Mapped[int | None] = column_property(
        select(LogLeaf.index).where(LogLeaf.id == id).correlate_except(LogLeaf).scalar_subquery()
    )


class LogParty(Model):
    """An organisation that a record concerns and that may therefore open it."""

    __tablename__ = "log_parties"
    __table_args__ = (UniqueConstraint("log_entry_id", "organisation_id"),)
    log_entry_id: Mapped[UUID] = mapped_column(ForeignKey("log_entries.id"))
    organisation_id: Mapped[UUID] = mapped_column(index=True)


class LogNode(Model):
    """A complete subtree of 256^level leaves: what the tiles above the lowest row hold."""

    __tablename__ = "log_nodes"
    __table_args__ = (UniqueConstraint("level", "node_index"),)
    level: Mapped[int]
    index: Mapped[int] = mapped_column("node_index", BigInteger)
    hash: Mapped[bytes] = mapped_column("node_hash", LargeBinary(32))


class Checkpoint(Model):
    """A signed tree head (C2SP tlog-checkpoint): size, root in hex, and the note as published."""

    __tablename__ = "checkpoints"
    size: Mapped[int] = mapped_column(BigInteger, unique=True)
    root: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)


class PublishedKey(Model):
    """A public key of ours with the time in which it signed; retired ones stay published."""

    __tablename__ = "published_keys"
    kid: Mapped[str] = mapped_column(String(60), unique=True)
    purpose: Mapped[str] = mapped_column(String(10))  # records, log
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    valid_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]
