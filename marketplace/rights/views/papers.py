"""Papers a provider files with a file, and the operator's answer to them."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import queries as accounts
from marketplace.accounts import service as account_service
from marketplace.accounts import uploads
from marketplace.core.access import Permission, require, visible
from marketplace.core.database import find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.datasets import queries as datasets
from marketplace.rights import schemas, service
from marketplace.rights.models import Authorisation, OutsideCertificate, PublicRegistration
from marketplace.rights.states import AUTHORISATION_LIFE, OUTSIDE_LIFE, REGISTRATION_LIFE
from marketplace.rights.views.blueprint import choices, views
from marketplace.web.forms import Form
from marketplace.web.schemas import In
from marketplace.web.session import current_actor

FILING: dict[str, tuple[Any, type[In]]] = {
    "outside": (service.enter_outside, schemas.OutsideCertificateIn),
    "registration": (service.file_registration, schemas.PublicRegistrationIn),
    "authorisation": (service.file_authorisation, schemas.AuthorisationIn),
}
MODELS: dict[str, tuple[Any, Any]] = {
    "outside": (OutsideCertificate, OUTSIDE_LIFE),
    "registration": (PublicRegistration, REGISTRATION_LIFE),
    "authorisation": (Authorisation, AUTHORISATION_LIFE),
}
ANSWERS: dict[tuple[str, str], Any] = {
    ("outside", "confirm"): service.confirm_outside,
    ("outside", "refuse"): service.refuse_outside,
    ("registration", "confirm"): service.confirm_registration,
    ("registration", "refuse"): service.refuse_registration,
    ("registration", "cancel"): service.cancel_registration,
    ("authorisation", "confirm"): service.confirm_authorisation,
    ("authorisation", "refuse"): service.refuse_authorisation,
    ("authorisation", "cancel"): service.cancel_authorisation,
}


@views.route("/datasets/<uuid:dataset_id>/file/<kind>", methods=["GET", "POST"])
def file_paper(dataset_id: UUID, kind: str) -> ResponseReturnValue:
    """File an outside certificate, a public registration or an authorisation, with its paper."""
    actor = current_actor()
    require(actor, Permission.CLAIM_SUBMIT)
    if kind not in FILING:
        raise NotFound()
    dataset = datasets.dataset(actor, dataset_id)
    command, schema = FILING[kind]
    uploads.bound_request()
    form = Form(schema(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            paper = uploads.form_paper("file", kind)
            with transaction():
                document = account_service.add_document(
                    actor, paper.kind, paper.name, paper.media_type, paper.blob
                )
                command(actor, dataset_id, document_id=document.id, **form.data)
            return redirect(url_for("rights.index"), code=303)
        except (Invalid, Conflict, Forbidden) as refusal:
            form.refuse(refusal)
            dataset = datasets.dataset(actor, dataset_id)
    page = render_template(
        "rights/file.html", form=form, dataset=dataset, kind=kind, choices=choices()
    )
    return page, 422 if form.errors else 200


@views.route("/papers/<kind>/<uuid:paper_id>", methods=["GET", "POST"])
def paper(kind: str, paper_id: UUID) -> ResponseReturnValue:
    """One filed paper; the operator answers it here."""
    actor = current_actor()
    if kind not in MODELS:
        raise NotFound()
    model, life = MODELS[kind]
    found = find(visible(actor, model), paper_id)
    form = Form(schemas.OptionalCaseNoteIn(), request.form)
    action = request.form.get("action", "")
    if request.method == "POST" and not form.errors:
        if (kind, action) not in ANSWERS:
            raise NotFound()
        try:
            with transaction():
                ANSWERS[kind, action](actor, paper_id, note=form.data.get("note", ""))
            return redirect(url_for("rights.paper", kind=kind, paper_id=paper_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            found = find(visible(actor, model), paper_id)
    page = render_template(
        "rights/paper.html",
        form=form,
        paper=found,
        kind=kind,
        open=life.open_to(actor, found),
        dataset=datasets.dataset_by_id(found.dataset_id),
        provider=accounts.organisation(found.provider_id),
        document=accounts.document_of(found.document_id),
    )
    return page, 422 if form.errors else 200


@views.get("/papers/<kind>/<uuid:paper_id>/file")
def paper_file(kind: str, paper_id: UUID) -> ResponseReturnValue:
    """The file behind a filed paper."""
    if kind not in MODELS:
        raise NotFound()
    found = find(visible(current_actor(), MODELS[kind][0]), paper_id)
    return uploads.as_attachment(accounts.document_of(found.document_id))
