"""Numbers: a demo's never passes for a registrar's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Conflict
from marketplace.rights.codes import (
    REAL_CODE,
    case_number,
    certificate_code,
    looks_real,
    precheck_number,
)

DAY = date(2026, 11, 22)


def test_a_registrars_code_has_fifteen_characters() -> None:
    assert certificate_code("371", DAY, 1, is_demo=False) == "SJ3712026110001"
    assert looks_real("sj3712026110001")


def test_a_months_series_ends_at_9999() -> None:
    with pytest.raises(Conflict, match="series_exhausted"):
        certificate_code("371", DAY, 10_000, is_demo=False)


@given(st.integers(1, 9999), st.text("0123456789TES", min_size=1, max_size=8), st.dates(DAY))
def test_no_number_of_a_demo_or_of_the_platform_passes_for_a_real_one(serial, code, day) -> None:
    for number in (
        certificate_code(code, day, serial, is_demo=True),
        precheck_number(day, serial),
        case_number(day, serial),
    ):
        assert not REAL_CODE.match(number)
    assert certificate_code(code, day, serial, is_demo=True).endswith("-DEMO")
