"""Typed terms."""

import pytest

from marketplace.core.errors import Invalid
from marketplace.licensing.terms import checked
from tests.factories import licensing


def test_complete_terms_are_taken() -> None:
    loaded = checked(licensing.terms())

    assert loaded["price_fen"] == 1_060_000
    assert loaded["buyer_hold"] == ""


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("price_fen", -1, "field_out_of_range"),
        ("price_fen", "12.5", "field_invalid"),
        ("inspection_days", 181, "field_out_of_range"),
        ("purposes", [], "field_required"),
        ("purposes", ["world_domination"], "field_invalid"),
        ("place", "moon", "field_invalid"),
        ("quality", "", "field_required"),
        ("unheard_of", 1, "field_unknown"),
    ],
)
def test_a_term_of_the_wrong_kind_is_refused_by_name(name: str, value: object, code: str) -> None:
    with pytest.raises(Invalid, match="terms_not_complete") as refused:
        checked(licensing.terms(**{name: value}))

    codes = {key.split(".")[0]: codes for key, codes in refused.value.fields.items()}
    assert codes[name] == [code]


def test_a_purpose_cannot_be_permitted_and_prohibited() -> None:
    with pytest.raises(Invalid) as refused:
        checked(licensing.terms(purposes=["resale"]))

    assert refused.value.fields == {"purposes": ["purpose_forbidden"]}
