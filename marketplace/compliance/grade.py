"""The grade of data by GB/T 43697-2024: object harmed × degree of harm. Pure."""

from collections.abc import Iterable, Mapping

from marketplace.compliance.states import Degree, Grade, Harmed

CORE, IMPORTANT, GENERAL = Grade.CORE, Grade.IMPORTANT, Grade.GENERAL
_MIDDLE = {
    Degree.VERY_SERIOUS: CORE,
    Degree.SERIOUS: IMPORTANT,
    Degree.ORDINARY: GENERAL,
}
_LOW = dict.fromkeys(Degree, GENERAL)
MATRIX: dict[Harmed, dict[Degree, Grade]] = {
    Harmed.NATIONAL_SECURITY: {
        Degree.VERY_SERIOUS: CORE,
        Degree.SERIOUS: CORE,
        Degree.ORDINARY: IMPORTANT,
    },
    Harmed.ECONOMY: _MIDDLE,
    Harmed.SOCIAL_ORDER: _MIDDLE,
    Harmed.PUBLIC_INTEREST: _MIDDLE,
    Harmed.ORGANISATION: _LOW,
    Harmed.PERSON: _LOW,
}
_RANK = {GENERAL: 0, IMPORTANT: 1, CORE: 2}
CONTROLLED_MODES = frozenset({"api", "query", "clean_room"})


def grade_of(harms: Mapping[str, str]) -> Grade:
    """The grade of one statement: object → degree, for each object that would be harmed."""
    found = [MATRIX[Harmed(harmed)][Degree(degree)] for harmed, degree in harms.items()]
    return highest(found)


def highest(grades: Iterable[Grade | str]) -> Grade:
    """A set is graded as its highest part; nothing harmed is general."""
    return max((Grade(one) for one in grades), key=_RANK.__getitem__, default=GENERAL)


def is_file_deliverable(grade: Grade | str) -> bool:
    """Only general data leaves as a file: important data goes by controlled delivery alone."""
    return Grade(grade) == GENERAL
