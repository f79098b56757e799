"""The ten circumstances of rules 1.2, right by right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rights.eligibility import CONDITIONS, allowed, judge
from marketplace.rights.states import Circumstance, Right

ALL = frozenset(Right)
C = Circumstance
every_condition = sorted({word for words in CONDITIONS.values() for word in words})


@pytest.mark.parametrize(
    ("circumstance", "grants", "conditions", "expected"),
    [
        (C.OWN, [], [], ALL),
        (C.CONTRACT_ACTIVITY, [], [], ALL),
        (C.NATURAL_PERSON, [], [], ALL),
        (C.UTILITY, [], [], ALL),
        (C.CRAWLED, [], [], {Right.HOLD, Right.USE}),
        (C.CRAWLED, [], ["not_substituting"], ALL),
        (C.CONTRACT, [], [], set()),
        (C.CONTRACT, ["use"], [], {Right.USE}),
        (C.CONTRACT, ["hold", "use", "operate"], [], ALL),
        (C.JOINT, [], [], {Right.HOLD, Right.USE}),
        (C.JOINT, [], ["others_consent"], ALL),
        (C.JOINT, ["hold"], ["contract_decides"], {Right.HOLD}),
        (C.DERIVED, [], [], set()),
        (C.DERIVED, [], ["input_use_right"], set()),
        (C.DERIVED, [], ["input_use_right", "substantive_difference"], ALL),
        (C.ENTRUSTED, ["hold", "use", "operate"], [], set()),
        (C.ENTRUSTED, ["use"], ["law_or_contract_allows"], {Right.USE}),
        (C.GOVERNMENT_DUTY, ["hold", "use", "operate"], every_condition, set()),
        (C.AUTHORISED_OPERATION, [], [], set()),
        (C.AUTHORISED_OPERATION, [], ["public_registered"], ALL),
    ],
)
def test_each_circumstance_gives_its_rights(circumstance, grants, conditions, expected) -> None:
    assert allowed(circumstance, grants, conditions) == frozenset(expected)


@given(
    st.sampled_from(list(Circumstance)),
    st.sets(st.sampled_from(list(Right))),
    st.sets(st.sampled_from(every_condition)),
)
def test_every_judgement_has_a_reason_and_government_data_never_a_right(
    circumstance, grants, conditions
) -> None:
    found = judge(circumstance, grants, conditions)

    assert [one.right for one in found] == list(Right)
    assert all(one.reason for one in found)
    if circumstance == C.GOVERNMENT_DUTY:
        assert not any(one.is_allowed for one in found)
    if circumstance == C.CONTRACT:
        assert {one.right for one in found if one.is_allowed} == set(grants)
