"""The usage policy of a contract as ODRL 2.2, and the decision taken from it at every access. Pure.

<https://www.w3.org/TR/odrl-vocab/>: permission, prohibition, obligation with the constraints
purpose, dateTime (elapsedTime until the contract is concluded), count and spatial.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.core.clock import iso

PLACES = {
    "cn": "urn:iso:3166:CN",
    "jinan": "urn:gb:t2260:370100",
    "provider": "urn:quanshu:place:provider",
}
PURPOSE = "urn:quanshu:purpose:"
Json = dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """Whether an access is allowed, and the code of the rule that says so."""

    allowed: bool
    reason: str


def odrl(
    terms: Mapping[str, Any],
    parties: Mapping[str, Mapping[str, str]],
    uid: str,
    *,
    skeleton: Mapping[str, Any],
    version_sha256: str,
    until: datetime | None = None,
) -> Json:
    """The policy of these terms. Without `until` the term runs from the conclusion (elapsedTime)."""
    target = f"urn:sha256:{version_sha256}"
    policy: Json = copy.deepcopy(dict(skeleton))
    policy["uid"] = uid
    policy["assigner"] = f"urn:quanshu:organisation:{parties['provider']['id']}"
    policy["assignee"] = f"urn:quanshu:organisation:{parties['buyer']['id']}"
    for rules in ("permission", "prohibition", "obligation"):
        for rule in policy[rules]:
            rule["target"] = target
    _by_action(policy["permission"], "use")["constraint"] = [
        _constraint("purpose", "isAnyOf", [PURPOSE + one for one in terms["purposes"]]),
        _term(terms["term_days"], until),
        _constraint("count", "lteq", _integer(terms["quota"])),
        _constraint("spatial", "isAnyOf", [PLACES[terms["place"]]]),
    ]
    forbidden = [PURPOSE + one for one in terms["prohibited"]]
    if forbidden:
        _by_action(policy["prohibition"], "use")["constraint"] = [
            _constraint("purpose", "isAnyOf", forbidden)
        ]
    else:
        policy["prohibition"] = [one for one in policy["prohibition"] if one["action"] != "use"]
    _by_action(policy["obligation"], "delete")["constraint"] = [
        _constraint("delayPeriod", "lteq", _duration(f"P{terms['delete_days']}D"))
    ]
    _by_action(policy["obligation"], "inform")["constraint"] = [
        _constraint("delayPeriod", "lteq", _duration(f"PT{terms['incident_hours']}H"))
    ]
    return policy


def allows(
    policy: Mapping[str, Any],
    purpose: str,
    at: datetime,
    *,
    used: int = 0,
    place: str | None = None,
) -> Decision:
    """Whether this policy lets the buyer use the data for `purpose` at that instant.

    `used` is how often it was used before; `place` one of the codes of the terms when it is known.
    """
    for rule in policy["prohibition"]:
        if rule["action"] == "use" and _names(rule, PURPOSE + purpose):
            return Decision(False, "purpose_forbidden")
    permission = _by_action(policy["permission"], "use")
    operands = {one["leftOperand"]: one["rightOperand"] for one in permission["constraint"]}
    if PURPOSE + purpose not in operands["purpose"]:
        return Decision(False, "purpose_not_granted")
    if "dateTime" not in operands:
        return Decision(False, "contract_not_concluded")
    if iso(at) >= operands["dateTime"]["@value"]:
        return Decision(False, "licence_term_over")
    if used >= int(operands["count"]["@value"]):
        return Decision(False, "licence_quota_used")
    if place is not None and PLACES[place] not in operands["spatial"]:
        return Decision(False, "place_not_granted")
    return Decision(True, "policy_allows")


def _by_action(rules: list[Json], action: str) -> Json:
    return next(rule for rule in rules if rule["action"] == action)


def _names(rule: Json, purpose: str) -> bool:
    return any(purpose in one["rightOperand"] for one in rule.get("constraint", ()))


def _term(days: int, until: datetime | None) -> Json:
    if until is None:
        return _constraint("elapsedTime", "lteq", _duration(f"P{days}D"))
    return _constraint("dateTime", "lt", {"@value": iso(until), "@type": "xsd:dateTime"})


def _constraint(left: str, operator: str, right: Any) -> Json:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _integer(value: int) -> Json:
    return {"@value": str(value), "@type": "xsd:integer"}


def _duration(value: str) -> Json:
    return {"@value": value, "@type": "xsd:duration"}
