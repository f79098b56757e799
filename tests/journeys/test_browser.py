"""Journeys in a real browser: one dataset through all its steps by clicking; and without scripts.

Every page that anybody looks at is checked: no complaint of the browser (so no breach of the content
security policy), a title, nothing wider than the window, no axe violation.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from marketplace.demo import papers, provider, tables
from marketplace.demo.stage import Stage
from tests import machine
from tests.journeys import clicks_buyer as buying
from tests.journeys import clicks_provider as providing
from tests.journeys.browser import People, read_accounts
from tests.journeys.running import running

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("browser"), pytest.mark.timeout(420)]
TITLE = "济南地铁站点日客流"
PUBLIC = (
    "/",
    "/catalogue/",
    "/catalogue/?q=没有这样的数据",
    "/rights/notices",
    "/verify/",
    "/statistics/",
    "/developers",
    "/log/",
    "/account/sign-in",
    "/account/register",
    "/account/forgotten",
    "/valuation/caps",
    "/contract-templates/data-provision/1",
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A running demo, a browser, and the demo's accounts."""
    path = machine.chromium()
    if path is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("browser") / "data"
    with running(folder) as instance, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        everybody = People(instance, browser, accounts=read_accounts(instance))
        try:
            yield everybody
        finally:
            everybody.close()
            browser.close()


def test_a_dataset_goes_through_its_whole_life_by_clicking(people: People, tmp_path: Path) -> None:
    # given: an organisation that nobody knew, and a table of its own
    seller = providing.register(people, tmp_path)
    providing.supply(seller, tmp_path)

    # when: rights, review, price and listing
    number = providing.claim(people, seller, tmp_path)
    providing.review(people, seller)
    providing.price_and_list(seller)

    # and: a buyer finds it, negotiates, signs and orders
    pin = people.accounts["buyer"].pin
    assert pin is not None
    buyer = people.person("buyer")
    providing.make_key(buyer, pin)
    buying.search(buyer, "地铁 客流", TITLE)
    address = buying.ask(buyer, price="3000")
    buying.counter(seller, address, "3300")
    buying.agree(buyer, address)
    contract = buying.conclude(buyer, seller, address, (pin, providing.PIN))
    order = buying.order(buyer, contract)

    # and: pays, after a card that is declined, and downloads
    buying.pay(buyer, order, "pm_card_chargeCustomerFail", "发卡行拒绝了这笔付款")
    buying.pay(buyer, order, "pm_card_visa", "付款成功")
    content = buying.download(buyer, order)
    buying.receipt(buyer)

    # then: what came is what was sold, the money moves on, and anybody can check
    assert content == providing.table(tmp_path).read_bytes()
    buyer.open(order)
    buyer.waits_for("已结算")
    seller.open("/payments/earnings")
    buying.pay_out(people, providing.NAME, "3201")
    visitor = people.visitor()
    visitor.open("/statistics/")
    visitor.sees("累计交易额")
    buying.verify(visitor, number)


def test_a_buyer_needs_no_scripts(people: People) -> None:
    # given: a product that a program listed, and keys on both sides
    stage = Stage(people.instance.url, people.accounts, lambda _line: None)
    table = replace(tables.divisions(), data_kind="enterprise", price_fen=8_000)
    goods = provider.supply(stage, table)
    certificate = papers.register(stage, goods)
    papers.review(stage, goods)
    provider.price(stage, goods)
    provider.list_product(stage, goods)
    buyer, seller = (people.person(key, scripts=False) for key in ("buyer", "provider"))
    pins = tuple(people.accounts[key].pin or "" for key in ("buyer", "provider"))
    for person, pin in zip((buyer, seller), pins, strict=True):
        providing.make_key(person, pin)

    # when: it is found, asked for, agreed, signed, ordered, paid and fetched
    buying.search(buyer, "行政区划", table.title)
    address = buying.ask(buyer)
    buying.agree(seller, address)
    contract = buying.conclude(buyer, seller, address, (pins[0], pins[1]))
    order = buying.order(buyer, contract)
    buying.pay(buyer, order, "pm_card_visa", "付款成功")
    content = buying.download(buyer, order)

    # then: the file is the one that was sold, and its certificate can be checked
    assert content == table.content
    buying.verify(people.person("public", scripts=False), certificate["number"])


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_sound_in_both_languages(people: People, prefix: str, path: str) -> None:
    visitor = people.person("public")
    visitor.open(f"{prefix}{path}")


@pytest.mark.parametrize("path", ["/verify/?q=SJ0012026119999-DEMO", "/nothing/here"])
def test_what_is_not_known_has_a_sound_page_too(people: People, path: str) -> None:
    for prefix in ("", "/en"):
        people.person("public").open(f"{prefix}{path}", status=404)
