"""The provider's part: declare, upload, describe, claim the rights, ask for review, price and list."""

from dataclasses import dataclass
from typing import Any

from marketplace.demo.client import Client
from marketplace.demo.stage import Stage, check
from marketplace.demo.tables import Table

PURPOSES = ["internal_analysis", "research", "public_service", "product_development"]
REGION_WORDS = {"international": "境外", "province": "山东省", "city": "济南市"}
PROHIBITED = ["resale", "reidentification"]


@dataclass
class Goods:
    """A dataset on its way: the ids that later steps need."""

    table: Table
    dataset_id: str
    version_id: str
    has_personal_information: bool


def supply(stage: Stage, table: Table, *, personal_information: bool = False) -> Goods:
    """Declare and upload a table, wait for its examination, and write its dictionary."""
    provider = stage.person("provider")
    dataset = provider.post("/datasets", _description(table), key=stage.key(f"dataset-{table.key}"))
    address = f"/datasets/{dataset['id']}"
    upload = {"params": {"filename": table.filename}}
    provider.refused(
        "PUT", f"{address}/versions", 409, "declaration_missing", data=b"a,b\n1,2\n", **upload
    )
    provider.put(f"{address}/declaration", _declaration(personal_information))
    version = provider.put(f"{address}/versions", data=table.content, **upload)
    stage.done("上传并加密入库", f"{version['size']:,} 字节", f"/datasets/{dataset['id']}")
    version = examined(provider, dataset["id"], version["id"])
    goods = Goods(table, dataset["id"], version["id"], bool(version["has_personal_information"]))
    describe(provider, goods)
    stage.done("画像与扫描完成", f"{version['rows']:,} 行 × {version['columns']} 列")
    return goods


def examined(provider: Client, dataset_id: str, version_id: str) -> dict[str, Any]:
    """Wait until a version was read: it must be ready, not refused."""
    version: dict[str, Any] = provider.until(
        f"/datasets/{dataset_id}/versions/{version_id}",
        lambda found: found["status"] in {"ready", "refused"},
        "the examination of the upload",
    )
    check(version["status"] == "ready", f"the upload was refused: {version['refusal']}")
    return version


def describe(provider: Client, goods: Goods) -> None:
    """Write the dictionary and say what the data is offered for."""
    address = f"/datasets/{goods.dataset_id}"
    words = {"fields": goods.table.dictionary()}
    provider.put(f"{address}/versions/{goods.version_id}/fields", words)
    basis = "one_off" if goods.table.price_fen else "free"
    provider.put(
        f"{address}/use",
        {
            "purposes": PURPOSES,
            "prohibited": PROHIBITED,
            "delivery_modes": ["file"],
            "price_basis": basis,
        },
    )


def _description(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "summary": table.summary,
        "sector": table.sector,
        "data_kind": table.data_kind,
        "region": REGION_WORDS.get(table.region, table.region),
        "update_frequency": "once",
        "coverage_from": table.coverage[0],
        "coverage_to": table.coverage[1],
        "known_limits": "缺失值按原始数据保留；未做插补。",
    }


def _declaration(personal_information: bool) -> dict[str, Any]:
    return {
        "source": "contract",
        "personal_information": personal_information,
        "state_secret_reviewed": True,
        "right_to_supply": True,
    }


def evidence(provider: Client, name: str, text: str) -> str:
    """Upload a paper of the organisation; its id."""
    paper = provider.post(
        "/documents/evidence",
        data=f"{name}\n演示材料，内容虚构。\n{text}\n".encode(),
        headers={"X-File-Name": "evidence.txt", "Content-Type": "text/plain"},
    )
    return str(paper["id"])


def price(stage: Stage, goods: Goods) -> None:
    """State what the data cost, and read the reference range that follows."""
    provider = stage.person("provider")
    cost = goods.table.cost_fen
    provider.post(
        f"/valuation/datasets/{goods.dataset_id}/costs",
        {
            "lines": [
                {"kind": "collect", "amount_fen": cost * 6 // 10, "note": "采集与授权"},
                {"kind": "clean", "amount_fen": cost - cost * 6 // 10, "note": "清洗与治理"},
            ],
            "buyers_expected": 1,
            "margin_bp": 2000,
        },
        key=stage.key(f"costs-{goods.table.key}"),
    )
    found = provider.get(f"/valuation/datasets/{goods.dataset_id}/reference")
    check(found["kind"] == "reference", "the range must say that it is a reference")
    check(found["low_fen"] <= found["high_fen"], "the reference range is upside down")
    stage.done("参考区间（元）", f"{found['low_fen'] / 100:,.2f} – {found['high_fen'] / 100:,.2f}")


@dataclass
class Listing:
    """A listed product with its offer."""

    product_id: str
    number: str
    offer_id: str
    price_fen: int


def list_product(stage: Stage, goods: Goods) -> Listing:
    """Begin a product, make its offer, and list it when nothing is missing."""
    provider, table = stage.person("provider"), goods.table
    product = provider.post(
        "/products",
        {
            "dataset_id": goods.dataset_id,
            "scenario": "用于延误分析、运力安排与学术研究等场景；不得识别个人或转售原始数据。",
        },
        key=stage.key(f"product-{table.key}"),
    )
    offer = provider.post(
        f"/products/{product['id']}/offers",
        {
            "name": "一次性文件授权" if table.price_fen else "免费使用",
            "model": "one_off" if table.price_fen else "free",
            "price_fen": table.price_fen,
            "purposes": PURPOSES,
            "prohibited": PROHIBITED,
            "term_days": 365,
            "inspection_days": 0,
            "dispute_days": 0,
            "quota": 10,
            "price_reason": "演示定价",
        },
        key=stage.key(f"offer-{table.key}"),
    )
    listed = provider.post(f"/products/{product['id']}/list", key=stage.key(f"list-{table.key}"))
    check(listed["status"] == "listed", f"the product is {listed['status']}")
    stage.done("产品挂牌", listed["number"], f"/catalogue/{product['id']}")
    return Listing(product["id"], listed["number"], offer["id"], offer["price_fen"])
