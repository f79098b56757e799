"""The usage policy and what it decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.core.canonical import canonical
from marketplace.licensing import policy
from marketplace.licensing.templates import template
from tests.factories import licensing

UNTIL = datetime(2027, 11, 22, 12, tzinfo=UTC)
BEFORE = UNTIL - timedelta(days=1)


def a_policy(until: datetime | None = UNTIL, **changes: Any) -> dict[str, Any]:
    return policy.odrl(
        licensing.terms(**changes),
        licensing.PARTIES,
        "urn:uuid:1",
        skeleton=template().policy,
        version_sha256=licensing.VERSION,
        until=until,
    )


def test_a_policy_names_parties_target_and_all_four_constraints() -> None:
    made = a_policy()

    assert made["@context"] == "http://www.w3.org/ns/odrl.jsonld"
    assert made["assigner"].endswith(licensing.PARTIES["provider"]["id"])
    assert made["permission"][0]["target"] == f"urn:sha256:{licensing.VERSION}"
    assert [one["leftOperand"] for one in made["permission"][0]["constraint"]] == [
        "purpose",
        "dateTime",
        "count",
        "spatial",
    ]
    assert canonical(made) == canonical(a_policy())


@pytest.mark.parametrize(
    ("purpose", "at", "more", "reason"),
    [
        ("research", BEFORE, {}, "policy_allows"),
        ("research", BEFORE, {"used": 9, "place": "cn"}, "policy_allows"),
        ("resale", BEFORE, {}, "purpose_forbidden"),
        ("marketing", BEFORE, {}, "purpose_not_granted"),
        ("research", UNTIL, {}, "licence_term_over"),
        ("research", BEFORE, {"used": 10}, "licence_quota_used"),
        ("research", BEFORE, {"place": "provider"}, "place_not_granted"),
    ],
)
def test_an_access_is_decided_by_its_rule(
    purpose: str, at: datetime, more: dict[str, Any], reason: str
) -> None:
    decision = policy.allows(a_policy(), purpose, at, **more)

    assert decision == policy.Decision(reason == "policy_allows", reason)


def test_a_policy_that_is_not_concluded_allows_nothing() -> None:
    made = a_policy(until=None)

    assert policy.allows(made, "research", BEFORE).reason == "contract_not_concluded"


def test_without_prohibited_purposes_there_is_no_such_rule() -> None:
    made = a_policy(prohibited=[])

    assert [one["action"] for one in made["prohibition"]] == ["distribute", "sell"]
    assert policy.allows(made, "marketing", BEFORE).reason == "purpose_not_granted"
