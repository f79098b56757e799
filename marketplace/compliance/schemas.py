"""Shapes of reviews, verdicts and take-downs, for API and forms alike."""

from typing import Any

from marshmallow import fields, validate

from marketplace.compliance.states import Answer, Degree, Harmed, Outcome, Reason, TakeDownReason
from marketplace.web.schemas import In, Out, choice, text


class ReviewRequestIn(In):
    version_id = fields.UUID(required=True)


class InterestIn(In):
    """The declaration of interest that comes before everything else."""

    has_conflict = fields.Boolean(load_default=False)
    note = text(400, required=False, load_default="")


class ItemMarkIn(In):
    item = text(40)
    answer = choice(Answer)
    note = text(400, required=False, load_default="")


class ItemAnswerIn(In):
    """The answer to one item within a verdict."""

    answer = choice(Answer)
    note = text(400, required=False, load_default="")


class ConcludeIn(In):
    """A verdict. `harms`: object harmed → degree; `marks`: item → answer, those made before stay."""

    outcome = choice(Outcome)
    reasons = fields.List(choice(Reason), required=True, validate=validate.Length(max=20))
    words = text(1000, required=False, load_default="")
    harms = fields.Dict(keys=choice(Harmed), values=choice(Degree), load_default=dict)
    marks = fields.Dict(keys=text(40), values=fields.Nested(ItemAnswerIn), load_default=dict)


class ConcludeFormIn(In):
    """The same verdict from a form: one select per object harmed, marks made before."""

    outcome = choice(Outcome)
    reasons = fields.List(choice(Reason), load_default=list, validate=validate.Length(max=20))
    words = text(1000, required=False, load_default="")
    national_security = choice(Degree, required=False, load_default="")
    economy = choice(Degree, required=False, load_default="")
    social_order = choice(Degree, required=False, load_default="")
    public_interest = choice(Degree, required=False, load_default="")
    organisation = choice(Degree, required=False, load_default="")
    person = choice(Degree, required=False, load_default="")


class TakeDownIn(In):
    reason = choice(TakeDownReason)
    words = text(1000)


class TakeDownApiIn(TakeDownIn):
    dataset_id = fields.UUID(required=True)


class TakeDownWordsIn(In):
    words = text(1000)


class ReviewFindingOut(Out):
    code = fields.String()
    kind = fields.String()
    facts = fields.Dict()


class ReviewOut(Out):
    """A review as its provider and its reviewers see it."""

    id = fields.UUID()
    number = fields.String()
    version_id = fields.UUID()
    dataset_id = fields.UUID()
    provider_id = fields.UUID()
    status = fields.String()
    due = fields.Date()
    subject_digest = fields.String()
    findings = fields.List(fields.Nested(ReviewFindingOut))
    grade = fields.String(allow_none=True)
    reasons = fields.List(fields.String())
    words = fields.String()
    opinion_number = fields.String(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)
    void_reason = fields.String()


class ChecklistItemOut(Out):
    code = fields.String()
    clauses = fields.List(fields.String())
    group = fields.String()


class SittingOut(Out):
    review_id = fields.UUID()
    has_conflict = fields.Boolean()
    marks = fields.Dict()


class VerdictOut(Out):
    seat = fields.String()
    outcome = fields.String()
    grade = fields.String()
    reasons = fields.List(fields.String())
    words = fields.String()
    checklist = fields.Dict()
    created_at = fields.DateTime()


class TakeDownOut(Out):
    id = fields.UUID()
    dataset_id = fields.UUID()
    status = fields.String()
    reason = fields.String()
    words = fields.String()
    created_at = fields.DateTime()
    lifted_at = fields.DateTime(allow_none=True)


def harms_of(data: dict[str, Any]) -> dict[str, str]:
    """The objects harmed that a form names."""
    return {str(one): data.pop(str(one)) for one in Harmed if data.get(str(one))}


def without_harms(data: dict[str, Any]) -> dict[str, Any]:
    """The rest of that form."""
    return {name: value for name, value in data.items() if name not in {str(one) for one in Harmed}}
