"""What a provider, and those who decide on a provider's data, do by clicking."""

import csv
from pathlib import Path

from playwright.sync_api import Route

from marketplace.accounts import credit_code
from marketplace.demo.client import Account
from tests.journeys.browser import People, Visitor, confirmation_link

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
COLUMNS = ("站点编号", "日期", "进站量", "出站量", "换乘系数")
PIN = "journey-58213"
NAME = "历下轨道客流数据有限公司（虚构）"


def paper(folder: Path, name: str) -> Path:
    """A small PDF to hand in."""
    path = folder / f"{name}.pdf"
    path.write_bytes(PAPER + name.encode())
    return path


def table(folder: Path, rows: int = 6000) -> Path:
    """An invented table without any person in it."""
    path = folder / "metro-stations.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(COLUMNS)
        for row in range(rows):
            day = f"2025-{row % 12 + 1:02d}-{row % 28 + 1:02d}"
            count = 400 + row * 37 % 9000
            write([f"ST{row % 60:03d}", day, count, count * 9 // 10, f"{1 + row % 40 / 100:.2f}"])
    return path


def register(people: People, folder: Path) -> Visitor:
    """A new organisation registers, confirms its mail, and is verified by the operator."""
    visitor = people.visitor("newcomer")
    visitor.open("/account/register")
    visitor.press("提交注册")
    visitor.sees("有内容需要修改")
    visitor.choose(kind="enterprise")
    account = Account("newcomer", "manager@journey.example", "quiet river 4 lanterns")
    visitor.fill(
        name=NAME,
        credit_code=credit_code.complete("91370102MAJRNY001"),
        address="济南市历下区虚构路 1 号",
        contact="0531-82000000",
        person_name="旅程经办",
        email=account.email,
        password=account.password,
    )
    visitor.page.set_input_files("[name=licence]", paper(folder, "licence"))
    visitor.page.set_input_files("[name=authorisation_letter]", paper(folder, "letter"))
    visitor.page.check("[name=accepts_terms]")
    visitor.press("提交注册")
    visitor.sees("注册已提交")
    visitor.open(confirmation_link(people.instance.folder, account.email))
    visitor.press("确认")
    people.accounts["newcomer"] = account
    people.seated["newcomer"] = visitor
    people.sign_in(visitor, account)
    visitor.sees("尚未通过核验")
    operator = people.person("operator")
    operator.open("/account/queue")
    operator.press(NAME)
    operator.press("通过核验")
    operator.sees("已核验")
    visitor.open("/account/organisation")
    visitor.press("修改信息")
    visitor.fill(bank_name=NAME, bank="虚构银行济南分行", bank_number="6222000000001234567")
    visitor.press("保存")
    make_key(visitor, PIN)
    return visitor


def make_key(person: Visitor, pin: str) -> None:
    """A signing key that the platform holds under a PIN."""
    person.open("/account/keys")
    person.fill(pin=pin)
    person.press("生成密钥")
    person.sees("停用")


def supply(provider: Visitor, folder: Path) -> None:
    """Describe, declare, upload with progress, write the dictionary, say what it is for."""
    provider.open("/datasets/")
    provider.press("新建数据集")
    provider.fill(
        title="济南地铁站点日客流", summary="各站每日进出站人次，按日汇总，不含个人信息。"
    )
    provider.choose(sector="transport", data_kind="enterprise", location="platform")
    provider.choose(update_frequency="once")
    provider.fill(region="济南市", coverage_from="2025-01-01", coverage_to="2025-12-31")
    provider.fill(known_limits="无")
    provider.press("保存")
    provider.press("数据声明")
    provider.choose(source="own")
    provider.page.check("[name=state_secret_reviewed]")
    provider.page.check("[name=right_to_supply]")
    provider.press("作出声明")
    provider.press("上传数据")
    _upload(provider, table(folder))
    provider.waits_for("填写字段说明")
    provider.press("填写字段说明")
    for box in provider.page.locator("input[name^=meaning-]").all():
        box.fill("每个站点每日的统计量")
    provider.press("保存")
    provider.press("济南地铁站点日客流")
    provider.press("拟许可的用途")
    provider.tick("purposes", "internal_analysis", "research")
    provider.tick("prohibited", "resale")
    provider.tick("delivery_modes", "file")
    provider.choose(price_basis="one_off")
    provider.press("保存")


def _upload(provider: Visitor, path: Path) -> None:
    page = provider.page
    held: list[Route] = []
    page.route("**/upload", lambda route: held.append(route))
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="上传", exact=True).click()
    page.locator("progress").wait_for()
    assert [one.request.method for one in held] == ["PUT"], "it does not go up as one stream"
    held[0].continue_()
    page.wait_for_url("**/datasets/*/versions/*")
    page.unroute("**/upload")
    provider.look()


def claim(people: People, provider: Visitor, folder: Path) -> str:
    """Claim the three rights with evidence; the registrar accepts and waives. The number."""
    provider.open("/rights/")
    provider.page.get_by_role("link", name="申请登记").first.click()
    provider.look()
    provider.choose(route="registrar", circumstance="own", region="city")
    provider.page.select_option("[name=registrar_id]", index=1)
    provider.fill(name="2025年济南地铁站点日客流", overview="各站每日进出站人次。", industry="G54")
    provider.tick("rights", "hold", "use", "operate")
    provider.choose(update_frequency="other", form="table", structure="structured")
    provider.fill(restrictions="无", waiver_request="权属清楚，申请免于公示。")
    provider.fill(volume_rows="6000", covers_from="2025-01-01", covers_until="2025-12-31")
    provider.press("保存")
    for proves in ("acquisition", "identity", "sample"):
        provider.choose(proves=proves)
        provider.page.set_input_files("[name=file]", paper(folder, proves))
        provider.press("上传")
    provider.press("提交申请")
    provider.sees("待受理")
    _register(people.person("registrar"))
    provider.page.reload()
    provider.look()
    link = provider.page.locator("aside a[href*='/rights/certificates/']")
    number = link.inner_text().strip()
    link.click()
    provider.look()
    provider.sees(number)
    return number


def _register(registrar: Visitor) -> None:
    registrar.open("/rights/queue")
    registrar.press("2025年济南地铁站点日客流")
    registrar.press("受理")
    registrar.press("免公示并发证")
    registrar.fill(reason="演示：权属链条清楚、无第三方主张。")
    registrar.press("免公示并发证")
    registrar.sees("已登记")


def review(people: People, provider: Visitor) -> None:
    """Ask for the review; two reviewers go through their lists and pass."""
    provider.open("/datasets/")
    provider.press("济南地铁站点日客流")
    provider.press("申请合规复核")
    for key in ("reviewer-a", "reviewer-b"):
        _sit(people.person(key))
    provider.page.reload()
    provider.sees("通过")
    provider.look()


def _sit(reviewer: Visitor) -> None:
    reviewer.open("/compliance/")
    reviewer.press("济南地铁站点日客流")
    reviewer.press("声明")
    for _ in range(40):
        answer = reviewer.page.get_by_role("button", name="已看，下一项")
        open_items = reviewer.page.locator(".fl .st.todo").count()
        if not open_items:
            break
        answer.click()
        reviewer.look()
    reviewer.choose(outcome="pass")
    reviewer.page.locator("#dec summary").click()
    reviewer.page.locator("#dec select").last.select_option("ordinary")
    reviewer.tick("reasons", "all_clear")
    reviewer.press("提交结论")
    reviewer.sees("您的意见已提交")


def price_and_list(provider: Visitor) -> None:
    """State costs, read the reference, make product and offer, list it."""
    provider.open("/datasets/")
    provider.press("济南地铁站点日客流")
    provider.press("成本与价格参考")
    provider.page.locator("main form input[inputmode=decimal]").first.fill("3000")
    provider.fill(buyers_expected="1")
    provider.press("保存并计算")
    provider.sees("参考区间")
    provider.open("/datasets/")
    provider.press("济南地铁站点日客流")
    provider.press("产品与授权方案")
    provider.fill(scenario="客流分析与线网优化。")
    provider.press("建立产品")
    provider.fill(name="一次性文件授权", price="3600")
    provider.choose(model="one_off")
    provider.tick("purposes", "internal_analysis", "research")
    provider.fill(inspection_days="0", dispute_days="0", term_days="365", quota="5")
    provider.press("建立方案")
    provider.sees("全部齐备")
    provider.press("上架")
    provider.sees("已上架")
