"""Identifiers against the vectors of rules.md 11 (invented people and codes)."""

import pytest

from marketplace.datasets import identifiers as ids
from marketplace.datasets.identifiers import Kind


@pytest.mark.parametrize(
    "text",
    ["370102190001010019", "370105190001010026", "370116190001010033", "37010219000101014X"],
)
def test_a_resident_id_with_its_check_digit_is_one(text: str) -> None:
    assert ids.resident_id_ok(text)
    assert ids.resident_id_ok(text.lower())


@pytest.mark.parametrize(
    "text",
    [
        "370102190001010018",  # check digit
        "370102190002300019",  # no such day
        "370102299001010019",  # not yet born
        "990102190001010019",  # no such province
        "37010219000101001",
    ],
)
def test_what_fails_check_date_or_place_is_none(text: str) -> None:
    assert not ids.resident_id_ok(text)


@pytest.mark.parametrize("text", ["91370100MADEMX003Y", "91370102MATRYX018Y", "12370100MAPUBX026H"])
def test_credit_codes_pass_and_their_neighbours_fail(text: str) -> None:
    assert ids.credit_code_ok(text)
    assert not ids.credit_code_ok(text[:-1] + ("0" if text[-1] != "0" else "1"))


def test_an_organisation_code_passes_its_own_check() -> None:
    assert ids.organisation_code_ok("D2143569X")
    assert not ids.organisation_code_ok("D21435690")


@pytest.mark.parametrize("text", ["6217000000000000004", "6226000000000005"])
def test_cards_pass_luhn(text: str) -> None:
    assert ids.bank_card_ok(text)
    assert ids.union_pay_shape(text)
    assert not ids.bank_card_ok(text[:-1] + str((int(text[-1]) + 1) % 10))


def test_a_vehicle_number_has_its_check_at_position_nine() -> None:
    assert ids.vin_ok("1M8GDM9AXKP042788")
    assert not ids.vin_ok("1M8GDM9A1KP042788")
    assert not ids.vin_ok("12345678901234567")


def test_mobile_segments_and_addresses_of_machines() -> None:
    assert ids.mobile_ok("13800138000")
    assert not ids.mobile_ok("12345678901")
    assert ids.ip_ok("192.168.1.20")
    assert not ids.ip_ok("1.2.3")
    assert not ids.ip_ok("256.1.1.1")


def test_names_begin_with_a_surname_and_are_no_places() -> None:
    assert ids.looks_like_a_name("王芳")
    assert ids.looks_like_a_name("欧阳振华")
    assert not ids.looks_like_a_name("历下区")
    assert not ids.looks_like_a_name("爱心卡")
    assert not ids.looks_like_a_name("石家庄市")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.RESIDENT_ID, "370102190001010019"),
        (Kind.MOBILE, "13800138000"),
        (Kind.EMAIL, "zhang.san@example.cn"),
        (Kind.NAME, "欧阳振华"),
        (Kind.ADDRESS, "济南市历下区泉城路1号"),
        (Kind.PLATE, "鲁A12345"),
    ],
)
def test_a_masked_example_does_not_give_the_value_away(kind: Kind, text: str) -> None:
    shown = ids.masked(kind, text)

    assert "*" in shown
    assert text not in shown
    assert sum(1 for a in shown if a not in "*") <= 6
