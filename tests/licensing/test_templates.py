"""Contract templates."""

import re

import pytest

from marketplace.core.errors import Conflict, NotFound
from marketplace.licensing.templates import LANGUAGES, template, template_as_signed
from marketplace.licensing.terms import TermsIn

# A digest that contracts refer to is never edited: a change is a new version beside it.
PINNED = {
    ("data-provision", "1"): "a31b2542a648ce58c8cb6984b6fb7f555935174cf4be83f99362d5c3da471713"
}


@pytest.mark.parametrize(("key", "digest"), PINNED.items())
def test_a_published_template_is_never_edited(key: tuple[str, str], digest: str) -> None:
    assert template(*key).digest == digest


def test_every_term_is_typed_and_every_typed_term_is_explained_in_both_languages() -> None:
    found = template()

    assert {one.name for one in found.fields} == set(TermsIn().fields)
    for one in found.fields:
        assert all(one.label[language] and one.help[language] for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_stands_in_the_text_of_both_languages(language: str) -> None:
    found = template()
    placeholders = set(re.findall(r"\{([a-z0-9_]+)\}", found.texts[language]))

    assert {one.name for one in found.fields} <= placeholders


def test_both_texts_have_the_same_articles() -> None:
    zh, en = (template().texts[language].count("\n## ") for language in LANGUAGES)

    assert zh == en == 16


def test_an_unknown_template_and_a_path_out_of_the_folder_are_not_found() -> None:
    for name, version in (("nothing", "1"), ("../docs", "1"), ("data-provision", "../1")):
        with pytest.raises(NotFound, match="template_unknown"):
            template(name, version)


def test_a_contract_is_read_with_the_template_it_was_signed_with_or_not_at_all() -> None:
    with pytest.raises(Conflict, match="template_changed"):
        template_as_signed("data-provision", "1", "0" * 64)
