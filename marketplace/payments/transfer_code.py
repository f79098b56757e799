"""The code a buyer writes into a bank transfer's remark: `DX`, eight characters, one to check. Pure.

Crockford's alphabet without 0 and 1 (it has no I, L, O, U): what people read out cannot be misread.
"""

import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(rf"DX[{ALPHABET}]{{9}}")
_JOINTS = re.compile(r"[\s\-_.·,，。:：/]+")


def make() -> str:
    """A new code; uniqueness is the database's."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"DX{body}{_check(body)}"


def is_code(text: str) -> bool:
    """Whether this is a well-formed code whose check character fits."""
    return bool(_PATTERN.fullmatch(text)) and _check(text[2:10]) == text[10]


def find(remark: str) -> list[str]:
    """The codes in a remark, however spaced, widened or cased; a wrong check character is no code."""
    plain = _JOINTS.sub("", unicodedata.normalize("NFKC", remark).upper())
    starts = range(len(plain) - 10)
    found = [plain[at : at + 11] for at in starts if is_code(plain[at : at + 11])]
    return list(dict.fromkeys(found))


def spaced(code: str) -> str:
    """As people read it: `DX7K 3M9Q F4W`."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def _check(body: str) -> str:
    total = sum((at + 2) * (ALPHABET.index(one) + 1) for at, one in enumerate(body))
    return ALPHABET[total % 31 % 30]
