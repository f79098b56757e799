"""What the figures mean: numbered texts that are never edited, only followed by the next.

The text is part of what is published and signed; the rule beside it is what `queries` computes.
"""

from dataclasses import dataclass
from datetime import date

GOAL_FEN = 30_000_000_000  # 300,000,000 yuan (S0)
GOAL_DAY = date(2027, 12, 31)
PATH_FROM = date(2026, 1, 1)
FEWEST = 3


@dataclass(frozen=True)
class Definition:
    """One wording of what counts, in force from a day on."""

    version: int
    from_day: date
    zh: str
    en: str


DEFINITIONS = (
    Definition(
        1,
        date(2026, 1, 1),
        "累计交易额：截至数据时间已结算订单的含税金额之和，扣除结算前已退款部分。一笔订单在完成验收、争议期届满并"
        "登记会计分录和存证记录后计入，按结算时间（北京时间）归月，按数据集归行业和公共数据、企业数据。"
        "经由非正式支付通道的模拟结算不计入；演示环境只含模拟结算，其数字一律标注“演示”，并同时列出真实金额。"
        "少于 3 笔的分项不公布，为避免相减推算，必要时再隐去其他分项，或将相邻月份合并；"
        "正式环境中总数少于 3 笔时，总金额也不公布。每笔计入的结算均可由有权人员查到对应的分录和存证序号。",
        "Cumulative trade: the sum, VAT included, of orders settled by the data time, less what "
        "was refunded before settlement. An order counts once it was accepted, its dispute window "
        "has passed and its journal and log entries exist; it belongs to the month of its "
        "settlement (Beijing time) and to its dataset's sector and kind (public or enterprise "
        "data). Simulated settlements through a gateway that is not live do not count; a demo "
        "instance holds only simulated ones, labels every figure as demo and shows the real "
        "amount beside it. Parts of fewer than 3 trades are not published; so that no subtraction "
        "finds them, further parts are withheld or neighbouring months are joined where needed. "
        "In production the total is withheld too while it has fewer than 3 trades. For every "
        "settlement that counts, entitled people find its journal entry and its place in the log.",
    ),
)


def definition(version: int | None = None) -> Definition:
    """The wording with this number; the newest without one. KeyError when there is none."""
    if version is None:
        return DEFINITIONS[-1]
    return {one.version: one for one in DEFINITIONS}[version]
