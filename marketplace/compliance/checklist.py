"""What a reviewer goes through, each item with its clause. Pure; the words stand in the messages.

An item applies to some cases only; those that do not apply are not asked. An answered item holds
`answer` (seen, doubt, not_applicable) and `note`; a doubt needs a note.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.compliance.states import Answer
from marketplace.core.errors import Invalid


@dataclass(frozen=True)
class Item:
    """One thing to look at, the clauses it comes from, and the case it is asked in."""

    code: str
    clauses: tuple[str, ...]
    group: str
    asked_of: str = "all"  # all, personal, public, crawled, important
    may_be_skipped: bool = True


ITEMS: tuple[Item, ...] = (
    Item("source_lawful", ("DSL 32", "DSL 33"), "source", may_be_skipped=False),
    Item("source_declared", ("DSL 33", "S1 附件1"), "source", may_be_skipped=False),
    Item("rights_evidenced", ("S1 21", "S1 31"), "source", may_be_skipped=False),
    Item("crawled_without_intrusion", ("S8 18", "S1 21"), "source", "crawled"),
    Item("state_secret_reviewed", ("保守国家秘密法 35",), "security", may_be_skipped=False),
    Item("grade_fits", ("GB/T 43697", "DSL 21"), "security", may_be_skipped=False),
    Item("important_risk_assessed", ("S8 31", "S5"), "security", "important"),
    Item("personal_information_scanned", ("PIPL 4", "S8 12"), "personal", may_be_skipped=False),
    Item("anonymised_or_consented", ("PIPL 23", "PIPL 73"), "personal", "personal"),
    Item("separate_consent", ("PIPL 23", "PIPL 29"), "personal", "personal"),
    Item("sensitive_kinds", ("PIPL 28", "PIPL 31"), "personal", "personal"),
    Item("impact_assessed", ("PIPL 55", "PIPL 56"), "personal", "personal"),
    Item("public_registration", ("发改数据规〔2025〕26号",), "public", "public", False),
    Item("authorisation_live", ("S3 14", "S3 16"), "public", "public", False),
    Item("purpose_stated", ("S3 16", "S4"), "public", "public", False),
    Item("purposes_bounded", ("S8 12", "GF-2025-2615"), "use", may_be_skipped=False),
    Item("reidentification_prohibited", ("PIPL 73", "GF-2025-2615"), "use", may_be_skipped=False),
    Item("description_true", ("S21", "GB/T 36343"), "description", may_be_skipped=False),
    Item("dictionary_complete", ("GB/T 36343",), "description", may_be_skipped=False),
    Item("quality_reported", ("GB/T 36344",), "description"),
)
BY_CODE = {one.code: one for one in ITEMS}


@dataclass(frozen=True)
class Circumstances:
    """What decides which items are asked."""

    has_personal_information: bool
    is_public: bool
    is_crawled: bool


def items_for(case: Circumstances) -> tuple[Item, ...]:
    """The items of this case, in order."""
    asked = {
        "all": True,
        "personal": case.has_personal_information,
        "public": case.is_public,
        "crawled": case.is_crawled,
        "important": False,
    }
    return tuple(one for one in ITEMS if asked[one.asked_of])


def check(case: Circumstances, marks: Mapping[str, Any]) -> None:
    """Invalid for an unknown item or answer, a doubt without a note, a needed item skipped."""
    known = {one.code: one for one in items_for(case)}
    wrong: dict[str, list[str]] = {}
    for code, mark in marks.items():
        problem = _problem(known.get(code), mark)
        if problem:
            wrong[f"checklist.{code}"] = [problem]
    if wrong:
        raise Invalid("checklist_not_valid", wrong)


def unresolved(case: Circumstances, marks: Mapping[str, Any]) -> tuple[str, ...]:
    """The items that stand against a pass: not looked at, or in doubt."""
    return tuple(
        one.code
        for one in items_for(case)
        if _answer(marks.get(one.code)) not in {Answer.SEEN, Answer.NOT_APPLICABLE}
    )


def _answer(mark: Any) -> str:
    return str(mark.get("answer", "")) if isinstance(mark, Mapping) else ""


def _problem(item: Item | None, mark: Any) -> str | None:
    answer = _answer(mark)
    if item is None:
        return "item_unknown"
    if answer not in {str(one) for one in Answer}:
        return "field_invalid"
    if answer == Answer.NOT_APPLICABLE and not item.may_be_skipped:
        return "item_always_applies"
    if answer == Answer.DOUBT and not str(mark.get("note", "")).strip():
        return "doubt_needs_note"
    return None
