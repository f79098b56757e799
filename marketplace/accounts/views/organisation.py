"""The organisation's own page: facts, papers, members and invitations, signing keys."""

import json
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.accounts import papers, queries, service, signing, uploads
from marketplace.accounts.models import Invitation, Organisation
from marketplace.accounts.schemas import (
    InvitationIn,
    MemberIn,
    OrganisationIn,
    OwnKeyTextIn,
    PaperKindIn,
    PinIn,
    ResubmitIn,
)
from marketplace.accounts.states import ROLES_IN, DocumentKind
from marketplace.accounts.views.blueprint import views
from marketplace.accounts.views.entry import kinds
from marketplace.core.access import STAFF, Actor, Permission, Role, require, visible
from marketplace.core.database import find, transaction
from marketplace.core.errors import Conflict, Invalid, NotSignedIn, TooLarge, TooMany
from marketplace.core.events import history
from marketplace.core.money import yuan
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor


def _own() -> tuple[Actor, Organisation]:
    actor = current_actor()
    if actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    return actor, find(visible(actor, Organisation), actor.organisation_id)


@views.get("/organisation")
def organisation() -> ResponseReturnValue:
    """The organisation at a glance, with what is still to do."""
    actor, home = _own()
    return render_template(
        "accounts/organisation.html",
        home=home,
        papers=queries.papers_of(actor, home.id),
        events=history("organisations", home.id),
        key=queries.key_now(home.id),
        members=queries.members_of(actor, home.id),
        case=queries.open_case_of(home.id),
        confirmed=queries.has_confirmed_member(home.id),
    )


@views.route("/organisation/edit", methods=["GET", "POST"])
def edit_organisation() -> ResponseReturnValue:
    """Address, contact, account for payouts."""
    actor, home = _own()
    require(actor, Permission.ORGANISATION_EDIT)
    account = home.bank_account or {}
    start = {
        "address": home.address,
        "contact": home.contact,
        "bank_name": account.get("name", home.name),
        "bank_number": account.get("number", ""),
        "bank": account.get("bank", ""),
    }
    form = Form(OrganisationIn(), request.form, start=start)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.edit_organisation(
                    actor,
                    address=form.data["address"],
                    contact=form.data["contact"],
                    bank_account=service.bank_account_of(form.data),
                )
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash(_("单位信息已保存。"), "success")
            return redirect(url_for("accounts.organisation"), code=303)
    return render_template("accounts/edit.html", form=form), 422 if form.errors else 200


@views.route("/organisation/resubmit", methods=["GET", "POST"])
def resubmit() -> ResponseReturnValue:
    """Correct a returned registration."""
    actor, home = _own()
    require(actor, Permission.ORGANISATION_EDIT)
    fields = ("name", "credit_code", "kind", "address", "contact")
    form = Form(ResubmitIn(), request.form, start={field: getattr(home, field) for field in fields})
    reasons, note = home.return_reasons, home.return_note
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.resubmit(actor, home.id, service.Application(**form.data))
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("已重新提交，等待核验。"), "success")
            return redirect(url_for("accounts.organisation"), code=303)
    page = render_template(
        "accounts/resubmit.html", form=form, kinds=kinds(), reasons=reasons, remark=note
    )
    return page, 422 if form.errors else 200


# -- papers


@views.route("/documents", methods=["GET", "POST"])
def documents() -> ResponseReturnValue:
    """The organisation's papers."""
    uploads.bound_request()
    actor, home = _own()
    form = Form(PaperKindIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            kind = service.document_kind(form.data["kind"])
            paper = uploads.form_paper("file", kind)
            with transaction():
                service.add_document(actor, kind, paper.name, paper.media_type, paper.blob)
        except (Invalid, TooLarge) as refusal:
            form.refuse(refusal)
        else:
            flash(_("文件已保存。"), "success")
            return redirect(url_for("accounts.documents"), code=303)
    page = render_template(
        "accounts/documents.html",
        form=form,
        papers=queries.papers_of(actor, home.id),
        kinds=[(str(kind), label(f"document_kind.{kind}")) for kind in DocumentKind],
        accept=papers.ACCEPT,
    )
    return page, 422 if form.errors else 200


@views.get("/documents/<uuid:document_id>")
def document(document_id: UUID) -> Response:
    """A paper as an attachment; a reader from another organisation leaves a trace."""
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    with transaction():
        return uploads.as_attachment(service.open_document(actor, document_id))


@views.post("/documents/<uuid:document_id>/remove")
def remove_document(document_id: UUID) -> ResponseReturnValue:
    """Put a paper away."""
    with transaction():
        service.remove_document(current_actor(), document_id)
    flash(_("文件已移除。"), "success")
    return redirect(url_for("accounts.documents"), code=303)


# -- members


@views.route("/members", methods=["GET", "POST"])
def members() -> ResponseReturnValue:
    """Colleagues and invitations; POST invites one more."""
    actor, home = _own()
    form = Form(InvitationIn(), request.form)
    if request.method == "POST":
        require(actor, Permission.MEMBER_INVITE)
        if form.is_valid and _invite(actor, form):
            flash(_("邀请已发出。"), "success")
            return redirect(url_for("accounts.members"), code=303)
        home = queries.organisation(home.id)
    rows = visible(actor, Invitation).where(Invitation.organisation_id == home.id)
    page = render_template(
        "accounts/members.html",
        form=form,
        home=home,
        members=queries.members_of(actor, home.id),
        invitations=page_of(rows, Invitation, request.args.get("cursor")),
        roles=_roles_for(actor, home),
        may_invite=actor.may(Permission.MEMBER_INVITE),
        homes=_staffed(actor),
    )
    return page, 422 if form.errors else 200


def _invite(actor: Actor, form: Form) -> bool:
    data = form.data
    try:
        with transaction():
            service.invite(
                actor,
                data["email"],
                data["name"],
                data["roles"],
                data["signing_limit_yuan"],
                data["organisation_id"],
            )
    except (Invalid, Conflict, TooMany) as refusal:
        form.refuse(refusal)
        return False
    return True


def _staffed(actor: Actor) -> list[tuple[str, str]]:
    """The organisations that an administrator gives people to."""
    if Role.ADMINISTRATOR not in actor.roles:
        return []
    return [(str(home.id), home.name) for home in queries.staffed()]


def _roles_for(actor: Actor, home: Organisation) -> list[tuple[str, str, str]]:
    """The roles that this actor may give in this organisation."""
    if Role.ADMINISTRATOR in actor.roles:
        allowed = set(STAFF) | {Role.MANAGER}
    else:
        allowed = set(ROLES_IN[home.kind]) - STAFF
    return [
        (str(role), label(f"role.{role}"), label(f"role_means.{role}"))
        for role in Role
        if role in allowed
    ]


@views.route("/members/<uuid:membership_id>", methods=["GET", "POST"])
def member(membership_id: UUID) -> ResponseReturnValue:
    """A colleague's roles and signing limit."""
    actor, home = _own()
    require(actor, Permission.MEMBER_INVITE)
    place = queries.membership(actor, membership_id)
    limit = place.signing_limit_fen
    start = {
        "roles": list(place.roles),
        "signing_limit_yuan": "" if limit is None else yuan(limit).replace(",", ""),
    }
    form = Form(MemberIn(), request.form, start=start)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.change_member(
                    actor, membership_id, form.data["roles"], form.data["signing_limit_yuan"]
                )
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("已保存。"), "success")
            return redirect(url_for("accounts.members"), code=303)
    place = queries.membership(actor, membership_id)
    page = render_template(
        "accounts/member.html",
        form=form,
        place=place,
        person=queries.person(place.person_id),
        roles=_roles_for(actor, queries.organisation(home.id)),
        own=place.person_id == actor.person_id,
    )
    return page, 422 if form.errors else 200


@views.post("/members/<uuid:membership_id>/remove")
def remove_member(membership_id: UUID) -> ResponseReturnValue:
    """End a colleague's membership."""
    try:
        with transaction():
            service.remove_member(current_actor(), membership_id)
        flash(_("已移除该成员。"), "success")
    except Conflict:
        flash(_("至少要保留一名管理员。"), "error")
    return redirect(url_for("accounts.members"), code=303)


@views.post("/invitations/<uuid:invitation_id>/withdraw")
def withdraw_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    with transaction():
        service.withdraw_invitation(current_actor(), invitation_id)
    flash(_("邀请已撤回。"), "success")
    return redirect(url_for("accounts.members"), code=303)


# -- signing keys


@views.get("/keys")
def keys() -> ResponseReturnValue:
    """The organisation's signing keys."""
    return _keys(Form(PinIn()), Form(OwnKeyTextIn()))


def _keys(pin_form: Form, own_form: Form) -> ResponseReturnValue:
    actor, home = _own()
    form = own_form if own_form.errors else pin_form
    page = render_template(
        "accounts/keys.html",
        form=form,
        pin_form=pin_form,
        own_form=own_form,
        home=home,
        keys=queries.keys_of(home.id),
        may_manage=actor.may(Permission.KEY_MANAGE),
    )
    return page, 422 if form.errors else 200


@views.post("/keys/held")
def make_key() -> ResponseReturnValue:
    """托管签名: a new key under a PIN."""
    form = Form(PinIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                signing.make_key(current_actor(), form.data["pin"])
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash(_("托管签名密钥已生成。请牢记口令，平台无法找回。"), "success")
            return redirect(url_for("accounts.keys"), code=303)
    return _keys(form, Form(OwnKeyTextIn()))


@views.post("/keys/own")
def register_key() -> ResponseReturnValue:
    """The organisation's own public key."""
    form = Form(OwnKeyTextIn(), request.form)
    if form.is_valid:
        try:
            jwk = _jwk(form.data["jwk"])
            with transaction():
                signing.register_key(current_actor(), jwk, form.data["proof"])
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            flash(_("公钥已登记。"), "success")
            return redirect(url_for("accounts.keys"), code=303)
    return _keys(Form(PinIn()), form)


def _jwk(typed: str) -> dict[str, Any]:
    try:
        jwk = json.loads(typed)
    except ValueError:
        jwk = None
    if not isinstance(jwk, dict):
        raise Invalid("invalid", {"jwk": ["key_not_usable"]})
    return jwk


@views.post("/keys/<uuid:key_id>/retire")
def retire_key(key_id: UUID) -> ResponseReturnValue:
    """Stop using a key."""
    with transaction():
        signing.retire_key(current_actor(), key_id)
    flash(_("密钥已停用，此前的签名仍可核验。"), "success")
    return redirect(url_for("accounts.keys"), code=303)
