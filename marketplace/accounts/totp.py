"""The second factor: six digits that change every 30 seconds (RFC 6238), and recovery codes. Pure."""

import hmac
import secrets
from datetime import datetime

import pyotp

from marketplace.core.ids import CROCKFORD

STEP_SECONDS = 30
ISSUER = "泉数"
RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """The `otpauth://` address that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def code_at(secret: str, at: datetime) -> str:
    """The code shown at that instant."""
    return pyotp.TOTP(secret).at(at)


def matching_step(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """The time step whose code this is: now or one step to either side, and later than the last used."""
    typed = "".join(sign for sign in code if sign.isdigit())
    present = int(at.timestamp()) // STEP_SECONDS
    maker = pyotp.TOTP(secret)
    for step in (present - 1, present, present + 1):
        expected = maker.generate_otp(step)
        if step > last_step and hmac.compare_digest(expected.encode(), typed.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits, written in two groups."""
    letters = [[secrets.choice(CROCKFORD) for _ in range(10)] for _ in range(RECOVERY_CODES)]
    return ["".join(one[:5]) + "-" + "".join(one[5:]) for one in letters]


def plain_recovery(code: str) -> str:
    """A recovery code as it is compared."""
    return "".join(sign for sign in code.upper() if sign.isalnum())
