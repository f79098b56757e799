"""The operator's desk: registrations to verify, and cases about one code claimed twice."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.accounts import credit_code, queries, service
from marketplace.accounts.models import ClaimCase, Organisation
from marketplace.accounts.schemas import CaseDecisionIn, RegistrationReturnIn, SuspensionIn
from marketplace.accounts.states import (
    CASE_LIFE,
    ORGANISATION_LIFE,
    CaseStatus,
    OrganisationStatus,
    ReturnReason,
)
from marketplace.accounts.views.blueprint import views
from marketplace.core.access import Permission, require, visible
from marketplace.core.database import find, transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.events import history
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor


@views.get("/queue")
def queue() -> ResponseReturnValue:
    """Organisations by status; those that wait come first."""
    actor = current_actor()
    require(actor, Permission.ORGANISATION_VERIFY)
    status = request.args.get("status", "registered")
    if status not in set(OrganisationStatus):
        status = "registered"
    return render_template(
        "accounts/queue.html",
        page=page_of(queries.queue(actor, status), Organisation, request.args.get("cursor")),
        status=status,
        statuses=list(OrganisationStatus),
        open_cases=queries.count_cases(actor, "open"),
    )


@views.get("/queue/<uuid:organisation_id>")
def registration(organisation_id: UUID) -> ResponseReturnValue:
    """One registration: what it says, its papers, its history, and the decision."""
    return _registration(organisation_id, Form(RegistrationReturnIn()))


def _registration(organisation_id: UUID, form: Form) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.ORGANISATION_VERIFY)
    home = find(visible(actor, Organisation), organisation_id)
    page = render_template(
        "accounts/registration.html",
        form=form,
        home=home,
        reading=credit_code.read(home.credit_code),
        papers=queries.papers_of(actor, home.id),
        members=queries.members_of(actor, home.id),
        claims=[one for one in queries.claims_on(home.credit_code) if one.id != home.id],
        case=queries.open_case_of(home.id),
        confirmed=queries.has_confirmed_member(home.id),
        events=history("organisations", home.id),
        actions=ORGANISATION_LIFE.open_to(actor, home),
        reasons=[(str(one), label(f"return_reason.{one}")) for one in ReturnReason],
        suspend_form=Form(SuspensionIn()),
    )
    return page, 422 if form.errors else 200


@views.post("/queue/<uuid:organisation_id>/verify")
def verify(organisation_id: UUID) -> ResponseReturnValue:
    """Confirm that the organisation is who it says."""
    form = Form(RegistrationReturnIn())
    try:
        with transaction():
            service.verify(current_actor(), organisation_id)
    except Conflict as refusal:
        form.refuse(refusal)
        return _registration(organisation_id, form)
    flash(_("已通过核验。"), "success")
    return redirect(url_for("accounts.queue"), code=303)


@views.post("/queue/<uuid:organisation_id>/return")
def return_registration(organisation_id: UUID) -> ResponseReturnValue:
    """Give a registration back with coded reasons."""
    form = Form(RegistrationReturnIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                service.return_registration(
                    current_actor(), organisation_id, form.data["reasons"], form.data["note"]
                )
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("已退回，申请人会收到理由。"), "success")
            return redirect(url_for("accounts.queue"), code=303)
    return _registration(organisation_id, form)


@views.post("/queue/<uuid:organisation_id>/suspend")
def suspend(organisation_id: UUID) -> ResponseReturnValue:
    """Stop an organisation from trading."""
    form = Form(SuspensionIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                service.suspend(current_actor(), organisation_id, form.data["note"])
        except Conflict as refusal:
            form.refuse(refusal)
        else:
            flash(_("已暂停该单位的交易。"), "warning")
            return redirect(
                url_for("accounts.registration", organisation_id=organisation_id), code=303
            )
    return _registration(organisation_id, form)


@views.post("/queue/<uuid:organisation_id>/restore")
def restore(organisation_id: UUID) -> ResponseReturnValue:
    """Let a suspended organisation trade again."""
    with transaction():
        service.restore(current_actor(), organisation_id)
    flash(_("已恢复该单位的交易。"), "success")
    return redirect(url_for("accounts.registration", organisation_id=organisation_id), code=303)


@views.get("/cases")
def cases() -> ResponseReturnValue:
    """Cases in which two organisations claim one credit code."""
    actor = current_actor()
    require(actor, Permission.ORGANISATION_VERIFY)
    status = request.args.get("status", "open")
    rows = visible(actor, ClaimCase).where(ClaimCase.status == status)
    page = page_of(rows, ClaimCase, request.args.get("cursor"))
    parties = [key for case in page.items for key in (case.holder_id, case.claimant_id)]
    return render_template(
        "accounts/cases.html",
        page=page,
        status=status,
        statuses=list(CaseStatus),
        names=queries.names(parties),
    )


@views.route("/cases/<uuid:case_id>", methods=["GET", "POST"])
def case(case_id: UUID) -> ResponseReturnValue:
    """Both parties side by side, and the decision."""
    actor = current_actor()
    require(actor, Permission.ORGANISATION_VERIFY)
    form = Form(CaseDecisionIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.decide_case(actor, case_id, form.data["action"], form.data["note"])
        except Conflict as refusal:
            form.refuse(refusal)
        else:
            flash(_("已作出决定，双方会收到通知。"), "success")
            return redirect(url_for("accounts.case", case_id=case_id), code=303)
    row = find(visible(actor, ClaimCase), case_id)
    page = render_template(
        "accounts/case.html",
        form=form,
        case=row,
        parties=[_party(row.holder_id), _party(row.claimant_id)],
        events=history("claim_cases", row.id),
        actions=CASE_LIFE.open_to(actor, row),
    )
    return page, 422 if form.errors else 200


def _party(organisation_id: UUID) -> dict[str, object]:
    actor = current_actor()
    return {
        "home": queries.organisation(organisation_id),
        "papers": queries.papers_of(actor, organisation_id),
        "members": queries.members_of(actor, organisation_id),
    }
