"""What the applicant does with a claim: draft, prove, submit, supply, withdraw."""

from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core.access import Actor, Permission, require, require_verified, visible
from marketplace.core.clock import now, today
from marketplace.core.database import add, db, find, hold
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.lives import born
from marketplace.core.numbers import next_number
from marketplace.core.working_days import deadline
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.rights import clocks, codes, eligibility, queries
from marketplace.rights.industries import is_industry
from marketplace.rights.models import Claim, Evidence
from marketplace.rights.states import (
    Circumstance,
    ClaimStatus,
    Right,
    Route,
)
from marketplace.rights.states import claim_life as life_of

TRADERS = frozenset({"enterprise", "public", "institution"})


def draft(
    actor: Actor, dataset_id: UUID, *, registrar_id: UUID | None = None, **fields: Any
) -> Claim:
    """Begin a claim to one's own dataset. `fields` are those of annex 1, as `schemas.ClaimIn` has them.

    Invalid names the fields; Forbidden `organisation_may_not_claim` for platform and registrars,
    who may not register data of their own (guide art. 10).
    """
    require(actor, Permission.CLAIM_SUBMIT)
    dataset = _own_dataset(actor, dataset_id)
    assert actor.organisation_id is not None
    kind = accounts.organisation(actor.organisation_id).kind
    if kind not in TRADERS:
        raise Forbidden("organisation_may_not_claim", kind=kind)
    _check(dataset, fields)
    claim = Claim(
        status=ClaimStatus.DRAFT,
        provider_id=actor.organisation_id,
        dataset_id=dataset.id,
        source=dataset.source or "",
        handler_id=_handler(fields["route"], registrar_id, may_be_missing=True),
        **fields,
    )
    born(claim, actor, "claim.drafted", route=str(claim.route))
    return claim


def revise(
    actor: Actor, claim_id: UUID, *, registrar_id: UUID | None = None, **fields: Any
) -> Claim:
    """Change a draft, or a claim that is being supplemented (its route then stays)."""
    claim = _own(actor, claim_id)
    _editable(claim)
    if claim.status == ClaimStatus.SUPPLEMENT and fields["route"] != claim.route:
        raise Conflict("route_is_fixed", claim_id=str(claim.id))
    dataset = _own_dataset(actor, claim.dataset_id)
    _check(dataset, fields)
    if claim.status == ClaimStatus.DRAFT:
        claim.handler_id = _handler(fields["route"], registrar_id, may_be_missing=True)
    claim.source = dataset.source or ""
    for name, value in fields.items():
        setattr(claim, name, value)
    db.session.flush()
    return claim


def attach(actor: Actor, claim_id: UUID, document_id: UUID, proves: str) -> Evidence:
    """Put one of the organisation's papers beside the claim: what it `proves` is a word of the form."""
    claim = _own(actor, claim_id)
    _editable(claim)
    document = accounts.document(actor, document_id)
    if document.organisation_id != claim.provider_id:
        raise Forbidden("wrong_organisation")
    return add(Evidence(claim_id=claim.id, document_id=document.id, proves=proves))


def detach(actor: Actor, claim_id: UUID, evidence_id: UUID) -> None:
    """Take a paper away again, while the claim may still be changed."""
    claim = _own(actor, claim_id)
    _editable(claim)
    for one in queries.evidence_of(claim.id):
        if one.id == evidence_id:
            db.session.delete(one)
    db.session.flush()


def submit(actor: Actor, claim_id: UUID) -> Claim:
    """Hand the claim to the handler: the clock of three working days for acceptance starts."""
    claim = hold(visible(actor, Claim), claim_id)
    require(actor, Permission.CLAIM_SUBMIT)
    require_verified(actor)
    claim.handler_id = _handler(claim.route, claim.handler_id)
    _ready(claim)
    life_of(claim).take(actor, claim, "submit")
    claim.number = codes.case_number(today(), next_number(f"claim:{today():%Y}"))
    claim.submitted_at = now()
    claim.acceptance_due = deadline(today(), clocks.ACCEPTANCE).day
    db.session.flush()
    return claim


def supply(actor: Actor, claim_id: UUID) -> Claim:
    """Answer the one supplement list: the handler has three working days again."""
    claim = hold(visible(actor, Claim), claim_id)
    _ready(claim)
    life_of(claim).take(actor, claim, "supply")
    claim.acceptance_due = deadline(today(), clocks.ACCEPTANCE).day
    claim.supplement_due = None
    db.session.flush()
    return claim


def withdraw(actor: Actor, claim_id: UUID) -> Claim:
    """Give a claim up before its notice."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "withdraw")
    return claim


def _own(actor: Actor, claim_id: UUID) -> Claim:
    require(actor, Permission.CLAIM_SUBMIT)
    claim = hold(visible(actor, Claim), claim_id)
    if not actor.belongs_to(claim.provider_id):
        raise Forbidden("wrong_organisation")
    return claim


def _own_dataset(actor: Actor, dataset_id: UUID) -> Dataset:
    dataset = find(visible(actor, Dataset), dataset_id)
    if not actor.belongs_to(dataset.provider_id):
        raise Forbidden("wrong_organisation")
    return dataset


def _editable(claim: Claim) -> None:
    if claim.status not in {ClaimStatus.DRAFT, ClaimStatus.SUPPLEMENT}:
        raise Conflict("wrong_state", status=claim.status, action="revise")


def _handler(route: str, registrar_id: UUID | None, *, may_be_missing: bool = False) -> UUID | None:
    """The organisation that handles the route: the platform, or the registrar that was chosen."""
    if route == Route.PRECHECK:
        platform = queries.platform()
        if platform is None and not may_be_missing:
            raise Conflict("platform_missing")
        return platform.id if platform else None
    if registrar_id in {one.id for one in queries.registrars()}:
        return registrar_id
    raise Invalid("registrar_not_configured", {"registrar_id": ["registrar_not_configured"]})


def _check(dataset: Dataset, fields: dict[str, Any]) -> None:
    """The rules of the form that need more than one field."""
    wrong: dict[str, list[str]] = {}
    if not is_industry(fields["industry"]):
        wrong["industry"] = ["industry_unknown"]
    begin, end = fields.get("covers_from"), fields.get("covers_until")
    if begin and end and begin > end:
        wrong["covers_until"] = ["period_reversed"]
    case = Circumstance(fields["circumstance"])
    if dataset.source and dataset.source not in eligibility.SOURCES[case]:
        wrong["circumstance"] = ["source_differs_from_declaration"]
    elif not _allowed(fields):
        wrong["rights"] = _refusals(fields)
    if wrong:
        raise Invalid("invalid", wrong)


def _allowed(fields: dict[str, Any]) -> bool:
    return bool(fields["rights"]) and not _refused(fields)


def _refused(fields: dict[str, Any]) -> set[Right]:
    allowed = eligibility.allowed(
        fields["circumstance"], fields.get("contract_grants", ()), fields.get("conditions", ())
    )
    return {Right(one) for one in fields["rights"]} - allowed


def _refusals(fields: dict[str, Any]) -> list[str]:
    """Why each right that was ticked may not be claimed, as codes."""
    if not fields["rights"]:
        return ["field_required"]
    refused = _refused(fields)
    found = eligibility.judge(
        fields["circumstance"], fields.get("contract_grants", ()), fields.get("conditions", ())
    )
    return list(dict.fromkeys(f"eligibility_{one.reason}" for one in found if one.right in refused))


def _ready(claim: Claim) -> None:
    """What must be there before the handler sees a claim."""
    dataset = datasets.dataset_by_id(claim.dataset_id)
    if not dataset.is_declared:
        raise Conflict("declaration_missing", dataset_id=str(dataset.id))
    if datasets.latest_version(dataset.id) is None:
        raise Conflict("no_ready_version", dataset_id=str(dataset.id))
    if not any(one.proves == "acquisition" for one in queries.evidence_of(claim.id)):
        raise Conflict("acquisition_not_evidenced", claim_id=str(claim.id))
    fields = {
        "rights": claim.rights,
        "circumstance": claim.circumstance,
        "contract_grants": claim.contract_grants,
        "conditions": claim.conditions,
    }
    if not _allowed(fields):
        raise Invalid("invalid", {"rights": _refusals(fields)})
