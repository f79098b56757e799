"""A contract as one canonical JSON document, as text in two languages, and as a PDF. Pure.

What is signed are the RFC 8785 bytes of `contract_json`; text and PDF are read from it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.core import paper
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.money import yuan
from marketplace.licensing import policy
from marketplace.licensing.templates import LANGUAGES, Template, template_as_signed

Json = dict[str, Any]
_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_CODED = {
    "purposes": "purpose",
    "prohibited": "purpose",
    "place": "place",
    "derived_data": "owner",
    "delivery_mode": "delivery",
    "invoice_kind": "invoice",
    "custody": "custody",
    "cross_border": "border",
    "resolution": "forum",
    "silence_accepts": "bool",
    "use_accepts": "bool",
}
WORDS = {
    "zh": {
        "signatures": "签名",
        "platform": "托管签名",
        "own": "自持密钥签名",
        "digest": "合同文件摘要（SHA-256）",
        "key": "密钥",
        "at": "签署时间",
        "unsigned": "尚未签署",
        "demo": "演示 · 不具法律效力",
    },
    "en": {
        "signatures": "Signatures",
        "platform": "Custodial signature (托管签名)",
        "own": "Signed with the party's own key",
        "digest": "Digest of the contract document (SHA-256)",
        "key": "Key",
        "at": "Signed at",
        "unsigned": "Not yet signed",
        "demo": "演示 DEMO · without legal effect",
    },
}


def contract_json(
    template: Template,
    terms: Mapping[str, Any],
    parties: Mapping[str, Mapping[str, str]],
    *,
    number: str,
    uid: str,
    version_sha256: str,
    mode: str,
) -> Json:
    """The document both sign. Amounts are strings of fen; parties hold id, name, code, address."""
    written = {
        key: str(value) if key == "price_fen" else value for key, value in sorted(terms.items())
    }
    document: Json = {
        "type": "quanshu-contract",
        "format": 1,
        "mode": mode,
        "number": number,
        "uid": uid,
        "template": {
            "name": template.name,
            "version": template.version,
            "digest": template.digest,
        },
        "parties": {side: dict(party) for side, party in parties.items()},
        "data": {"digest_algorithm": "SHA-256", "digest": version_sha256},
        "terms": written,
        "policy": policy.odrl(
            terms, parties, uid, skeleton=template.policy, version_sha256=version_sha256
        ),
    }
    document["text_sha256"] = {
        language: sha256_hex(as_text(document, language).encode()) for language in LANGUAGES
    }
    return document


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """The exact bytes to sign."""
    return canonical(dict(document))


def as_text(contract: Mapping[str, Any], language: str) -> str:
    """The contract in words, as markdown; values are inserted as they were written."""
    named = contract["template"]
    template = template_as_signed(named["name"], named["version"], named["digest"])
    values = _values(template, contract, language)
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], template.texts[language])


def with_blanks(template: Template, names: Mapping[str, str], language: str) -> str:
    """The empty text: each blank shows the name of its term."""
    return _PLACEHOLDER.sub(
        lambda found: names.get(found.group(1), "______"), template.texts[language]
    )


def shown(template: Template, terms: Mapping[str, Any], name: str, language: str) -> str:
    """One term as the contract says it: a coded value in words, an amount in yuan."""
    value = terms[name]
    if name in _CODED:
        several = value if isinstance(value, list | tuple) else [str(value).lower()]
        joint = "、" if language == "zh" else ", "
        words = [template.word(f"{_CODED[name]}.{one}", language) for one in several]
        return joint.join(words) or template.word("none", language)
    if name == "price_fen":
        return f"¥{yuan(int(value))}"
    if name.endswith("_bp"):
        return f"{value / 100:g}%"
    return " ".join(str(value).split()) or template.word("none", language)


def _values(template: Template, contract: Mapping[str, Any], language: str) -> dict[str, str]:
    terms = contract["terms"]
    values = {one.name: shown(template, terms, one.name, language) for one in template.fields}
    for side, party in contract["parties"].items():
        values[f"{side}_name"] = party["name"]
        values[f"{side}_code"] = party["credit_code"]
        values[f"{side}_address"] = party["address"] or template.word("none", language)
    values["number"] = contract["number"]
    values["version_sha256"] = contract["data"]["digest"]
    return values


def blocks(text: str) -> list[dict[str, str]]:
    """Markdown of a template as headings and paragraphs: each line that is not a heading is one."""
    found = []
    for line in text.splitlines():
        level = len(line) - len(line.lstrip("#"))
        if line.strip():
            found.append({"level": str(level), "text": line.lstrip("#").strip()})
    return found


_SOURCE = """
#for block in data.blocks {
  if block.level == "1" { align(center, heading(level: 1, block.text)) }
  else if block.level == "2" { heading(level: 2, block.text) }
  else { par(block.text) }
}
#v(1em)
#heading(level: 2, data.words.signatures)
#par(data.words.digest)
#text(size: 8.5pt, data.digest)
#if data.signatures.len() == 0 { par(data.words.unsigned) }
#for one in data.signatures {
  block(stroke: 0.6pt + luma(120), inset: 8pt, width: 100%, breakable: false)[
    #text(size: 11pt, one.organisation) #h(1fr) #one.custody \\
    #data.words.at #one.at \\
    #text(size: 8pt)[#data.words.key #one.kid] \\
    #text(size: 6.5pt, one.jws.clusters().chunks(64).map(part => part.join()).join(linebreak()))
  ]
}
"""


def as_pdf(
    contract: Mapping[str, Any], signatures: Sequence[Mapping[str, str]], language: str = "zh"
) -> bytes:
    """The contract on paper. A signature holds organisation, custody, kid, at and jws."""
    words = WORDS[language]
    demo = words["demo"] if contract["mode"] == "demo" else ""
    return paper.render(
        _SOURCE,
        {
            "blocks": blocks(as_text(contract, language)),
            "digest": sha256_hex(as_bytes(contract)),
            "words": words,
            "signatures": [{**one, "custody": words[one["custody"]]} for one in signatures],
        },
        title=contract["number"],
        demo=demo,
        language=language,
    )
