"""Identifiers that Chinese data holds: their shapes, check digits and chance of passing by accident.

Source: `rules.md` 11. Pure; nothing here looks at a whole column (that is `scanner.py`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.core.clock import today


class Kind(StrEnum):
    """What was found."""

    RESIDENT_ID = "resident_id"
    RESIDENT_ID_15 = "resident_id_15"
    CREDIT_CODE = "credit_code"
    BANK_CARD = "bank_card"
    MOBILE = "mobile"
    LANDLINE = "landline"
    PLATE = "plate"
    VIN = "vin"
    IMEI = "imei"
    PASSPORT = "passport"
    PERMIT = "permit"
    EMAIL = "email"
    IP = "ip"
    MAC = "mac"
    COORDINATES = "coordinates"
    NAME = "name"
    ADDRESS = "address"
    HEALTH = "health"


ORGANISATIONAL = frozenset({Kind.CREDIT_CODE})  # identifies a firm, not a person
SENSITIVE = frozenset(
    {Kind.RESIDENT_ID, Kind.RESIDENT_ID_15, Kind.BANK_CARD, Kind.COORDINATES, Kind.HEALTH}
)
PERSON_KEYS = frozenset(
    {
        Kind.RESIDENT_ID,
        Kind.RESIDENT_ID_15,
        Kind.MOBILE,
        Kind.NAME,
        Kind.PLATE,
        Kind.BANK_CARD,
        Kind.PASSPORT,
        Kind.PERMIT,
        Kind.EMAIL,
        Kind.IMEI,
        Kind.MAC,
    }
)

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_REGION_STARTS = (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45)
_MORE_STARTS = (46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83)
PROVINCES = frozenset(str(number) for number in _REGION_STARTS + _MORE_STARTS)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_SHAPE = re.compile(r"[159ANY2-8][1-9A-Z]\d{6}[0-9A-HJ-NP-RTUWXY]{10}")
ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VIN_SHAPE = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_VALUES = {
    **{str(i): i for i in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
MOBILE_SEGMENTS = frozenset(
    [str(n) for n in range(130, 140)]
    + [str(n) for n in (145, 146, 147, 148, 149)]
    + [str(n) for n in (150, 151, 152, 153, 155, 156, 157, 158, 159)]
    + [str(n) for n in (162, 165, 166, 167)]
    + [str(n) for n in range(170, 179)]
    + [str(n) for n in range(180, 194)]
    + [str(n) for n in (195, 196, 197, 198, 199)]
)
PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = (
    f"[{PLATE_PROVINCES}][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]"
    r"|[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK])"
)
EMAIL = r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})*\.[A-Za-z]{2,24}"
MAC = r"(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}"
IPV4 = r"(?:\d{1,3}\.){3}\d{1,3}"
LANDLINE = r"(?:\(0\d{2,3}\)|0\d{2,3}[\- ])[2-9]\d{6,7}"
SPACED_DIGITS = r"\+?\d{2,6}(?:[ \-]\d{2,6}){2,6}"
ADDRESS = (
    r"(?:省|市|区|县|镇|乡|街道)[^，,。;；\s]{0,20}(?:路|街|道|巷|村|里|胡同|小区|园|苑)"
    r"[^，,。;；\s]{0,16}\d+(?:号|弄|栋|幢|单元|室|户)"
)
ICD10 = r"^[A-TV-Z]\d{2}(?:\.\d{1,3})?[A-Za-z0-9+*]{0,4}$"
PERMIT = re.compile(r"[HMC]\d{8,10}")
PASSPORT = re.compile(r"(?:[EGDSPH]\d{8}|[EGDSPH][A-Z]\d{7}|[GDSP]\d{7})")

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔"
    "向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申殷詹欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌"
    "毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦"
    "麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩"
    "明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强"
    "帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓"
    "修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植"
    "衡富尧闭由"
)
_COMPOUND = "欧阳上官司马诸葛东方皇甫尉迟公孙慕容令狐夏侯司徒长孙宇文端木轩辕南宫"
COMPOUND_SURNAMES = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
NOT_A_NAME_END = frozenset(
    "区市县路站店园街局厅部省镇乡村桥河湖山港所院馆场厂线型类卡级号元月日年时台室段岛"
)


def resident_id_shape(text: str) -> bool:
    """18 characters with a province and a date that has been: the frame around the check digit."""
    if len(text) != 18 or not text[:17].isdigit() or text[17] not in "0123456789Xx":
        return False
    return text[:2] in PROVINCES and _was_a_day(text[6:10], text[10:12], text[12:14])


def resident_id_ok(text: str) -> bool:
    """GB 11643: shape and check digit."""
    if not resident_id_shape(text):
        return False
    total = sum(int(c) * w for c, w in zip(text, ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()


def resident_id_15_shape(text: str) -> bool:
    """The legacy number: region, two-digit year, month, day, order; it has no check digit."""
    if len(text) != 15 or not text.isdigit() or text[:2] not in PROVINCES:
        return False
    return _was_a_day("19" + text[6:8], text[8:10], text[10:12])


def credit_code_shape(text: str) -> bool:
    """GB 32100: the authority, class, region and alphabet fit; all-digit codes are left to chance."""
    return len(text) == 18 and CREDIT_SHAPE.fullmatch(text) is not None


def credit_code_ok(text: str) -> bool:
    """GB 32100-2015: shape and check character."""
    if not credit_code_shape(text) or any(c not in CREDIT_ALPHABET for c in text):
        return False
    total = sum(CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(text[:17]))
    return CREDIT_ALPHABET[(31 - total % 31) % 31] == text[17]


def organisation_code_ok(text: str) -> bool:
    """GB 11714: nine characters, the last one a check character."""
    if len(text) != 9 or any(c not in ORG_ALPHABET for c in text[:8]):
        return False
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(ORG_ALPHABET.index(a) * b for a, b in zip(text, weights, strict=False))
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check)) == text[8]


def luhn_ok(text: str) -> bool:
    """The check of bank cards and IMEI; random digits pass it in one case of ten."""
    total = 0
    for index, character in enumerate(reversed(text)):
        value = int(character) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def bank_card_shape(text: str) -> bool:
    """16 to 19 digits that begin like an issuer's."""
    return 16 <= len(text) <= 19 and text.isdigit() and text[0] in "3456"


def bank_card_ok(text: str) -> bool:
    return bank_card_shape(text) and luhn_ok(text)


def union_pay_shape(text: str) -> bool:
    """A card of a Chinese issuer."""
    return bank_card_shape(text) and text.startswith("62")


def mobile_ok(text: str) -> bool:
    """A Chinese mobile number in a segment that is given out."""
    return len(text) == 11 and text.isdigit() and text[:3] in MOBILE_SEGMENTS


def vin_shape(text: str) -> bool:
    """17 characters, letters and digits both."""
    if len(text) != 17 or text.isdigit() or text.isalpha():
        return False
    return VIN_SHAPE.fullmatch(text) is not None


def vin_ok(text: str) -> bool:
    """GB 16735: shape and the check character at position 9."""
    if not vin_shape(text):
        return False
    rest = sum(VIN_VALUES[c] * w for c, w in zip(text, VIN_WEIGHTS, strict=True)) % 11
    return text[8] == ("X" if rest == 10 else str(rest))


def imei_shape(text: str) -> bool:
    return len(text) == 15 and text.isdigit()


def imei_ok(text: str) -> bool:
    return imei_shape(text) and luhn_ok(text)


def passport_shape(text: str) -> bool:
    return PASSPORT.fullmatch(text) is not None


def permit_shape(text: str) -> bool:
    """A permit for Hong Kong, Macao or Taiwan."""
    return PERMIT.fullmatch(text) is not None


def ip_ok(text: str) -> bool:
    """Four octets, none above 255, none with a leading zero."""
    parts = text.split(".")
    if len(parts) != 4 or any(not p.isdigit() or (p != "0" and p[0] == "0") for p in parts):
        return False
    return all(int(p) <= 255 for p in parts) and parts[0] != "0"


def looks_like_a_name(text: str) -> bool:
    """Two to four Chinese characters that begin with a surname and end like no place or thing."""
    if not 2 <= len(text) <= 4 or any(not "\u4e00" <= c <= "\u9fff" for c in text):
        return False
    if text[-1] in NOT_A_NAME_END:
        return False
    return (len(text) <= 3 and text[0] in SURNAMES) or text[:2] in COMPOUND_SURNAMES


@dataclass(frozen=True)
class Checked:
    """An identifier with a shape and a check: `chance` is how often a random shape passes.

    `rarity` is how often a random run of `lengths` characters passes shape and check together.
    """

    kind: Kind
    lengths: tuple[int, int]
    shape: Callable[[str], bool]
    check: Callable[[str], bool]
    chance: float
    rarity: float


CHECKED = (
    Checked(Kind.RESIDENT_ID, (18, 18), resident_id_shape, resident_id_ok, 1 / 11, 1e-4),
    Checked(Kind.CREDIT_CODE, (18, 18), credit_code_shape, credit_code_ok, 1 / 31, 5e-3),
    Checked(Kind.VIN, (17, 17), vin_shape, vin_ok, 1 / 11, 5e-2),
    Checked(Kind.BANK_CARD, (16, 19), bank_card_shape, bank_card_ok, 0.1, 4e-2),
    Checked(Kind.IMEI, (15, 15), imei_shape, imei_ok, 0.1, 0.1),
)


def masked(kind: Kind, text: str) -> str:
    """An example nobody can call or find: the ends of the value at most."""
    if kind == Kind.NAME:
        return text[0] + "*" * (len(text) - 1)
    if kind == Kind.EMAIL:
        local, _, domain = text.partition("@")
        return f"{local[:1]}***@{domain.rsplit('.', 1)[-1]}"
    if kind == Kind.ADDRESS:
        return text[:4] + "***"
    if len(text) >= 11:
        return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}"
    return f"{text[:2]}{'*' * max(1, len(text) - 3)}{text[-1:]}"


def _was_a_day(year: str, month: str, day: str) -> bool:
    if not "1850" <= year <= "2100":
        return False
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return False
    return born <= today()
