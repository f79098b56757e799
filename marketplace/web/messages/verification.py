"""Words of the public check."""

from flask_babel import lazy_gettext as _l

LABELS = {
    "verify.verdict.valid": _l("有效"),
    "verify.verdict.changed": _l("已变更"),
    "verify.verdict.suspended": _l("已暂停"),
    "verify.verdict.expired": _l("已过期"),
    "verify.verdict.cancelled": _l("已注销"),
    "verify.verdict.tampered": _l("内容被改动"),
    "verify.verdict.unknown": _l("查无此号"),
    "verify.verdict.undecided": _l("暂不能判断"),
    "verify.check.unchanged": _l("内容未被改动"),
    "verify.check.signature": _l("签名属于平台"),
    "verify.check.standing": _l("现行状态"),
    "verify.check.logged": _l("已写入存证日志"),
    "verify.check.checkpoint": _l("日志检查点已签名"),
    "verify.says.record_same": _l("平台保存的记录与存证摘要一致。"),
    "verify.says.content_same": _l("您提交的内容与存证的原件一致。"),
    "verify.says.content_differs": _l("您提交的内容与存证的原件不一致。请以本页显示的为准。"),
    "verify.says.paper_differs": _l("证书与存证的记录不一致。"),
    "verify.says.record_differs": _l("平台保存的记录与存证摘要不一致。"),
    "verify.says.record_erased": _l("记录已超过保存期限，正文已删除，只留摘要。"),
    "verify.says.not_logged": _l("没有找到它的存证。"),
    "verify.says.signature_good": _l("签名由平台公布的密钥作出。"),
    "verify.says.signature_bad": _l("签名与内容不符。"),
    "verify.says.signature_unknown_key": _l("签名所用的密钥不在平台公布之列。"),
    "verify.says.standing_once": _l(
        "这是一次性记录，签发后不再变更。它所记的事项后来如何，不在核验范围内。"
    ),
    "verify.says.standing_valid": _l("证书在有效期内，没有被变更、暂停或注销。"),
    "verify.says.standing_challenged": _l("证书有效，但有人提出异议，正在处理。"),
    "verify.says.standing_changed": _l("证书内容已变更，应以新的证书为准。"),
    "verify.says.standing_suspended": _l("证书已被暂停，现在不能依据它行使权利。"),
    "verify.says.standing_expired": _l("证书已过有效期。"),
    "verify.says.standing_cancelled": _l("证书已注销，不再有效。"),
    "verify.says.standing_undecided": _l("无法判断证书的状态。"),
    "verify.says.logged_good": _l("按公开的方法重算，它确在日志中。"),
    "verify.says.logged_bad": _l("重算的结果与日志不符。"),
    "verify.says.log_pending": _l("刚刚签发，正在等待写入日志，请过几秒再查。"),
    "verify.says.log_unreachable": _l("现在查不到存证日志，请稍后再查。"),
    "verify.says.checkpoint_good": _l("日志的树根由平台的日志密钥签名。"),
    "verify.says.checkpoint_bad": _l("检查点没有可信的签名。"),
    "verify.proves.ok": _l(
        "证明：这份记录由平台签发，此后未被改动，已写入公开日志，并且现在有效。不证明：记录里所写的事情本身属实，也不评价数据的价值。"
    ),
    "verify.proves.w": _l(
        "证明：这份记录由平台签发，此后未被改动，已写入公开日志；但它现在不能作为有效证书使用。"
    ),
    "verify.proves.b": _l("没有得到证明。请不要依据它作决定，先向出示它的人和平台核实。"),
    "verify.proves.i": _l("目前既不能证明有效，也不能证明无效。请稍后再查，不要当作有效使用。"),
    "verify.scheme.registrar": _l("数据产权登记证书"),
    "verify.scheme.precheck": _l("数据权属预审意见"),
    "verify.scheme.outside": _l("外部登记证书备录"),
    "verify.scheme_says.registrar": _l("由登记机构出具。"),
    "verify.scheme_says.precheck": _l("这是平台的预审意见，不是数据产权登记证书。"),
    "verify.scheme_says.outside": _l("平台对外部登记证书的备录，以原登记机构的证书为准。"),
    "verify.right.hold": _l("数据持有权"),
    "verify.right.use": _l("数据使用权"),
    "verify.right.operate": _l("数据经营权"),
}
