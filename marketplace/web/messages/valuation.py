"""Sentences of valuation."""

from flask_babel import lazy_gettext as _l

CODES = {
    "cost_lines_missing": _l("至少填写一项成本。"),
    "cap_for_public_data_only": _l("只有公共数据有限价。"),
    "price_must_be_zero": _l("公共数据用于公共治理、公益事业的，价格须为 0。"),
    "price_cap_missing": _l("公共数据尚未核定限价，只能免费提供。"),
    "price_above_cap": _l("价格高于核定的限价。"),
    "price_reason_missing": _l("价格偏离参考区间 3 倍以上，请说明理由。"),
    "premium_above_six_points": _l("加点不得超过 6 个百分点。"),
    "reference_not_known": _l("还没有价格参考：请先填写成本。"),
    "line_cost_total": _l("成本合计 C = {total}。"),
    "line_cost_margin": _l("成本加成 {percent}%。"),
    "line_cost_quality": _l(
        "价值调整系数 δ = {factor}，由质量分 {score} 得出：80 分为 1.00，每分 0.01。"
    ),
    "line_cost_buyers": _l("由预计的 {buyers} 次授权分摊。"),
    "line_cost_spread": _l("每次授权的中间值 {middle}，上下浮动 {percent}% 为参考区间。"),
    "line_market_trades": _l("近 {months} 个月同行业、同类别数据成交 {trades} 笔。"),
    "line_market_quartiles": _l("下四分位 {low}，中位数 {middle}，上四分位 {high}。"),
    "swing_cost": _l("成本增减 10%"),
    "swing_buyers": _l("授权次数增减四分之一"),
    "swing_quality": _l("质量分增减 5 分"),
}
EVENTS = {
    "cost.stated": _l("申报成本"),
    "price_cap.set": _l("公布限价"),
}
LABELS = {
    "method.cost": _l("成本法"),
    "method.market": _l("市场法（同类成交）"),
    "cost.plan": _l("规划与设计"),
    "cost.collect": _l("采集"),
    "cost.clean": _l("清洗与加工"),
    "cost.label": _l("标注"),
    "cost.store": _l("存储与运维"),
    "cost.purchase": _l("外购"),
    "cost.indirect": _l("间接成本"),
    "cost.opportunity": _l("机会成本"),
    "cost.tax": _l("相关税费"),
    "quality.conformity": _l("规范性"),
    "quality.completeness": _l("完整性"),
    "quality.accuracy": _l("准确性"),
    "quality.consistency": _l("一致性"),
    "quality.timeliness": _l("时效性"),
    "quality.accessibility": _l("可访问性"),
}
