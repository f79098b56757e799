"""The page of a certificate, its downloads, and what its keeper notes on it."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries as accounts
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.events import history
from marketplace.ledger import log
from marketplace.rights import printing, queries, schemas, service
from marketplace.rights.states import CERTIFICATE_LIVES, Scheme
from marketplace.rights.views.blueprint import choices, views
from marketplace.web.forms import Form
from marketplace.web.schemas import In
from marketplace.web.session import current_actor

WRITTEN: dict[str, tuple[Any, type[In]]] = {
    "remark": (service.remark, schemas.CertificateRemarkIn),
    "cancel": (service.cancel_certificate, schemas.CaseReasonIn),
    "change": (service.change_certificate, schemas.CaseReasonIn),
}


@views.get("/certificates/<uuid:certificate_id>")
def certificate(certificate_id: UUID) -> ResponseReturnValue:
    """A certificate: its public part for anybody, its papers for those concerned."""
    actor = current_actor()
    found = queries.certificate(certificate_id)
    try:
        queries.certificate_in_full(actor, certificate_id)
        is_full = True
    except NotFound:
        is_full = False
    return render_template(
        "rights/certificate.html",
        certificate=found,
        holder=accounts.organisation(found.holder_id),
        remarks=queries.remarks_of(found.id),
        entry=log.entry_of(found.id, "registration"),
        open=CERTIFICATE_LIVES[Scheme(found.scheme)].open_to(actor, found),
        events=history("certificates", found.id) if is_full else [],
        is_full=is_full,
    )


@views.get("/certificates/<uuid:certificate_id>.pdf")
def certificate_pdf(certificate_id: UUID) -> ResponseReturnValue:
    """The paper."""
    found = queries.certificate_in_full(current_actor(), certificate_id)
    answer = Response(printing.of_certificate(found), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}.pdf"'
    return answer


@views.get("/certificates/<uuid:certificate_id>.jwt")
def certificate_credential(certificate_id: UUID) -> ResponseReturnValue:
    """The signed credential."""
    found = queries.certificate_in_full(current_actor(), certificate_id)
    answer = Response(found.vc_jws, content_type="application/vc+jwt")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}.vc.jwt"'
    return answer


@views.route("/certificates/<uuid:certificate_id>/write/<action>", methods=["GET", "POST"])
def write_on_certificate(certificate_id: UUID, action: str) -> ResponseReturnValue:
    """Remark, cancel or mark as changed: for the people who keep the register."""
    actor = current_actor()
    if action not in WRITTEN:
        raise NotFound()
    found = queries.certificate(certificate_id)
    if "cancel" not in CERTIFICATE_LIVES[Scheme(found.scheme)].open_to(actor, found):
        raise NotFound(id=str(certificate_id))
    command, schema = WRITTEN[action]
    form = Form(schema(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                command(actor, certificate_id, **form.data)
            return redirect(url_for("rights.certificate", certificate_id=certificate_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    page = render_template(
        "rights/write_certificate.html",
        form=form,
        certificate=queries.certificate(certificate_id),
        action=action,
        choices=choices(),
    )
    return page, 422 if form.errors else 200


@views.post("/certificates/<uuid:certificate_id>/remarks/<uuid:remark_id>/lift")
def lift_remark(certificate_id: UUID, remark_id: UUID) -> ResponseReturnValue:
    """End a remark."""
    with transaction():
        service.lift_remark(current_actor(), certificate_id, remark_id)
    return redirect(url_for("rights.certificate", certificate_id=certificate_id), code=303)
