"""Drafting, reading, signing and ending a contract, on pages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.accounts import queries as accounts
from marketplace.core.access import Permission, require
from marketplace.core.clock import today
from marketplace.core.errors import Conflict
from marketplace.core.events import history
from marketplace.ledger import log
from marketplace.licensing import document
from marketplace.licensing.templates import template
from marketplace.licensing.terms import DraftIn
from marketplace.trading import drafting, fees, queries, schemas, service
from marketplace.trading.models import Contract, Request
from marketplace.trading.printing import pdf_of
from marketplace.trading.states import CONTRACT_LIFE
from marketplace.trading.views.pages import Answer, done, language, tried, views
from marketplace.web.forms import Form
from marketplace.web.session import current_actor


@views.route("/requests/<uuid:request_id>/contract", methods=["GET", "POST"])
def draft(request_id: UUID) -> Answer:
    """Fill in the terms that were not negotiated."""
    actor = current_actor()
    require(actor, Permission.ACCESS_ANSWER)
    one = queries.request(actor, request_id)
    form = Form(DraftIn(), request.form, start=drafting.suggested(one))
    made: list[UUID] = []
    if tried(form, lambda: made.append(service.draft(actor, request_id, **form.data).id)):
        return redirect(url_for("trading.show_contract", contract_id=made[0]), 303)
    return _draft_page(form, drafting.agreed(one), one)


@views.route("/contracts/<uuid:contract_id>/terms", methods=["GET", "POST"])
def revise(contract_id: UUID) -> Answer:
    """Change a draft."""
    actor = current_actor()
    require(actor, Permission.ACCESS_ANSWER)
    contract = queries.contract(actor, contract_id)
    form = Form(DraftIn(), request.form, start=contract.terms)
    if tried(form, lambda: service.revise(actor, contract_id, **form.data)):
        return redirect(url_for("trading.show_contract", contract_id=contract_id), 303)
    one = queries.request(actor, contract.request_id)
    return _draft_page(form, drafting.agreed(one), one)


def _draft_page(form: Form, agreed: dict[str, Any], one: Request) -> Answer:
    chosen = template()
    page = render_template(
        "trading/draft.html",
        form=form,
        one=one,
        template=chosen,
        language=language(),
        agreed=[
            (field.label[language()], document.shown(chosen, agreed, field.name, language()))
            for field in chosen.fields
            if field.is_agreed
        ],
        options=_options(chosen),
    )
    return page, 422 if form.errors else 200


def _options(chosen: Any) -> dict[str, list[tuple[str, str]]]:
    """The words of each kind of choice, in the reader's language."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key in chosen.words:
        kind, _dot, value = key.partition(".")
        found.setdefault(kind, []).append((value, chosen.word(key, language())))
    return found


@views.get("/contracts/<uuid:contract_id>")
def show_contract(contract_id: UUID) -> Answer:
    """The clauses with risks first, the signatures, and what can be done now."""
    return _show_contract(contract_id)


def _show_contract(
    contract_id: UUID, signing: Form | None = None, ending: Form | None = None
) -> Answer:
    actor = current_actor()
    contract = queries.contract(actor, contract_id)
    chosen = template(contract.template, contract.template_version)
    said = [
        (field, document.shown(chosen, contract.terms, field.name, language()))
        for field in chosen.fields
    ]
    signing, ending = signing or Form(schemas.SignIn()), ending or Form(schemas.ContractEndIn())
    page = render_template(
        "trading/contract.html",
        contract=contract,
        names=accounts.names([contract.provider_id, contract.buyer_id]),
        risks=[(field.label[language()], value) for field, value in said if field.is_risk],
        others=[(field.label[language()], value) for field, value in said if not field.is_risk],
        text=document.blocks(document.as_text(contract.as_json, language()))
        if contract.document
        else [],
        open_to=CONTRACT_LIFE.open_to(actor, contract),
        can_sign=_can_sign(actor, contract),
        fee=fees.fee(contract.amount_fen, today()),
        order=queries.order_of_contract(contract.id),
        entry=log.entry_of(contract.id, "contract"),
        events=history("contracts", contract.id),
        is_buyer=actor.belongs_to(contract.buyer_id),
        signing=signing,
        ending=ending,
    )
    return page, 422 if signing.errors or ending.errors else 200


def _can_sign(actor: Any, contract: Contract) -> bool:
    has_signed = any(actor.belongs_to(one.organisation_id) for one in contract.signatures)
    is_party = actor.belongs_to(contract.provider_id) or actor.belongs_to(contract.buyer_id)
    may = actor.may(Permission.CONTRACT_SIGN)
    return contract.status == "signing" and may and is_party and not has_signed


@views.post("/contracts/<uuid:contract_id>/sign")
def sign(contract_id: UUID) -> Answer:
    """Sign with the PIN, or with a signature brought along."""
    actor = current_actor()
    form = Form(schemas.SignIn(), request.form)

    def act() -> None:
        if form.data["jws"]:
            service.sign_with_own_key(actor, contract_id, form.data["jws"])
        else:
            service.sign_with_pin(actor, contract_id, form.data["pin"])

    if tried(form, act):
        flash(_("已签署。"), "success")
        return redirect(url_for("trading.show_contract", contract_id=contract_id), 303)
    return _show_contract(contract_id, signing=form)


@views.post("/contracts/<uuid:contract_id>/<any(issue,reopen,abandon):action>")
def move_contract(contract_id: UUID, action: str) -> Answer:
    """Send out to be signed, send back, or give up."""
    actor = current_actor()
    commands: dict[str, tuple[Callable[..., Any], str]] = {
        "issue": (service.issue, _("合同文本已定稿，等待双方签署。")),
        "reopen": (service.reopen, _("已退回供方修改。")),
        "abandon": (service.abandon, _("合同已放弃。")),
    }
    command, said = commands[action]
    address = url_for("trading.show_contract", contract_id=contract_id)
    return done(lambda: command(actor, contract_id), said, address)


@views.post("/contracts/<uuid:contract_id>/end")
def end(contract_id: UUID) -> Answer:
    """End a contract early."""
    actor = current_actor()
    form = Form(schemas.ContractEndIn(), request.form)
    if tried(form, lambda: service.end(actor, contract_id, **form.data)):
        flash(_("合同已终止，交付随即停止。"), "success")
        return redirect(url_for("trading.show_contract", contract_id=contract_id), 303)
    return _show_contract(contract_id, ending=form)


@views.get("/contracts/<uuid:contract_id>/contract.pdf")
def contract_pdf(contract_id: UUID) -> Answer:
    """The contract on paper."""
    contract = queries.contract(current_actor(), contract_id)
    if contract.document is None:
        raise Conflict("contract_not_issued", status=contract.status)
    return pdf_of(contract, language())


@views.get("/contracts/<uuid:contract_id>/document.json")
def contract_document(contract_id: UUID) -> Answer:
    """The exact bytes that were signed, to keep."""
    contract = queries.contract(current_actor(), contract_id)
    if contract.document is None:
        raise Conflict("contract_not_issued", status=contract.status)
    answer = Response(contract.document_bytes, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{contract.number}.json"'
    return answer
