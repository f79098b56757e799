"""The handler's pages: the queue, and one form for each thing that can be done with a case."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries as accounts
from marketplace.core.access import Permission, require
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.working_days import changed_days
from marketplace.rights import clocks, queries, schemas, service
from marketplace.rights.states import CLAIM_LIVES, Route
from marketplace.rights.views.blueprint import choices, views
from marketplace.web.forms import Form
from marketplace.web.schemas import In
from marketplace.web.session import current_actor

SIMPLE = {
    "submit": service.submit,
    "supply": service.supply,
    "withdraw": service.withdraw,
    "accept": service.accept,
    "publish": service.publish,
}
WRITTEN: dict[str, tuple[Any, type[In]]] = {
    "ask_supplement": (service.ask_supplement, schemas.SupplementIn),
    "refuse": (service.refuse, schemas.RefuseClaimIn),
    "terminate": (service.terminate, schemas.CaseNoteIn),
    "extend": (service.extend, schemas.ExtendCaseIn),
    "waive_notice": (service.waive_notice, schemas.CaseReasonIn),
    "endorse": (service.endorse, schemas.OptionalCaseNoteIn),
    "hand_over": (service.hand_over, schemas.HandOverIn),
}


@views.get("/queue")
def queue() -> ResponseReturnValue:
    """The cases of the actor's organisation, the one that is due first on top."""
    actor = current_actor()
    if not actor.may(Permission.CLAIM_PRECHECK):
        require(actor, Permission.CLAIM_REGISTER)
    changed = changed_days()
    cases = [(one, clocks.outlook(one, changed)) for one in queries.cases(actor)]
    cases.sort(key=lambda case: (case[0].is_over, case[1].day is None, str(case[1].day or "")))
    return render_template(
        "rights/queue.html",
        cases=cases,
        names=accounts.names([one.provider_id for one, _ in cases]),
        papers=queries.papers_to_confirm(actor),
        objections=queries.objections_open(actor),
    )


@views.post("/claims/<uuid:claim_id>/do/<action>")
def act(claim_id: UUID, action: str) -> ResponseReturnValue:
    """What needs no words: one button."""
    if action not in SIMPLE:
        raise NotFound()
    with transaction():
        SIMPLE[action](current_actor(), claim_id)
    return redirect(url_for("rights.show", claim_id=claim_id), code=303)


@views.route("/claims/<uuid:claim_id>/write/<action>", methods=["GET", "POST"])
def write(claim_id: UUID, action: str) -> ResponseReturnValue:
    """What needs words: a form on its own page."""
    actor = current_actor()
    if action not in WRITTEN:
        raise NotFound()
    command, schema = WRITTEN[action]
    claim = queries.claim(actor, claim_id)
    form = Form(schema(), request.form)
    if request.method == "POST" and (form.is_valid or not form.errors):
        try:
            with transaction():
                command(actor, claim_id, **form.data)
            return redirect(url_for("rights.show", claim_id=claim_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            claim = queries.claim(actor, claim_id)
    if action not in CLAIM_LIVES[Route(claim.route)].open_to(actor, claim) and not form.errors:
        raise Conflict("wrong_state", status=claim.status, action=action)
    page = render_template(
        "rights/write.html", form=form, claim=claim, action=action, choices=choices()
    )
    return page, 422 if form.errors else 200
