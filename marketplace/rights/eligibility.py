"""Who may register which right (rules 1.2; guide arts. 15, 20, 21): pure, and explained right by right.

An explanation is a code; its sentence stands in `web/messages/rights.py` under `eligibility.`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from marketplace.rights.states import Circumstance, Right

C = Circumstance
HOLD, USE, OPERATE = Right.HOLD, Right.USE, Right.OPERATE


@dataclass(frozen=True)
class Judgement:
    """Whether one right may be claimed, why, and the condition that still has to be stated."""

    right: Right
    is_allowed: bool
    reason: str
    condition: str = ""


# What an applicant may state, to be evidenced and checked by the reviewer.
CONDITIONS: dict[Circumstance, tuple[str, ...]] = {
    C.CRAWLED: ("not_substituting",),
    C.JOINT: ("others_consent", "contract_decides"),
    C.DERIVED: ("input_use_right", "substantive_difference"),
    C.ENTRUSTED: ("law_or_contract_allows",),
    C.AUTHORISED_OPERATION: ("public_registered",),
}
# The form's four sources (annex 1) that each circumstance may have been declared as.
SOURCES: dict[Circumstance, frozenset[str]] = {
    C.OWN: frozenset({"own"}),
    C.CONTRACT_ACTIVITY: frozenset({"contract", "own"}),
    C.NATURAL_PERSON: frozenset({"own"}),
    C.CRAWLED: frozenset({"crawled"}),
    C.CONTRACT: frozenset({"contract"}),
    C.JOINT: frozenset({"contract", "own"}),
    C.DERIVED: frozenset({"derived"}),
    C.ENTRUSTED: frozenset({"contract"}),
    C.GOVERNMENT_DUTY: frozenset({"own"}),
    C.AUTHORISED_OPERATION: frozenset({"contract", "own", "derived"}),
    C.UTILITY: frozenset({"own"}),
}


def judge(
    circumstance: Circumstance | str,
    contract_grants: Collection[str] = (),
    conditions: Collection[str] = (),
) -> tuple[Judgement, Judgement, Judgement]:
    """Hold, use and operate, in this order, each with its reason."""
    case = Circumstance(circumstance)
    return tuple(  # type: ignore[return-value]  # always the three rights
        _judge(right, case, contract_grants, conditions) for right in Right
    )


def allowed(
    circumstance: Circumstance | str,
    contract_grants: Collection[str] = (),
    conditions: Collection[str] = (),
) -> frozenset[Right]:
    """The rights that may be claimed."""
    found = judge(circumstance, contract_grants, conditions)
    return frozenset(one.right for one in found if one.is_allowed)


def _judge(
    right: Right, case: Circumstance, grants: Collection[str], conditions: Collection[str]
) -> Judgement:
    if case in {C.OWN, C.NATURAL_PERSON, C.UTILITY, C.CONTRACT_ACTIVITY}:
        return Judgement(right, True, str(case))
    if case == C.GOVERNMENT_DUTY:
        return Judgement(right, False, "government_duty")
    if case == C.CONTRACT:
        return _by_contract(right, grants, "contract")
    if case == C.ENTRUSTED:
        return _entrusted(right, grants, conditions)
    if case == C.JOINT:
        return _joint(right, grants, conditions)
    if case == C.CRAWLED and right != OPERATE:
        return Judgement(right, True, "crawled")
    return _on_condition(right, case, conditions)


def _on_condition(right: Right, case: Circumstance, conditions: Collection[str]) -> Judgement:
    for needed in CONDITIONS[case]:
        if needed not in conditions:
            return Judgement(right, False, f"{case}_unless_{needed}", needed)
    return Judgement(right, True, f"{case}_shown")


def _by_contract(right: Right, grants: Collection[str], word: str) -> Judgement:
    if str(right) in grants:
        return Judgement(right, True, f"{word}_grants")
    return Judgement(right, False, f"{word}_silent", "contract_grant")


def _entrusted(right: Right, grants: Collection[str], conditions: Collection[str]) -> Judgement:
    if "law_or_contract_allows" not in conditions:
        return Judgement(right, False, "entrusted", "law_or_contract_allows")
    return _by_contract(right, grants, "entrusted")


def _joint(right: Right, grants: Collection[str], conditions: Collection[str]) -> Judgement:
    if right == OPERATE:
        if "others_consent" in conditions:
            return Judgement(right, True, "joint_consented")
        return Judgement(right, False, "joint_unless_others_consent", "others_consent")
    if "contract_decides" in conditions:
        return _by_contract(right, grants, "joint")
    return Judgement(right, True, "joint_silent_contract")
