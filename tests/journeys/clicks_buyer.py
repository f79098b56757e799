"""What a buyer, and those who handle the buyer's money, do by clicking; scripts are not needed."""

from playwright.sync_api import Locator, Page

from tests.journeys.browser import People, Visitor


def search(visitor: Visitor, words: str, title: str) -> None:
    """From the front page to the product."""
    visitor.open("/")
    visitor.fill(q=words)
    visitor.press("搜索")
    visitor.press(title)
    visitor.sees("申请使用")


def ask(buyer: Visitor, *, price: str = "") -> str:
    """On the product's page: ask for a use. The request's address."""
    buyer.press("申请使用")
    buyer.tick("purposes", "internal_analysis")
    buyer.fill(purpose_text="分析客流规律，形成内部研究报告。")
    if price:
        buyer.fill(price=price)
    buyer.press("提交申请")
    buyer.sees("等待供方答复")
    return buyer.page.url


def counter(provider: Visitor, address: str, price: str) -> None:
    """The provider answers with another price."""
    provider.open("/sales/")
    provider.open(address)
    provider.page.get_by_text("提出其他条件").click()
    provider.fill(price=price)
    provider.press("送给对方")
    provider.sees("等待买方答复")


def agree(person: Visitor, address: str) -> None:
    """Take the terms of the last round."""
    person.open(address)
    person.page.get_by_role("button", name="同意第").click()
    person.look()


def conclude(buyer: Visitor, provider: Visitor, address: str, pins: tuple[str, str]) -> str:
    """The provider drafts the contract; both sides sign. The contract's address."""
    provider.open(address)
    provider.press("起草合同")
    provider.press("保存草稿")
    provider.press("定稿并送双方签署")
    contract = provider.page.url
    for person, pin in zip((buyer, provider), pins, strict=True):
        person.open(contract)
        person.fill(pin=pin)
        person.press("代表本单位签署")
    return contract


def order(buyer: Visitor, contract: str) -> str:
    """Place the order, once the contract is in force. The order's address."""
    buyer.open(contract)
    buyer.waits_for("请下单")
    buyer.press("下单")
    buyer.choose(method="card", invoice_kind="general")
    buyer.page.locator("main form.form button[type=submit]").click()
    buyer.look()
    return buyer.page.url


def pay(buyer: Visitor, address: str, card: str, said: str) -> None:
    """Pay by this test card, and wait for the outcome."""
    buyer.open(address)
    buyer.press("去付款")
    buyer.press("用银行卡付款")
    buyer.choose(test_card=card)
    buyer.press("确认付款")
    buyer.waits_for(said)


def download(buyer: Visitor, address: str) -> bytes:
    """Fetch the file; what came."""
    buyer.open(address)
    buyer.waits_for("去下载数据")
    buyer.press("去下载数据")
    buyer.page.locator("main tbody a").first.click()
    buyer.look()
    with buyer.page.expect_download() as waiting:
        buyer.page.get_by_role("button", name="下载", exact=True).click()
    return bytes(waiting.value.path().read_bytes())


def receipt(buyer: Visitor) -> None:
    """The receipt is there, and the public check knows it."""
    buyer.open("/receipts/")
    buyer.waits_for("需方")
    buyer.page.locator("main tbody a").first.click()
    buyer.look()
    buyer.waits_for("下载凭证包")
    buyer.press("公开核验")
    buyer.sees("有效")


def pay_out(people: People, provider: str, yuan: str) -> None:
    """The clerk prepares, the checker lets go, the clerk enters the bank's serial number."""
    clerk, checker = people.person("finance"), people.person("checker")
    clerk.open("/payments/")
    chosen = clerk.page.locator("[name=provider_id] option", has_text=provider)
    clerk.page.select_option("[name=provider_id]", chosen.get_attribute("value"))
    clerk.fill(amount_yuan=yuan)
    clerk.press("制单")
    clerk.sees("待复核")
    checker.open("/payments/")
    checker.press("复核通过")
    clerk.open("/payments/")
    _row(clerk.page, provider).locator("[name=bank_serial]").fill("JOURNEY0001")
    _row(clerk.page, provider).get_by_role("button", name="已付出").click()
    clerk.look()
    assert not clerk.page.locator("[name=bank_serial]").count()


def _row(page: Page, words: str) -> Locator:
    return page.locator("main tr", has_text=words).first


def verify(visitor: Visitor, number: str) -> None:
    """Anybody checks a number."""
    visitor.open("/verify/")
    visitor.fill(q=number)
    visitor.press("核验")
    visitor.sees("有效")
    visitor.sees(number)
