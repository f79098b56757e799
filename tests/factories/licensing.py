"""Terms and parties of an invented contract."""

from typing import Any

DRAFT: dict[str, Any] = {
    "data_name": "纽约机场离港航班",
    "data_content": "每一航班的计划与实际起降时间、延误与承运人",
    "data_scale": "336,776 行，19 列",
    "data_source": "公开统计资料整理",
    "time_range": "2013-01-01 至 2013-12-31",
    "update_note": "一次性交付",
    "provider_operate": "对外许可本数据",
    "buyer_use": "在允许的用途内使用",
    "place": "cn",
    "derived_data": "buyer",
    "derived_note": "不得还原原始数据",
    "quality": "主键完整率不低于 99%",
    "delivery_mode": "file",
    "delivery_days": 3,
    "invoice_kind": "general",
    "custody": "licensed",
    "silence_accepts": True,
    "use_accepts": True,
    "cure_days": 5,
    "confidentiality_years": 3,
    "security": "访问控制，加密保存，不在个人设备上处理",
    "incident_hours": 24,
    "cross_border": "no",
    "termination_days": 10,
    "delete_days": 30,
    "late_rate_bp": 5,
    "liability_cap_percent": 100,
    "resolution": "court",
    "forum": "济南市历下区人民法院",
}
AGREED: dict[str, Any] = {
    "purposes": ["research", "internal_analysis"],
    "purpose_text": "研究延误规律",
    "prohibited": ["resale", "reidentification"],
    "recipients": "",
    "quota": 10,
    "price_fen": 1_060_000,
    "tax_rate_bp": 600,
    "inspection_days": 0,
    "dispute_days": 0,
    "term_days": 365,
}
PARTIES = {
    "provider": {
        "id": "01990000-0000-7000-8000-000000000001",
        "name": "泉城数据有限公司（示例）",
        "credit_code": "91370102MATEST001X",
        "address": "济南市历下区",
    },
    "buyer": {
        "id": "01990000-0000-7000-8000-000000000002",
        "name": "齐州规划院（示例）",
        "credit_code": "91370102MATEST002X",
        "address": "",
    },
}
VERSION = "ab" * 32


def draft_terms(**changes: Any) -> dict[str, Any]:
    """What a provider fills in."""
    return DRAFT | changes


def terms(**changes: Any) -> dict[str, Any]:
    """Complete terms."""
    return DRAFT | AGREED | changes
