"""E-mail addresses as they are compared: half-width, lower case, without blanks. Pure."""

import re
import unicodedata

from marketplace.core.errors import Invalid

_SHAPE = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z0-9-]{2,63}")


def normalise(given: str) -> str:
    """The address as stored; Invalid on the field `email` when it is none."""
    half = unicodedata.normalize("NFKC", given).strip().replace("。", ".").casefold()
    if len(half) > 254 or not _SHAPE.fullmatch(half):
        raise Invalid("invalid", {"email": ["email_invalid"]})
    return half
