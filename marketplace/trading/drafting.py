"""What a new contract proposes before its provider has changed anything."""

from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.core.instance import instance
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset, Version
from marketplace.trading import custody
from marketplace.trading.models import Request

UPDATES = {
    "once": "一次性交付",
    "realtime": "实时更新",
    "daily": "按日更新",
    "weekly": "按周更新",
    "monthly": "按月更新",
    "quarterly": "按季更新",
    "yearly": "按年更新",
}
SOURCES = {
    "own": "提供方在生产经营中采集、生成",
    "crawled": "以自动化程序收集的公开数据",
    "contract": "依合同从他人处取得",
    "derived": "由提供方加工创造",
}


def agreed(request: Request) -> dict[str, Any]:
    """The terms that offer and negotiation settled; whoever drafts cannot change them."""
    offer = catalogue.offer(request.offer_id)
    last = request.rounds[-1]
    return {
        "purposes": list(last.purposes),
        "purpose_text": request.purpose_text,
        "prohibited": list(offer.prohibited),
        "recipients": last.recipients,
        "quota": offer.quota,
        "price_fen": last.price_fen,
        "tax_rate_bp": offer.tax_rate_bp,
        "inspection_days": offer.inspection_days,
        "dispute_days": offer.dispute_days,
        "term_days": last.term_days,
    }


def suggested(request: Request) -> dict[str, Any]:
    """The rest, from what is known of the data and what is usual. Stored text, in Chinese."""
    version = datasets.version(request.version_id)
    dataset = datasets.dataset_by_id(version.dataset_id)
    return {
        "data_name": dataset.title,
        "data_content": dataset.summary,
        "data_scale": _scale(version),
        "data_source": SOURCES.get(dataset.source or "", "见产权登记"),
        "time_range": _range(dataset),
        "update_note": UPDATES.get(dataset.update_frequency, "一次性交付"),
        "provider_hold": "自行持有",
        "provider_use": "自行使用",
        "provider_operate": "对外许可使用",
        "buyer_hold": "",
        "buyer_use": "在允许的用途和期限内使用，不具排他性",
        "buyer_operate": "",
        "place": "cn",
        "derived_data": "buyer",
        "derived_note": "不得从中还原原始数据",
        "quality": "与产品页公布的质量评价一致，交付文件的摘要与合同所载相同",
        "delivery_mode": "file",
        "delivery_days": 3,
        "invoice_kind": "general",
        "custody": str(custody.usual()),
        "silence_accepts": True,
        "use_accepts": True,
        "cure_days": 5,
        "confidentiality_years": 3,
        "security": "按最小必要授予访问权限，加密保存，留存访问记录",
        "incident_hours": 24,
        "cross_border": "no",
        "termination_days": 10,
        "delete_days": 30,
        "late_rate_bp": 5,
        "liability_cap_percent": 100,
        "resolution": "court",
        "forum": "提供方住所地有管辖权的人民法院",
    }


def mode() -> str:
    """`demo` or `production`, as it stands in the document."""
    return instance().mode


def _scale(version: Version) -> str:
    parts = []
    if version.rows is not None:
        parts.append(f"{version.rows:,} 行")
    if version.columns is not None:
        parts.append(f"{version.columns} 列")
    parts.append(f"{version.size:,} 字节")
    return "，".join(parts)


def _range(dataset: Dataset) -> str:
    if dataset.coverage_from and dataset.coverage_to:
        return f"{dataset.coverage_from} 至 {dataset.coverage_to}"
    return "见产品页"
