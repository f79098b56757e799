"""What can happen to a grant."""

from enum import StrEnum

from marketplace.core.access import Permission
from marketplace.core.lives import Life, step


class GrantStatus(StrEnum):
    """What a grant's own switch says; the gate asks much more."""

    LIVE = "live"
    SUSPENDED = "suspended"
    ENDED = "ended"


S = GrantStatus
P = Permission

GRANT_LIFE = Life(
    S,
    step(
        "suspend",
        {S.LIVE},
        S.SUSPENDED,
        P.GRANT_REVOKE,
        "grant.suspended",
    ),
    step("resume", {S.SUSPENDED}, S.LIVE, P.GRANT_REVOKE, "grant.resumed"),
    step("end", {S.LIVE, S.SUSPENDED}, S.ENDED, P.SYSTEM, "grant.ended"),
)
