"""The matrix of GB/T 43697, whole; a set takes its highest grade."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.compliance.findings import against_grade
from marketplace.compliance.grade import grade_of, is_file_deliverable
from marketplace.compliance.states import Degree, Grade, Harmed

MATRIX = {
    "national_security": ("core", "core", "important"),
    "economy": ("core", "important", "general"),
    "social_order": ("core", "important", "general"),
    "public_interest": ("core", "important", "general"),
    "organisation": ("general", "general", "general"),
    "person": ("general", "general", "general"),
}
RANK = {"general": 0, "important": 1, "core": 2}


@pytest.mark.parametrize(("harmed", "place"), list(product(MATRIX, range(3))))
def test_each_cell_of_the_matrix(harmed: str, place: int) -> None:
    degree = ("very_serious", "serious", "ordinary")[place]
    assert grade_of({harmed: degree}) == MATRIX[harmed][place]


@given(st.dictionaries(st.sampled_from(list(Harmed)), st.sampled_from(list(Degree))))
def test_a_set_takes_the_highest_grade_of_its_parts(harms) -> None:
    found = grade_of(harms)
    parts = [grade_of({harmed: degree}) for harmed, degree in harms.items()]
    assert RANK[found] == max((RANK[one] for one in parts), default=0)


def test_core_never_passes_and_important_only_by_controlled_delivery() -> None:
    assert against_grade(Grade.CORE, ["api"]) == ["grade_core"]
    assert against_grade(Grade.IMPORTANT, ["api"]) == []
    assert against_grade(Grade.IMPORTANT, ["api", "file"]) == [
        "important_needs_controlled_delivery"
    ]
    assert against_grade(Grade.GENERAL, ["file"]) == []
    assert is_file_deliverable("general")
    assert not is_file_deliverable("important")
