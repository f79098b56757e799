"""PDF papers: Typst markup that we write, filled with data that others wrote.

Data goes in as JSON by `sys.inputs` and never as markup, so nobody's title can run a function.
The same source and data give the same bytes: no system fonts, no clock, no random identifiers.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent  # OFL 1.1, docs/decisions/0002-font.md
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the stamp of a paper that names no time of its own

_SHEET = """
#let data = json(bytes(sys.inputs.data))
#let demo = data.at("_demo", default: none)
#set document(title: data.at("_title", default: ""), author: ())
#set page(
  paper: "a4",
  margin: (x: 22mm, top: 24mm, bottom: 22mm),
  header: if demo != none {
    align(center, text(size: 9pt, fill: rgb("#9A3B1E"), tracking: 0.3em, demo))
  },
  footer: context align(center, text(size: 8pt, fill: luma(90),
    [#counter(page).display() / #counter(page).final().first()])),
)
#set text(font: "Noto Sans SC", size: 10pt, lang: data.at("_lang", default: "zh"), region: "cn")
#set par(leading: 0.85em, justify: true)
#show heading: set block(above: 1.4em, below: 0.8em)
"""


def render(
    source: str,
    data: Mapping[str, Any],
    *,
    title: str,
    demo: str = "",
    language: str = "zh",
    stamped: datetime = EPOCH,
) -> bytes:
    """The PDF of Typst markup `source`, in which `data` is the dictionary handed in here.

    `source` is ours and is compiled after a common sheet (A4, page numbers, the font families
    `Noto Sans SC` and `Noto Serif SC`). `demo` stands in the header of every page. `stamped`
    goes into the file's metadata, so equal calls give equal bytes. A QR code goes in as SVG text:
    `#image(bytes(data.qr), format: "svg", width: 28mm, alt: "…")`; PDF/A needs the `alt`.
    """
    inputs = {**data, "_title": title, "_lang": language}
    if demo:
        inputs["_demo"] = demo
    text = json.dumps(inputs, ensure_ascii=False, sort_keys=True)
    fonts: Any = FONTS  # typst's stub ties the type of a folder to the type of the source
    paper: bytes = typst.compile(
        (_SHEET + source).encode(),
        root=fonts,  # the markup can read no file but the fonts
        format="pdf",
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        pdf_standards="a-2a",
        timestamp=int(stamped.timestamp()),
    )
    return paper
