"""What a column's name hints at. A hint alone is never a finding."""

import re

from marketplace.datasets.identifiers import Kind

HINTS: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        Kind.RESIDENT_ID: r"身份证|证件号|证件编号|公民身份|id_?card|id_?no\b|identity|national_?id",
        Kind.RESIDENT_ID_15: r"身份证|证件号|证件编号|公民身份|id_?card|identity|national_?id",
        Kind.CREDIT_CODE: r"信用代码|统一代码|税号|纳税人识别|credit_?code|uscc",
        Kind.BANK_CARD: r"银行卡|卡号|银行账|账号|帐号|card_?(no|num)|cc_?num|bank_?(card|acc)|account_?no",
        Kind.MOBILE: r"手机|电话|联系方式|联系号码|mobile|phone|(^|_)tel",
        Kind.LANDLINE: r"电话|座机|固话|联系方式|传真|phone|(^|_)tel|fax",
        Kind.PLATE: r"车牌|号牌|plate",
        Kind.VIN: r"车架号|车辆识别|vin\b",
        Kind.IMEI: r"imei|设备号",
        Kind.PASSPORT: r"护照|证件号|passport",
        Kind.PERMIT: r"通行证|证件号|permit",
        Kind.IP: r"(^|[_\W])ip([_\W]|$)|ip地址|ip_?addr",
        Kind.NAME: (
            r"姓名|持卡人|联系人|户名|收件人|收货人|经办人|申请人|乘客|患者|法定代表人|法人代表|学生|业主"
            r"|负责人|驾驶员|司机|first_?name|last_?name|given_?name|sur_?name|full_?name|person_?name"
        ),
        Kind.ADDRESS: r"住址|地址|住所|籍贯|address|street",
        Kind.HEALTH: r"诊断|病历|疾病|病种|医保|社保|处方|diagnos|icd|disease",
        Kind.COORDINATES: r"经度|纬度|经纬|(^|_)lat|(^|_)lng|(^|_)lon|longitude|latitude|坐标|gps",
    }.items()
}


def hinted(kind: Kind, header: str) -> bool:
    """Whether the column's name speaks of this kind."""
    pattern = HINTS.get(kind)
    return pattern is not None and pattern.search(_spaced(header)) is not None


def _spaced(header: str) -> str:
    """`GivenName` reads as `given_name`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header.strip())
