"""The unified social credit code (GB 32100-2015) and the organisation code in it (GB 11714).

Pure. A right check digit says that a code was typed well, never whose it is: an operator
verifies that. Source of the rules: the two standards; weights are 3^i mod 31.
"""

from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I O S V Z
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_AUTHORITIES = frozenset("123456789ANY")
_CLASSES = {"1": frozenset("1239"), "5": frozenset("1239"), "9": frozenset("1239")}
_IGNORED = " \t\r\n\u00a0\u3000-‐‑‒–—－_·.．"
_PROVINCES = frozenset(
    str(number)
    for low, high in (
        (10, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for number in range(low, high + 1)
)


@dataclass(frozen=True)
class Reading:
    """A code as it was understood: `problem` is a message code or None, `warning` likewise."""

    code: str
    problem: str | None = None
    warning: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.problem is None


def normalise(given: str) -> str:
    """Half-width capitals without blanks and dashes."""
    half = "".join(
        chr(ord(sign) - 0xFEE0) if "\uff01" <= sign <= "\uff5e" else sign for sign in given
    )
    return "".join(sign for sign in half if sign not in _IGNORED).upper()


def read(given: str) -> Reading:
    """Understand a typed code, and say which part of it is wrong."""
    code = normalise(given)
    problem = _problem(code)
    if problem:
        return Reading(code, problem)
    warning = None if organisation_code_holds(code[8:17]) else "credit_code_organisation_part"
    return Reading(code, None, warning)


def complete(first_seventeen: str) -> str:
    """The code with its check digit; for invented codes in tests and the demo."""
    return first_seventeen + check_digit(first_seventeen)


def check_digit(first_seventeen: str) -> str:
    """C = (31 − Σ aᵢwᵢ mod 31) mod 31, as a sign of the alphabet."""
    total = sum(
        ALPHABET.index(sign) * weight
        for sign, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def organisation_code_holds(nine: str) -> bool:
    """Whether the organisation code's own check digit fits. A failure is only worth a warning."""
    total = sum(
        _ORGANISATION_ALPHABET.index(sign) * weight
        for sign, weight in zip(nine[:8], _ORGANISATION_WEIGHTS, strict=True)
    )
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest)) == nine[8]


def _problem(code: str) -> str | None:
    """The first thing that is wrong, from left to right; the check digit last."""
    if len(code) != 18:
        return "credit_code_length"
    if any(sign not in ALPHABET for sign in code):
        return "credit_code_letter"
    classes = _CLASSES.get(code[0])
    if code[0] not in _AUTHORITIES or (classes is not None and code[1] not in classes):
        return "credit_code_authority"
    if not code[2:8].isdigit() or code[2:4] not in _PROVINCES:
        return "credit_code_region"
    if check_digit(code[:17]) != code[17]:
        return "credit_code_check_digit"
    return None
