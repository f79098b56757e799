"""What no template may hold: anything the content security policy blocks, and half-width commas."""

import re
from pathlib import Path

import pytest

from marketplace.web.headers import CSP

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "marketplace" / "static" / "js").glob("*.js"))
FORBIDDEN = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*=|<style\b", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "foreign address": re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE),
    "data: address": re.compile(r"""["'(]data:""", re.IGNORECASE),
    "half-width comma after Chinese": re.compile(r"[一-龥],"),
}


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_forbidden(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {name: hit.group() for name, rule in FORBIDDEN.items() if (hit := rule.search(text))}

    assert not found


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_chinese_outside_of_translation_is_an_oversight(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)

    assert not re.search(r"[一-龥]", bare)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_no_markup_and_runs_no_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert not re.search(r"innerHTML|outerHTML|document\.write|\beval\(|new Function", text)


def test_the_policy_lets_nothing_inline_or_foreign_in() -> None:
    assert CSP.startswith("default-src 'none'")
    assert "unsafe" not in CSP
    assert "data:" not in CSP
    assert "http" not in CSP
