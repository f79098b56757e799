"""The compliance opinion as PDF, A4, with a QR code that leads to its check."""

from typing import Any

from marketplace.accounts import queries as accounts
from marketplace.compliance.models import Review
from marketplace.compliance.states import Grade, ReviewStatus
from marketplace.core import paper
from marketplace.core.instance import instance
from marketplace.datasets import queries as datasets
from marketplace.rights.printing import SHEET, qr

OUTCOMES = {
    ReviewStatus.APPROVED: "通过",
    ReviewStatus.RETURNED: "退回补正",
    ReviewStatus.REFUSED: "不予通过",
    ReviewStatus.VOID: "已失效",
}
GRADES = {Grade.CORE: "核心数据", Grade.IMPORTANT: "重要数据", Grade.GENERAL: "一般数据"}
STATEMENT = (
    "本意见只对所列内容摘要与申报用途有效；内容或用途变更后自动失效。"
    "本意见不是产权登记，也不是上架许可。"
)


def of_review(review: Review) -> bytes:
    """The PDF of a decided review. A demo's says so on every page. Outside any transaction."""
    provider = accounts.organisation(review.provider_id)
    address = f"{instance().public_url}/verify/{review.opinion_number}"
    data: dict[str, Any] = {
        "heading": "数据合规审核意见",
        "number": f"编号 {review.opinion_number}",
        "rows": [
            ["数据名称", datasets.dataset_by_id(review.dataset_id).title],
            ["供方", provider.name],
            ["案号", review.number],
            ["结论", OUTCOMES[ReviewStatus(review.status)]],
            ["分级", GRADES[Grade(review.grade or "general")]],
            ["作出时间", f"{review.decided_at:%Y-%m-%d %H:%M} UTC"],
            ["复核方式", "两名复核人分别出具意见，均不属于供方单位"],
            ["内容摘要", review.subject_digest],
        ],
        "statement": STATEMENT,
        "qr": qr(address),
        "address": address,
        "digest": "",
    }
    return paper.render(
        SHEET,
        data,
        title=f"数据合规审核意见 {review.opinion_number}",
        demo="演示 · 不具法律效力" if instance().is_demo else "",
        stamped=review.decided_at or review.created_at,
    )
