"""The numbers of papers: a registrar's certificate, the platform's pre-check, cases.

A certificate's code (guide annex 6) has 15 characters: `SJ`, the registrar's region (two digits),
the registrar (one digit), year and month, and a serial of the month. A demo's can never pass for one.
"""

import re
from datetime import date

from marketplace.core.errors import Conflict

REAL_CODE = re.compile(r"^SJ\d{2}\d\d{6}\d{4}$")
REGISTRAR_CODE = re.compile(r"^\d{3}$")
LAST_SERIAL = 9999


def certificate_series(registrar_code: str, day: date, *, is_demo: bool) -> str:
    """The series a registrar's serials of one month are drawn from."""
    if is_demo:
        return f"demo-certificate:{_digit(registrar_code)}:{day:%Y%m}"
    return f"certificate:{registrar_code}:{day:%Y%m}"


def certificate_code(registrar_code: str, day: date, serial: int, *, is_demo: bool) -> str:
    """The code of a certificate; Conflict `series_exhausted` past 9999 in a month."""
    if serial > LAST_SERIAL:
        raise Conflict("series_exhausted", registrar_code=registrar_code)
    if is_demo:
        return f"SJ00{_digit(registrar_code)}{day:%Y%m}{serial:04d}-DEMO"
    return f"SJ{registrar_code}{day:%Y%m}{serial:04d}"


def _digit(registrar_code: str) -> str:
    """The one digit that names an invented registrar."""
    return next((one for one in reversed(registrar_code) if one in "0123456789"), "0")


def looks_real(number: str) -> bool:
    """Whether a number could pass for a registrar's certificate code."""
    return bool(REAL_CODE.match(number.strip().upper()))


def precheck_number(day: date, serial: int) -> str:
    """The platform's own paper: a series of its own, nothing like a certificate's code."""
    return f"QS-YJ-{day:%Y%m}-{serial:04d}"


def case_number(day: date, serial: int) -> str:
    """A claim's case number."""
    return f"QS-DJ-{day:%Y}-{serial:06d}"
