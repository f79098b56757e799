"""Bank transfers: matching, unclaimed money, refunds by two people, payouts, invoices, direct custody."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.access import Role, system
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.queue import Worker
from marketplace.ledger import book
from marketplace.payments import invoice_face, service, statement, transfer_code
from marketplace.payments.models import BankReceipt, CommissionBill, Payment, Refund
from marketplace.trading.models import Order
from tests.factories import accounts, payments, trading
from tests.factories.payments import awaiting, buyer_name, code_of, import_lines, line, match_all


def receipt() -> BankReceipt:
    db.session.rollback()
    return db.session.scalars(select(BankReceipt).order_by(BankReceipt.id)).all()[-1]


def status_of(sides: payments.Sides) -> str:
    db.session.rollback()
    return find(everything(Order), sides.order.id).status


def test_code_and_amount_secure_the_order(app: Flask) -> None:
    order = payments.paid_order()

    assert order.status == "secured"
    assert book.balance("2241.01", order_id=order.id) == order.price_fen
    assert book.balance("2241.04") == 0
    assert book.balance("1002") == order.price_fen


def test_the_same_statement_again_enters_nothing(app: Flask) -> None:
    sides = awaiting()
    text = line("S1", "10,600.00".replace(",", ""), buyer_name(sides), code_of(sides).code)

    import_lines(text)
    again = import_lines(text, line("S2", "1.00", "甲", "无"))

    assert (again.lines, again.known) == (2, 1)
    assert len(db.session.scalars(select(BankReceipt)).all()) == 2


def test_too_little_waits_and_the_rest_secures(app: Flask) -> None:
    sides = awaiting()
    code, name = code_of(sides).code, buyer_name(sides)
    import_lines(line("S1", "600.00", name, code))
    match_all()
    assert receipt().status == "under"
    assert status_of(sides) == "awaiting_payment"

    import_lines(line("S2", "10000.00", name, transfer_code.spaced(code).lower()))
    match_all()

    assert status_of(sides) == "secured"
    assert book.balance("2241.01", order_id=sides.order.id) == sides.order.price_fen


def test_too_much_secures_and_the_rest_goes_back(app: Flask) -> None:
    sides = awaiting()
    import_lines(line("S1", "10650.00", buyer_name(sides), code_of(sides).code))
    match_all()

    refund = db.session.scalars(select(Refund)).one()
    assert status_of(sides) == "secured"
    assert (refund.amount_fen, refund.channel) == (5_000, "transfer")
    assert book.balance("2241.05", order_id=sides.order.id) == 5_000
    clerk, checker = accounts.staff(Role.FINANCE_CLERK), accounts.staff(Role.CHECKER)
    with transaction():
        service.approve_refund(checker, refund.id)
    with transaction():
        service.record_transfer(clerk, refund.id, "R1")
    assert book.balance("2241.05", order_id=sides.order.id) == 0


def test_money_paid_twice_goes_back_by_two_people(app: Flask) -> None:
    sides = awaiting()
    code, name = code_of(sides).code, buyer_name(sides)
    import_lines(line("S1", "10600.00", name, code), line("S2", "10600.00", name, code))
    match_all()

    refund = db.session.scalars(select(Refund)).one()
    assert receipt().status == "returning"
    assert refund.channel == "suspense"
    clerk, checker = accounts.staff(Role.FINANCE_CLERK), accounts.staff(Role.CHECKER)
    with pytest.raises(Forbidden), transaction():
        service.approve_refund(clerk, refund.id)
    with transaction():
        service.approve_refund(checker, refund.id)
    with transaction():
        service.record_transfer(clerk, refund.id, "R1")
    assert receipt().status == "returned"
    assert book.balance("2241.04") == 0


def test_somebody_else_paying_waits_for_a_person(app: Flask) -> None:
    sides = awaiting()
    import_lines(line("S1", "10600.00", "别的公司", code_of(sides).code))
    match_all()
    assert receipt().status == "foreign_payer"
    clerk = accounts.staff(Role.FINANCE_CLERK)

    with pytest.raises(Forbidden), transaction():
        service.assign(sides.buyer, receipt().id, sides.order.id, "代付")
    with transaction():
        service.assign(clerk, receipt().id, sides.order.id, "代付说明已收")

    assert status_of(sides) == "secured"


def test_without_a_code_name_and_amount_only_suggest(app: Flask) -> None:
    sides = awaiting()
    import_lines(line("S1", "10600.00", buyer_name(sides), "货款"))
    match_all()

    assert receipt().status == "nomatch"
    assert receipt().suggestion_id == sides.order.id
    assert status_of(sides) == "awaiting_payment"


def test_a_code_with_a_slip_of_the_pen_is_no_code() -> None:
    code = transfer_code.make()
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")

    assert transfer_code.find(f"货款 {transfer_code.spaced(code)} 谢谢") == [code]
    assert transfer_code.find(wrong) == []


def test_a_statement_is_read_whole_or_not_at_all() -> None:
    good = "\n".join([payments.HEAD, line("S1", "1.00", "甲", "x")])

    assert len(statement.read(good.encode("gb18030"), "1")) == 1
    for wrong in (good + "\n,2026-01-01,2,乙,,y", good.replace("2026-11-20", "昨天"), "a,b\n1,2"):
        with pytest.raises(Invalid, match="statement_not_readable"):
            statement.read(wrong.encode(), "1")


def test_a_payout_takes_two_people_and_may_come_back(app: Flask) -> None:
    order = trading.settled_order()
    provider_id, share = order.provider_id, order.price_fen - order.commission_fen
    clerk, checker = accounts.staff(Role.FINANCE_CLERK), accounts.staff(Role.CHECKER)
    both = accounts.staff(Role.FINANCE_CLERK, Role.CHECKER)
    with pytest.raises(Conflict, match="payout_exceeds_balance"), transaction():
        service.prepare_payout(clerk, provider_id, share + 1)
    with transaction():
        own = service.prepare_payout(both, provider_id, 100).id
    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.approve_payout(both, own)
    with transaction():
        service.refuse_payout(checker, own)
    with transaction():
        payout_id = service.prepare_payout(clerk, provider_id, share).id
    with pytest.raises(Conflict), transaction():
        service.prepare_payout(clerk, provider_id, 1)
    with transaction():
        service.approve_payout(checker, payout_id)
    with transaction():
        service.pay_out(clerk, payout_id, "P1")
    assert book.balance("2241.03", provider_id) == 0
    with transaction():
        service.bounce_payout(clerk, payout_id, "户名不符")
    assert book.balance("2241.03", provider_id) == share


def test_in_direct_custody_the_provider_confirms_and_is_billed(app: Flask, worker: Worker) -> None:
    sides = awaiting(custody="direct")
    given = {"bank_serial": "B1", "paid_on": date(2026, 11, 20)}
    with pytest.raises(Forbidden), transaction():
        service.confirm_received(sides.buyer, sides.order.id, amount_fen=1, **given)
    with pytest.raises(Invalid, match="amount_differs"), transaction():
        service.confirm_received(sides.provider, sides.order.id, amount_fen=1, **given)
    with transaction():
        service.confirm_received(
            sides.provider, sides.order.id, amount_fen=sides.order.price_fen, **given
        )
    assert status_of(sides) == "secured"
    with transaction():
        trading.service.mark_delivered(system("test"), sides.order.id)
    with transaction():
        trading.service.accept(system("test"), sides.order.id, how="use")
    for _ in range(2):
        with transaction():
            service.bill_commission(system("test"), sides.order.id)
    bill = db.session.scalars(select(CommissionBill)).one()
    assert bill.amount_fen == sides.order.commission_fen
    assert book.balance("1122.02", sides.provider.organisation_id) == bill.amount_fen
    with transaction():
        service.pay_bill(system("clerk"), bill.id, "C1")
    assert book.balance("1122.02", sides.provider.organisation_id) == 0


XML = (
    "<?xml version='1.0' encoding='utf-8'?><EInvoice><Fphm>{number}</Fphm><Jshj>10600.00</Jshj>"
    "<Hjse>600.00</Hjse><Gmfmc>{name}</Gmfmc><Gmfnsrsbh>{code}</Gmfnsrsbh></EInvoice>"
)
NUMBER = "26370000000000000001"


def test_an_invoice_that_differs_is_refused_with_its_fields(
    app: Flask, client: FlaskClient
) -> None:
    sides = awaiting()
    import_lines(line("S1", "10600.00", buyer_name(sides), code_of(sides).code))
    match_all()
    accounts.sign_in(client, sides.provider)
    order = find(everything(Order), sides.order.id)
    name, code = service.expected(order)
    typed = {
        "kind": "82",
        "number": NUMBER,
        "issued_on": "2026-11-20",
        "amount_yuan": f"{order.price_fen / 100:.2f}",
        "vat_yuan": f"{order.vat_fen / 100:.2f}",
        "buyer_name": name,
        "buyer_credit_code": code,
    }
    xml = XML.format(number=NUMBER, name="另一家公司", code=code).encode()
    where = f"/payments/orders/{sides.order.id}/invoice"

    wrong = client.post(where, data=typed | {"file": (BytesIO(xml), "a.xml")})
    assert wrong.status_code == 422
    assert "与文件上的不一致" in wrong.text
    pdf = {"file": (BytesIO(b"%PDF-1.7\n"), "a.pdf")}
    assert client.post(where, data=typed | {"amount_yuan": "1"} | pdf).status_code == 422
    pdf = {"file": (BytesIO(b"%PDF-1.7\n"), "a.pdf")}
    assert client.post(where, data=typed | pdf).status_code == 303
    assert client.get(where).status_code == 200


def test_an_invoice_file_with_a_declaration_is_not_opened() -> None:
    bomb = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"

    with pytest.raises(Invalid, match="invoice_not_readable"):
        invoice_face.read(bomb)
    with pytest.raises(Invalid):
        invoice_face.read(bomb.decode().encode("utf-16"))


def test_pages_of_money_answer(app: Flask, client: FlaskClient) -> None:
    sides = awaiting()
    code_of(sides)
    accounts.sign_in(client, sides.buyer)
    for path in ("", "/card"):
        assert client.get(f"/payments/orders/{sides.order.id}{path}").status_code == 200
        assert client.get(f"/en/payments/orders/{sides.order.id}{path}").status_code == 200
    assert client.get(f"/payments/orders/{sides.order.id}/notice.pdf").data.startswith(b"%PDF")
    assert client.get("/payments/").status_code == 403
    import_lines(line("S1", "3.00", "甲", "?"))
    match_all()
    clerk = app.test_client()
    accounts.sign_in(clerk, accounts.staff(Role.FINANCE_CLERK))
    assert "S1" in clerk.get("/payments/").text
    seller = app.test_client()
    accounts.sign_in(seller, sides.provider)
    assert seller.get("/payments/earnings").status_code == 200
    assert not db.session.scalars(select(Payment)).all()
