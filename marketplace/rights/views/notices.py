"""Public notices: read by anybody, objected to by anybody by name; answers and decisions."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import papers, uploads
from marketplace.accounts import queries as accounts
from marketplace.core import limits
from marketplace.core.access import visible
from marketplace.core.clock import today
from marketplace.core.database import find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.holdings import holdings
from marketplace.core.working_days import changed_days, working_days_between
from marketplace.ledger import log
from marketplace.rights import limiting, queries, service
from marketplace.rights.clocks import NOTICE
from marketplace.rights.models import Claim, Objection
from marketplace.rights.schemas import ObjectionAnswerIn, ObjectionDecisionIn, ObjectionIn
from marketplace.rights.service.objections import EvidenceFile
from marketplace.rights.states import OBJECTION_LIVES, ClaimStatus, Scheme
from marketplace.rights.views.blueprint import views
from marketplace.web.forms import Form
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor

FILES = (".pdf", ".png", ".jpg", ".jpeg")


@views.get("/notices")
def notices() -> ResponseReturnValue:
    """Claims under public notice, or those whose notice is over. No sign-in."""
    is_open = request.args.get("past") is None
    page = page_of(queries.notices(is_open), Claim, request.args.get("cursor"))
    names = accounts.names([one.provider_id for one in page.items])
    left = {one.id: _left(one) for one in page.items}
    return render_template(
        "rights/notices.html", page=page, names=names, left=left, is_open=is_open
    )


@views.get("/notices/<uuid:claim_id>")
def notice(claim_id: UUID) -> ResponseReturnValue:
    """One notice with its countdown in working days. No sign-in."""
    return render_template("rights/notice.html", **_notice(claim_id))


@views.route("/notices/<uuid:claim_id>/object", methods=["GET", "POST"])
def object_to(claim_id: UUID) -> ResponseReturnValue:
    """Object to a claim, by one's real name, with grounds and a paper."""
    facts = _notice(claim_id)
    return _object(
        "rights/object.html",
        facts,
        {"claim_id": claim_id},
        url_for("rights.notice", claim_id=claim_id),
    )


@views.route("/certificates/<uuid:certificate_id>/object", methods=["GET", "POST"])
def object_to_certificate(certificate_id: UUID) -> ResponseReturnValue:
    """Object to a certificate that was issued."""
    found = queries.certificate(certificate_id)
    return _object(
        "rights/object.html",
        {"claim": None, "certificate": found},
        {"certificate_id": certificate_id},
        url_for("rights.certificate", certificate_id=certificate_id),
    )


@views.route("/objections/<uuid:objection_id>", methods=["GET", "POST"])
def objection(objection_id: UUID) -> ResponseReturnValue:
    """One objection for its parties: the applicant answers here, the handler decides here."""
    actor = current_actor()
    found = find(visible(actor, Objection), objection_id)
    is_mine = actor.belongs_to(found.provider_id)
    form = Form(ObjectionAnswerIn() if is_mine else ObjectionDecisionIn(), request.form)
    if request.method == "POST" and form.is_valid:
        command: Any = service.answer_objection if is_mine else service.decide_objection
        try:
            with transaction():
                command(actor, objection_id, **form.data)
            return redirect(url_for("rights.objection", objection_id=objection_id), code=303)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            found = find(visible(actor, Objection), objection_id)
    page = render_template(
        "rights/objection.html",
        form=form,
        objection=found,
        is_mine=is_mine,
        open=OBJECTION_LIVES[Scheme(found.scheme)].open_to(actor, found),
    )
    return page, 422 if form.errors else 200


@views.get("/objections/<uuid:objection_id>/evidence")
def objection_evidence(objection_id: UUID) -> ResponseReturnValue:
    """The paper that came with an objection, as a download."""
    found = find(visible(current_actor(), Objection), objection_id)
    if not found.evidence_address:
        raise NotFound(id=str(objection_id))
    answer = Response(
        holdings().store().read(found.evidence_address), mimetype="application/octet-stream"
    )
    ending = found.evidence_name.rsplit(".", 1)[-1]
    answer.headers["Content-Disposition"] = f'attachment; filename="objection.{ending}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _left(claim: Claim) -> int:
    """Working days of the notice that are still to come, today not counted."""
    if claim.notice_until is None:
        return 0
    return max(0, working_days_between(today(), claim.notice_until, changed_days()))


def _notice(claim_id: UUID) -> dict[str, Any]:
    claim = queries.notice(claim_id)
    running = claim.status in {ClaimStatus.NOTICE, ClaimStatus.OBJECTED}
    decided = [one for one in queries.objections_to(claim_id=claim.id) if one.decided_at]
    return {
        "claim": claim,
        "certificate": queries.certificate_of_claim(claim.id),
        "provider": accounts.organisation(claim.provider_id),
        "handler": accounts.organisation(claim.handler_id) if claim.handler_id else None,
        "left": _left(claim),
        "most": NOTICE,
        "is_running": running and claim.notice_until is not None and claim.notice_until >= today(),
        "objection_count": len(queries.objections_to(claim_id=claim.id)),
        "decided": decided,
        "entry": log.entry_of(claim.id, "notice"),
    }


def _object(
    template: str, facts: dict[str, Any], target: dict[str, Any], back: str
) -> ResponseReturnValue:
    actor = current_actor()
    uploads.bound_request()
    form = Form(ObjectionIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                limits.check(*limiting.objections(actor, request.remote_addr))
                limits.count(limiting.objections(actor, request.remote_addr)[0])
            evidence = _evidence()
            with transaction():
                service.file_objection(actor, evidence=evidence, **target, **form.data)
            return redirect(back + "?objected=1", code=303)
        except (Invalid, Conflict, Forbidden) as refusal:
            form.refuse(refusal)
    page = render_template(template, form=form, back=back, target=target, **facts)
    return page, 422 if form.errors else 200


def _evidence() -> EvidenceFile | None:
    """The file of an objector who may have no organisation here; checked as every paper is."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return None
    if not given.filename.lower().endswith(FILES):
        raise Invalid("invalid", {"file": ["file_type_not_allowed"]})
    paper = papers.receive("objection", given.filename, iter(lambda: given.stream.read(65536), b""))
    return EvidenceFile(paper.name, paper.media_type, paper.blob.sha256, paper.blob.address)
