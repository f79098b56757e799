"""Sentences of delivery."""

from flask_babel import lazy_gettext as _l

CODES = {
    "address_expired": _l("下载地址已过期，请重新获取。"),
    "address_used": _l("这个下载地址已完成一次完整下载，请重新获取。"),
    "too_many_transfers": _l("同时下载的人较多，请稍后再试。"),
    "grant_suspended": _l("授权已暂停。"),
    "grant_ended": _l("授权已终止。"),
    "order_not_open": _l("订单当前状态下不能下载。"),
    "approval_missing": _l("合规意见已失效，暂停交付。"),
    "certificate_not_live": _l("产权证书已不在有效状态，暂停交付。"),
    "public_standing_missing": _l("公共数据登记或授权已失效，暂停交付。"),
    "gate_not_readable": _l("暂时无法确认授权，已停止传输。"),
    "allowed": _l("允许"),
}
EVENTS = {
    "grant.opened": _l("授权已开通"),
    "grant.suspended": _l("授权已暂停"),
    "grant.resumed": _l("授权已恢复"),
    "grant.ended": _l("授权已终止"),
    "grant.address_given": _l("已取得下载地址"),
    "download.finished": _l("一次传输结束"),
}
STATES = {
    "grants.live": _l("可用"),
    "grants.suspended": _l("已暂停"),
    "grants.ended": _l("已终止"),
    "downloads.complete": _l("完成"),
    "downloads.cut": _l("中断"),
    "downloads.stopped": _l("被停止"),
}
ACTIONS = {
    "grants.suspend": _l("暂停授权"),
    "grants.resume": _l("恢复授权"),
    "grants.end": _l("终止授权"),
}
