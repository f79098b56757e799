"""Orders that were paid, through the services where the buyer or the clerk leads there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.accounts.queries import organisation
from marketplace.core.access import Actor, Role, system
from marketplace.core.database import db, everything, find, transaction
from marketplace.payments import service, statement
from marketplace.payments.models import BankReceipt, TransferCode
from marketplace.trading.models import Order
from tests.factories import accounts, trading

ACCOUNT = "370100000000000318"


@dataclass(frozen=True)
class Sides:
    """An order's two sides and the order."""

    order: Order
    buyer: Actor
    provider: Actor


def awaiting(**given: Any) -> Sides:
    """An order that waits for its money."""
    buyer = given.pop("buyer", None) or accounts.actor(Role.BUYER, Role.MANAGER)
    provider = given.pop("provider", None) or accounts.actor(Role.PROVIDER, Role.MANAGER)
    order = trading.placed_order(buyer=buyer, provider=provider, **given)
    db.session.refresh(order)
    db.session.expunge(order)  # a picture of it as placed, whatever happens to the session
    return Sides(order, buyer, provider)


def code_of(sides: Sides) -> TransferCode:
    """The order's code for a transfer."""
    accounts.platform()
    with transaction():
        return service.give_code(sides.buyer, sides.order.id)


def line(serial: str, amount: str, payer: str, remark: str) -> str:
    """One line of a statement."""
    return f"{serial},2026-11-20,{amount},{payer},6222,{remark}"


HEAD = "交易流水号,交易日期,贷方金额,对方户名,对方账号,附言"


def import_lines(*lines: str, clerk: Actor | None = None) -> Any:
    """A clerk imports a statement."""
    who = clerk or accounts.staff(Role.FINANCE_CLERK)
    found = statement.read("\n".join([HEAD, *lines]).encode(), ACCOUNT)
    with transaction():
        return service.import_statement(who, "statement.csv", "0" * 64, found)


def paid_order(**given: Any) -> Order:
    """An order that is secured by a bank transfer, found by the order's code."""
    sides = awaiting(**given)
    code = code_of(sides)
    amount = f"{sides.order.price_fen / 100:.2f}"
    import_lines(line(f"S{code.code}", amount, buyer_name(sides), code.code))
    match_all()
    return find(everything(Order), sides.order.id)


def buyer_name(sides: Sides) -> str:
    """The name that the bank shows."""
    return organisation(sides.order.buyer_id).name


def match_all() -> None:
    """What the matching job does, for every line that waits."""
    rows = db.session.scalars(select(BankReceipt.id).where(BankReceipt.status == "imported"))
    for receipt_id in rows.all():
        with transaction():
            service.match(system("payments"), receipt_id)
