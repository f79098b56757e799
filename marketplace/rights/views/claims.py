"""The applicant's pages: the list, the form, the case with its papers and clocks."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries as accounts
from marketplace.accounts import service as account_service
from marketplace.accounts import uploads
from marketplace.core.access import Permission, require
from marketplace.core.clock import today
from marketplace.core.database import db, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.events import history
from marketplace.core.working_days import changed_days
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset
from marketplace.rights import clocks, eligibility, queries, service
from marketplace.rights.models import Claim
from marketplace.rights.schemas import ClaimIn, EvidenceFileIn
from marketplace.rights.states import CLAIM_LIVES, ClaimStatus, Route
from marketplace.rights.views.blueprint import choices, views
from marketplace.web.forms import Form
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

EDITABLE = (ClaimStatus.DRAFT, ClaimStatus.SUPPLEMENT)


@views.get("/")
def index() -> ResponseReturnValue:
    """The organisation's own claims, and the datasets a new one may be about."""
    actor = current_actor()
    require(actor, Permission.CLAIM_SUBMIT)
    page = page_of(queries.claims_of(actor), Claim, request.args.get("cursor"))
    held = db.session.scalars(datasets.datasets(actor).limit(100)).all()
    return render_template(
        "rights/index.html",
        page=page,
        datasets=held,
        certificates=queries.certificates_held(actor),
        papers=queries.papers_filed(actor),
    )


@views.route("/new/<uuid:dataset_id>", methods=["GET", "POST"])
def new(dataset_id: UUID) -> ResponseReturnValue:
    """The form of annex 1 for one dataset."""
    actor = current_actor()
    require(actor, Permission.CLAIM_SUBMIT)
    dataset = datasets.dataset(actor, dataset_id)
    form = Form(ClaimIn(), request.form, _start(dataset))
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                made = service.draft(actor, dataset_id, **form.data).id
            return redirect(url_for("rights.show", claim_id=made), code=303)
        except (Invalid, Conflict, Forbidden) as refusal:
            form.refuse(refusal)
    return _form_page(form, datasets.dataset(actor, dataset_id), None)


@views.route("/claims/<uuid:claim_id>/edit", methods=["GET", "POST"])
def edit(claim_id: UUID) -> ResponseReturnValue:
    """Change a draft, or a claim under supplement."""
    actor = current_actor()
    claim = queries.claim(actor, claim_id)
    start = {name: getattr(claim, name, None) for name in ClaimIn().fields}
    start["registrar_id"] = claim.handler_id
    form = Form(ClaimIn(), request.form, {k: "" if v is None else v for k, v in start.items()})
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.revise(actor, claim_id, **form.data)
            return redirect(url_for("rights.show", claim_id=claim_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _form_page(form, datasets.dataset_by_id(claim.dataset_id), claim)


@views.get("/claims/<uuid:claim_id>")
def show(claim_id: UUID) -> ResponseReturnValue:
    """One case: where it stands, what happens next and when, its papers and its time line."""
    return render_template("rights/show.html", **case_of(claim_id))


@views.post("/claims/<uuid:claim_id>/evidence")
def attach(claim_id: UUID) -> ResponseReturnValue:
    """Upload a paper and put it beside the claim."""
    actor = current_actor()
    require(actor, Permission.CLAIM_SUBMIT)
    queries.claim(actor, claim_id)
    uploads.bound_request()
    form = Form(EvidenceFileIn(), request.form)
    if form.is_valid:
        try:
            paper = uploads.form_paper("file", "evidence")
            with transaction():
                document = account_service.add_document(
                    actor, paper.kind, paper.name, paper.media_type, paper.blob
                )
                service.attach(actor, claim_id, document.id, form.data["proves"])
            return redirect(url_for("rights.show", claim_id=claim_id) + "#evidence", code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return render_template("rights/show.html", **case_of(claim_id) | {"form": form}), 422


@views.post("/claims/<uuid:claim_id>/evidence/<uuid:evidence_id>/remove")
def detach(claim_id: UUID, evidence_id: UUID) -> ResponseReturnValue:
    """Take a paper away again."""
    with transaction():
        service.detach(current_actor(), claim_id, evidence_id)
    return redirect(url_for("rights.show", claim_id=claim_id) + "#evidence", code=303)


@views.get("/claims/<uuid:claim_id>/evidence/<uuid:evidence_id>")
def evidence(claim_id: UUID, evidence_id: UUID) -> ResponseReturnValue:
    """A paper of the claim, for those who see the claim."""
    actor = current_actor()
    claim = queries.claim(actor, claim_id)
    found = next((one for one in queries.evidence_of(claim.id) if one.id == evidence_id), None)
    if found is None:
        raise NotFound(id=str(evidence_id))
    return uploads.as_attachment(accounts.document_of(found.document_id))


def case_of(claim_id: UUID) -> dict[str, Any]:
    """Everything the page of a case shows."""
    actor = current_actor()
    claim = queries.claim(actor, claim_id)
    life = CLAIM_LIVES[Route(claim.route)]
    papers = queries.evidence_of(claim.id)
    mine = actor.belongs_to(claim.provider_id)
    return {
        "claim": claim,
        "provider": accounts.organisation(claim.provider_id),
        "handler": accounts.organisation(claim.handler_id) if claim.handler_id else None,
        "dataset": datasets.dataset_by_id(claim.dataset_id),
        "outlook": clocks.outlook(claim, changed_days()),
        "left": clocks.CaseClock(claim.case_left, claim.case_running_since).remaining(
            today(), changed_days()
        ),
        "judgements": eligibility.judge(
            claim.circumstance, claim.contract_grants, claim.conditions
        ),
        "evidence": [(one, accounts.document_of(one.document_id)) for one in papers],
        "open": life.open_to(actor, claim),
        "objections": queries.objections_to(claim_id=claim.id),
        "certificate": queries.certificate_of_claim(claim.id),
        "events": history("claims", claim.id),
        "may_edit": mine and claim.status in EDITABLE and actor.may(Permission.CLAIM_SUBMIT),
        "is_mine": mine,
        "form": Form(EvidenceFileIn(), None),
        "choices": choices(),
    }


def _start(dataset: Dataset) -> dict[str, Any]:
    """What the form can know from the dataset."""
    return {
        "name": dataset.title,
        "overview": dataset.summary,
        "covers_from": dataset.coverage_from or "",
        "covers_until": dataset.coverage_to or "",
        "restrictions": "无",
        "route": Route.REGISTRAR if queries.registrars() else Route.PRECHECK,
        "region": "city",
        "form": "table",
        "structure": "structured",
    }


def _form_page(form: Form, dataset: Dataset, claim: Claim | None) -> ResponseReturnValue:
    page = render_template(
        "rights/form.html",
        form=form,
        dataset=dataset,
        claim=claim,
        choices=choices(),
        registrars=queries.registrars(),
        table=[(one, eligibility.judge(one)) for one in eligibility.SOURCES],
    )
    return page, 422 if form.errors else 200
