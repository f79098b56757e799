"""The unified social credit code."""

import pytest

from marketplace.accounts import credit_code

VALID = ["91370100MADEMX003Y", "91370102MATRYX018Y", "12370100MAPUBX026H"]


@pytest.mark.parametrize("code", VALID)
def test_the_vectors_hold(code: str) -> None:
    assert credit_code.read(code).is_valid
    assert credit_code.complete(code[:17]) == code


@pytest.mark.parametrize(
    "typed",
    ["91370102 MATRYX018Y", "９１３７０１０２ＭＡＴＲＹＸ０１８Ｙ", "91370102-matryx018-y\n"],
)
def test_blanks_dashes_case_and_width_do_not_matter(typed: str) -> None:
    assert credit_code.read(typed).code == "91370102MATRYX018Y"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("91370102MATRYX018", "credit_code_length"),
        ("", "credit_code_length"),
        ("91370102MATRYI018Y", "credit_code_letter"),
        ("81370102MATRYX018Y", "credit_code_check_digit"),
        ("D1370102MATRYX018Y", "credit_code_authority"),
        ("97370102MATRYX018Y", "credit_code_authority"),
        ("91990102MATRYX018Y", "credit_code_region"),
        ("91370102MATRYX0180", "credit_code_check_digit"),
    ],
)
def test_the_wrong_part_is_named(typed: str, problem: str) -> None:
    assert credit_code.read(typed).problem == problem


def test_every_single_wrong_sign_is_found() -> None:
    code = VALID[1]
    for place in range(18):
        for sign in credit_code.ALPHABET:
            if sign != code[place]:
                assert not credit_code.read(code[:place] + sign + code[place + 1 :]).is_valid


def test_a_wrong_organisation_code_is_only_a_warning() -> None:
    reading = credit_code.read(credit_code.complete("91370102MA0000002"))

    assert reading.is_valid
    assert reading.warning == "credit_code_organisation_part"
    assert credit_code.organisation_code_holds("D2143569X")
