"""What stands on a 数电票, read from its XML. Pure; no entity, DTD or network is ever followed."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from marketplace.core.errors import Invalid
from marketplace.core.money import fen_of

MOST_BYTES = 2 * 1024 * 1024
NUMBER = re.compile(r"\d{20}")
_NAMES = {
    "number": ("EIid", "InvoiceNumber", "Fphm", "FPHM", "发票号码"),
    "amount": ("TotalTax-includedAmount", "Jshj", "JSHJ", "价税合计"),
    "vat": ("TotalTaxAm", "Hjse", "HJSE", "税额合计"),
    "buyer_name": ("BuyerName", "Gmfmc", "GMFMC", "购买方名称"),
    "buyer_credit_code": ("BuyerIdNum", "Gmfnsrsbh", "GMFNSRSBH", "购买方识别号"),
    "seller_credit_code": ("SellerIdNum", "Xsfnsrsbh", "XSFNSRSBH", "销售方识别号"),
}


@dataclass(frozen=True)
class Face:
    """The fields that are compared with the order. Amounts in fen, including VAT."""

    number: str
    amount_fen: int
    vat_fen: int
    buyer_name: str
    buyer_credit_code: str
    seller_credit_code: str = ""


def read(raw: bytes) -> Face:
    """The face of an invoice's XML. Invalid `invoice_not_readable` on `file`."""
    if len(raw) > MOST_BYTES or b"<!DOCTYPE" in raw.upper() or b"<!ENTITY" in raw.upper():
        raise Invalid("invoice_not_readable", {"file": ["invoice_not_readable"]})
    try:
        # no DTD stands in it, so nothing can be expanded or fetched
        root = ElementTree.fromstring(_as_utf8(raw))  # noqa: S314
        found = {name: _text(root, tags) for name, tags in _NAMES.items()}
        return Face(
            found["number"],
            fen_of(found["amount"]),
            fen_of(found["vat"]),
            found["buyer_name"],
            found["buyer_credit_code"].upper(),
            found["seller_credit_code"].upper(),
        )
    except (ElementTree.ParseError, ValueError, ArithmeticError, LookupError) as wrong:
        raise Invalid("invoice_not_readable", {"file": ["invoice_not_readable"]}) from wrong


def _as_utf8(raw: bytes) -> str:
    """Only encodings that cannot hide a DTD from the check above."""
    head = raw[:200].lower()
    encoding = "gb18030" if b"gb" in head and b"encoding" in head else "utf-8-sig"
    text = raw.decode(encoding)
    if "<!" in re.sub(r"<!--.*?-->|<!\[CDATA\[", "", text, flags=re.S):
        raise ValueError("a declaration")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _text(root: ElementTree.Element, tags: tuple[str, ...]) -> str:
    wanted = set(tags)
    for element in root.iter():
        if element.tag.rsplit("}", 1)[-1] in wanted and (element.text or "").strip():
            return str(element.text).strip()
    return ""
