"""Bus cards of invented people: returned by the reviewers until names, numbers and phones are masked."""

from dataclasses import replace

from marketplace.demo import papers, provider, tables
from marketplace.demo.provider import examined
from marketplace.demo.stage import Stage, check

RECIPE = [
    {"column": "持卡人", "method": "drop"},
    {"column": "证件号码", "method": "drop"},
    {"column": "联系方式", "method": "drop"},
    {"column": "卡号", "method": "hash"},
    {"column": "办卡日期", "method": "generalise", "to": "month"},
]


def refuse_and_mask(stage: Stage) -> None:
    """Upload with personal information, be returned, derive a masked version, and be approved."""
    table = tables.bus_cards()
    goods = provider.supply(stage, table, personal_information=True)
    check(goods.has_personal_information, "the scan found no personal information in the bus cards")
    papers.register(stage, goods)
    papers.review(stage, goods, "return")
    address = f"/datasets/{goods.dataset_id}/versions/{goods.version_id}/derive"
    person = stage.person("provider")
    made = person.post(address, {"recipe": RECIPE}, key=stage.key("mask"))
    examined(person, goods.dataset_id, made["id"])
    gone = {step["column"] for step in RECIPE if step["method"] == "drop"}
    kept = tuple(one for one in table.meanings if one[0] not in gone)
    masked = replace(goods, version_id=made["id"], table=replace(table, meanings=kept))
    provider.describe(person, masked)
    papers.review(stage, masked)
    provider.price(stage, masked)
    provider.list_product(stage, masked)
