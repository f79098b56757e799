"""One's own account: second factor, password, sessions, tokens, the organisation one acts for."""

import io
from typing import Any
from uuid import UUID

import segno
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.accounts import actors, passwords, queries, service, totp
from marketplace.accounts.actors import from_address
from marketplace.accounts.models import ApiToken, Person
from marketplace.accounts.schemas import (
    ApiTokenIn,
    ChangePasswordIn,
    MailLanguageIn,
    SecondFactorIn,
)
from marketplace.accounts.views.blueprint import views
from marketplace.core.access import STAFF, Actor, Permission, visible
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, NotSignedIn, TooMany
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.paging import page_of
from marketplace.web.session import current_actor


def _signed_in() -> tuple[Actor, Person]:
    actor = current_actor()
    if actor.person_id is None:
        raise NotSignedIn("sign_in_required")
    return actor, queries.person(actor.person_id)


@views.get("/")
def profile() -> ResponseReturnValue:
    """One's account at a glance."""
    return _profile(Form(ChangePasswordIn()))


def _profile(form: Form) -> ResponseReturnValue:
    actor, person = _signed_in()
    page = render_template(
        "accounts/profile.html",
        form=form,
        person=person,
        homes=queries.memberships_of(person.id),
        is_staff=bool(actor.roles & STAFF),
        language_form=Form(MailLanguageIn(), start={"language": person.language}),
    )
    return page, 422 if form.errors else 200


@views.post("/password")
def change_password() -> ResponseReturnValue:
    """A new password; other sessions end."""
    form = Form(ChangePasswordIn(), request.form)
    actor, person = _signed_in()
    if form.is_valid:
        try:
            email = person.email
            passwords.check_strength(form.data["password"], email.split("@")[0])
            service.check_password(email, form.data["current"], from_address())
            password_hash = passwords.hash_password(form.data["password"])
            with transaction():
                service.change_password(actor, password_hash)
        except (Invalid, TooMany) as refusal:
            form.refuse(_at_current(refusal))
        else:
            flash(_("密码已更新，其他设备上的登录已全部退出。"), "success")
            return redirect(url_for("accounts.profile"), code=303)
    return _profile(form)


def _at_current(refusal: Invalid | TooMany) -> Invalid | TooMany:
    """A wrong old password belongs to its field."""
    if refusal.code != "sign_in_failed":
        return refusal
    return Invalid("invalid", {"current": ["password_wrong"]}, remember=refusal.remember)


@views.post("/language")
def choose_language() -> ResponseReturnValue:
    """In which language mails come."""
    form = Form(MailLanguageIn(), request.form)
    if form.is_valid:
        with transaction():
            service.choose_language(current_actor(), form.data["language"])
        flash(_("已保存。"), "success")
    return redirect(url_for("accounts.profile"), code=303)


@views.post("/sessions/end")
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere else."""
    actor = current_actor()
    with transaction():
        service.sign_out_everywhere(actor, keep=actor.session_id)
    flash(_("其他设备上的登录已全部退出。"), "success")
    return redirect(url_for("accounts.profile"), code=303)


@views.post("/organisations/<uuid:organisation_id>/choose")
def choose_organisation(organisation_id: UUID) -> ResponseReturnValue:
    """Go on for another organisation of one's own."""
    with transaction():
        service.choose_organisation(current_actor(), organisation_id)
    return redirect(url_for("accounts.profile"), code=303)


# -- the second factor


@views.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    """Scan the picture, type a code, keep the recovery codes."""
    actor, person = _signed_in()
    if person.has_second_factor:
        return _second_factor_there(Form(SecondFactorIn()))
    form = Form(SecondFactorIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                codes, token = service.confirm_enrolment(actor, form.data["totp"])
        except (Invalid, Conflict, TooMany) as refusal:
            form.refuse(refusal)
        else:
            if token:
                actors.begin(token)
            return render_template("accounts/recovery_codes.html", codes=codes)
    with transaction():
        secret = service.begin_enrolment(actor)
    page = render_template(
        "accounts/second_factor.html", form=form, secret=secret, pending=actor.via == "pending"
    )
    return page, 422 if form.errors else 200


def _second_factor_there(form: Form) -> ResponseReturnValue:
    if current_actor().via == "pending":
        return redirect(url_for("accounts.code"), code=303)
    page = render_template("accounts/second_factor_there.html", form=form)
    return page, 422 if form.errors else 200


@views.post("/second-factor/drop")
def drop_second_factor() -> ResponseReturnValue:
    """Remove the second factor, showing it once more."""
    form = Form(SecondFactorIn(), request.form)
    if form.is_valid:
        try:
            with transaction():
                service.drop_second_factor(current_actor(), form.data["totp"])
        except (Invalid, Conflict, TooMany) as refusal:
            form.refuse(refusal)
        else:
            flash(_("两步验证已停用。"), "warning")
            return redirect(url_for("accounts.profile"), code=303)
    return _second_factor_there(form)


@views.get("/second-factor/qr.svg")
def second_factor_picture() -> ResponseReturnValue:
    """The QR code of the secret, while it is not confirmed."""
    actor, person = _signed_in()
    email = person.email
    with transaction():
        secret = service.begin_enrolment(actor)
    picture = io.BytesIO()
    segno.make(totp.address_of(secret, email), error="m").save(
        picture, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return Response(picture.getvalue(), mimetype="image/svg+xml")


# -- API tokens


@views.route("/tokens", methods=["GET", "POST"])
def tokens() -> ResponseReturnValue:
    """API tokens: issue, see, revoke."""
    actor, _person = _signed_in()
    form = Form(ApiTokenIn(), request.form, start={"days": 90})
    issued: tuple[Any, str] | None = None
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                issued = service.issue_token(
                    actor, form.data["name"], form.data["scopes"], form.data["days"]
                )
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
        else:
            form = Form(ApiTokenIn(), start={"days": 90})
    rows = visible(actor, ApiToken).where(ApiToken.is_session.is_(False))
    page = render_template(
        "accounts/tokens.html",
        form=form,
        issued=issued[1] if issued else "",
        tokens=page_of(rows, ApiToken, request.args.get("cursor")),
        scopes=[
            (str(one), label(f"permission.{one}"), str(one))
            for one in Permission
            if one in actor.permissions
        ],
        may_issue=actor.may(Permission.TOKEN_ISSUE),
        moment_now=now(),
    )
    return page, 422 if form.errors else 200


@views.post("/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    """End a token."""
    with transaction():
        service.revoke_token(current_actor(), token_id)
    flash(_("令牌已停用。"), "success")
    return redirect(url_for("accounts.tokens"), code=303)
