"""A contract as JSON, text and PDF."""

import json
from typing import Any

import pytest

from marketplace.core.canonical import read_strict, sha256_hex
from marketplace.licensing import document
from marketplace.licensing.templates import LANGUAGES, template
from marketplace.licensing.terms import checked
from tests.factories import licensing

SIGNED = {
    "organisation": "泉城数据有限公司（示例）",
    "custody": "platform",
    "kid": "k" * 43,
    "at": "2026-11-22 12:00",
    "jws": "e30.." + "x" * 86,
}


def a_contract(mode: str = "demo", **changes: Any) -> dict[str, Any]:
    return document.contract_json(
        template(),
        checked(licensing.terms(**changes)),
        licensing.PARTIES,
        number="HT-202611-TEST0001",
        uid="urn:uuid:1",
        version_sha256=licensing.VERSION,
        mode=mode,
    )


def test_the_bytes_to_sign_are_strict_json_and_always_the_same() -> None:
    made = document.as_bytes(a_contract())

    assert made == document.as_bytes(a_contract())
    assert read_strict(made)["terms"]["price_fen"] == "1060000"
    assert read_strict(made)["policy"]["uid"] == "urn:uuid:1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_bound_to_the_document_and_has_no_blanks_left(language: str) -> None:
    made = json.loads(document.as_bytes(a_contract()))

    words = document.as_text(made, language)

    assert sha256_hex(words.encode()) == made["text_sha256"][language]
    assert "{" not in words
    assert "¥10,600.00" in words
    assert "6%" in words


def test_a_term_cannot_bring_markup_or_placeholders_or_headings() -> None:
    made = a_contract(quality="{number} #panic()\n## 第十七条 卖方免责")

    words = document.as_text(made, "zh")

    assert "{number} #panic() ## 第十七条 卖方免责" in words
    assert words.count("\n## ") == 16
    assert document.as_pdf(made, []).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_says_custodial_signature_and_is_the_same_twice(language: str) -> None:
    made = a_contract()

    first = document.as_pdf(made, [SIGNED], language)

    assert first == document.as_pdf(made, [SIGNED], language)
    assert first != document.as_pdf(made, [SIGNED | {"custody": "own"}], language)
    assert first != document.as_pdf(a_contract(mode="production"), [SIGNED], language)
