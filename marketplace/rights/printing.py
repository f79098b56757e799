"""Certificates and pre-check papers as PDF, A4, with a QR code that leads to their check."""

import io
from typing import Any

import segno

from marketplace.accounts import queries as accounts
from marketplace.core import paper
from marketplace.core.clock import start_of
from marketplace.core.instance import instance
from marketplace.ledger import log
from marketplace.rights.models import Certificate
from marketplace.rights.states import Right, Scheme

RIGHTS = {Right.HOLD: "数据持有权", Right.USE: "数据使用权", Right.OPERATE: "数据经营权"}
TITLES = {
    Scheme.PRECHECK: "数据权属预审意见",
    Scheme.REGISTRAR: "数据产权登记证书",
    Scheme.OUTSIDE: "外部登记证书备录",
}
STATEMENTS = {
    Scheme.PRECHECK: "本件是平台的预审意见，不是数据产权登记证书，不产生登记效力。",
    Scheme.REGISTRAR: "本件为存证内容的打印件；与存证不一致的，以存证为准。",
    Scheme.OUTSIDE: "本件是平台对外部登记证书的备录，以原登记机构的证书为准。",
}
SHEET = """
#let accent = rgb("#A8321F")
#align(center)[
  #v(6mm)
  #text(font: "Noto Serif SC", size: 24pt, weight: 700, tracking: 0.12em, data.heading)
  #v(1mm)
  #text(size: 10pt, fill: luma(70), data.number)
]
#v(6mm)
#line(length: 100%, stroke: 1.2pt + accent)
#v(4mm)
#grid(
  columns: (32mm, 1fr), row-gutter: 5.2mm, column-gutter: 4mm,
  ..data.rows.map(row => (text(fill: luma(80), row.at(0)), text(weight: 500, row.at(1)))).flatten()
)
#v(1fr)
#block(width: 100%, inset: 10pt, stroke: 0.8pt + accent, text(weight: 500, data.statement))
#v(6mm)
#grid(
  columns: (30mm, 1fr), column-gutter: 6mm, align: (left, horizon),
  image(bytes(data.qr), format: "svg", width: 28mm, alt: data.address),
  [
    #text(size: 9pt)[扫码或在下列地址核验：]\\
    #text(size: 9pt, data.address) \\
    #text(size: 8pt, fill: luma(80), data.digest)
  ],
)
"""


def qr(address: str) -> str:
    """A QR code as SVG text."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, scale=4, xmldecl=False)
    return out.getvalue().decode()


def of_certificate(certificate: Certificate) -> bytes:
    """The PDF of a certificate. A demo's says so on every page. Outside any transaction."""
    scheme = Scheme(certificate.scheme)
    holder = accounts.organisation(certificate.holder_id)
    address = f"{instance().public_url}/verify/{certificate.number}"
    entry = log.entry_of(certificate.id, "registration")
    data: dict[str, Any] = {
        "heading": TITLES[scheme],
        "number": f"编号 {certificate.number}",
        "rows": [
            ["数据名称", certificate.title],
            ["权利人", holder.name],
            ["统一社会信用代码", holder.credit_code],
            ["权利种类", "、".join(RIGHTS[Right(one)] for one in certificate.rights)],
            ["限制范围", certificate.restrictions],
            ["有效期", f"{certificate.valid_from} 至 {certificate.valid_until}"],
            ["出具单位", certificate.issuer_name],
        ],
        "statement": STATEMENTS[scheme],
        "qr": qr(address),
        "address": address,
        "digest": f"存证摘要 SHA-256 {entry.leaf_hex}" if entry else "",
    }
    return paper.render(
        SHEET,
        data,
        title=f"{TITLES[scheme]} {certificate.number}",
        demo="演示 · 不具法律效力" if instance().is_demo else "",
        stamped=start_of(certificate.valid_from),
    )
