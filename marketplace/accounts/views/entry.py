"""Coming in: register, confirm, sign in, reset, accept an invitation."""

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.accounts import actors, papers, passwords, queries, service, uploads
from marketplace.accounts.actors import from_address
from marketplace.accounts.papers import Paper
from marketplace.accounts.schemas import (
    OF_A_PERSON,
    AcceptIn,
    EmailIn,
    LinkIn,
    NewPasswordIn,
    RegistrationIn,
    SecondFactorIn,
    SignInIn,
)
from marketplace.accounts.states import OPEN_KINDS, DocumentKind
from marketplace.accounts.views.blueprint import local, views
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid, NotSignedIn, TooLarge, TooMany
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.navigation import link
from marketplace.web.session import current_actor

PAPERS = (DocumentKind.LICENCE, DocumentKind.AUTHORISATION_LETTER)


def _home() -> str:
    return request.script_root + "/"


def _desk() -> str:
    """Where a person's work waits."""
    return link("desk.home") or _home()


def kinds() -> list[tuple[str, str]]:
    """The kinds of organisation that anybody may register."""
    return [(str(kind), label(f"organisation_kind.{kind}")) for kind in OPEN_KINDS]


@views.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """An organisation registers: itself, its papers, and the person who acts for it."""
    uploads.bound_request(files=2)
    known = () if current_actor().person_id is None else OF_A_PERSON
    form = Form(RegistrationIn(exclude=known), request.form, start={"kind": "enterprise"})
    if request.method == "POST":
        try:
            _register(form)
        except (Invalid, Conflict, TooLarge, TooMany) as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("accounts.registered"), code=303)
    page = render_template("accounts/register.html", form=form, kinds=kinds(), accept=papers.ACCEPT)
    return page, 422 if form.errors else 200


def _register(form: Form) -> None:
    given = {kind: request.files.get(str(kind)) for kind in PAPERS}
    for kind, file in given.items():
        if file is None or not file.filename:
            form.refuse(Invalid("invalid", {str(kind): ["paper_missing"]}))
    is_new = current_actor().person_id is None
    if not form.is_valid:
        raise Invalid("invalid", {"password": ["password_again"]} if is_new else {})
    data = dict.fromkeys(OF_A_PERSON, "") | form.data
    if is_new:
        passwords.check_strength(data["password"], data["email"].split("@")[0])
    stored: list[Paper] = [uploads.form_paper(str(kind), str(kind)) for kind in PAPERS]
    password_hash = passwords.hash_password(data["password"]) if is_new else ""
    with transaction():
        service.register(
            current_actor(),
            _application(data),
            stored,
            email=data["email"],
            person_name=data["person_name"],
            password_hash=password_hash,
            language=data["language"],
            from_address=from_address(),
        )


def _application(data: dict[str, Any]) -> service.Application:
    return service.Application(
        data["name"], data["credit_code"], data["kind"], data["address"], data["contact"]
    )


@views.get("/registered")
def registered() -> ResponseReturnValue:
    """What happens after a registration; the same page whether the address was known or not."""
    return render_template("accounts/registered.html")


@views.route("/confirm", methods=["GET", "POST"])
def confirm_email() -> ResponseReturnValue:
    """The mailed link shows a button: programs that open links in mails confirm nothing."""
    form = Form(LinkIn(), request.form, start={"token": request.args.get("token", "")})
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.confirm_email(form.data["token"])
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            flash(_("邮箱已确认。"), "success")
            return redirect(url_for("accounts.sign_in"), code=303)
    return render_template("accounts/confirm.html", form=form), 422 if form.errors else 200


@views.post("/confirm/again")
def confirm_again() -> ResponseReturnValue:
    """Mail the confirmation link once more."""
    try:
        with transaction():
            service.ask_confirmation(current_actor())
        flash(_("确认邮件已发出，请查收。"), "success")
    except (Conflict, TooMany):
        flash(_("暂时不能再次发送，请稍后再试。"), "warning")
    return redirect(url_for("accounts.profile"), code=303)


@views.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """E-mail and password; a second factor is asked for on the next page."""
    target = local(request.args.get("next"), _desk())
    if request.method == "GET" and current_actor().via == "session":
        return redirect(target, code=303)
    form = Form(SignInIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            person_id = service.check_password(
                form.data["email"], form.data["password"], from_address()
            )
            with transaction():
                token = service.open_session(
                    person_id, from_address=from_address(), agent=str(request.user_agent)
                )
        except (Invalid, TooMany) as refusal:
            form.refuse(refusal)
        else:
            actors.begin(token)
            return redirect(target, code=303)
    status = 422 if form.errors else 200
    return render_template("accounts/sign_in.html", form=form, next=target), status


@views.route("/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The six digits, or a recovery code."""
    visit = actors.current_visit()
    if visit is None or not visit.needs_code:
        return redirect(url_for("accounts.sign_in"), code=303)
    target = local(request.args.get("next"), _desk())
    form = Form(SecondFactorIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                token = service.pass_code(current_actor(), form.data["totp"])
        except (Invalid, TooMany) as refusal:
            form.refuse(refusal)
        else:
            actors.begin(token)
            return redirect(target, code=303)
    return render_template("accounts/code.html", form=form), 422 if form.errors else 200


@views.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    with transaction():
        service.sign_out(current_actor())
    actors.end()
    return redirect(_home(), code=303)


@views.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Ask for a link that sets a new password. The page never says whether there is an account."""
    form = Form(EmailIn(), request.form)
    if request.method == "POST" and form.is_valid:
        try:
            with transaction():
                service.ask_reset(form.data["email"], from_address())
        except TooMany as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("accounts.forgotten_sent"), code=303)
    return render_template("accounts/forgotten.html", form=form), 422 if form.errors else 200


@views.get("/forgotten/sent")
def forgotten_sent() -> ResponseReturnValue:
    """Where to look for the link."""
    return render_template("accounts/forgotten_sent.html")


@views.route("/reset", methods=["GET", "POST"])
def reset() -> ResponseReturnValue:
    """A new password by the mailed link."""
    form = Form(NewPasswordIn(), request.form, start={"token": request.args.get("token", "")})
    if request.method == "POST" and form.is_valid:
        try:
            passwords.check_strength(form.data["password"])
            password_hash = passwords.hash_password(form.data["password"])
            with transaction():
                service.reset_password(form.data["token"], password_hash)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            actors.end()
            flash(_("密码已更新，请用新密码登录。"), "success")
            return redirect(url_for("accounts.sign_in"), code=303)
    return render_template("accounts/reset.html", form=form), 422 if form.errors else 200


@views.route("/invitation", methods=["GET", "POST"])
def invitation() -> ResponseReturnValue:
    """Take the place that was offered by mail."""
    token = request.values.get("token", "")
    try:
        offered = service.invitation_by(token)
    except Invalid:
        return render_template("accounts/link_dead.html"), 404
    home = queries.organisation(offered.organisation_id)
    form = Form(AcceptIn(), request.form, start={"token": token, "name": offered.name})
    if request.method == "POST" and form.is_valid:
        try:
            _accept(form)
        except Invalid as refusal:
            form.refuse(refusal)
            offered = service.invitation_by(token)
            home = queries.organisation(offered.organisation_id)
        except NotSignedIn:
            here = url_for("accounts.invitation", token=token)
            flash(_("该邮箱已有账号，请先登录再接受邀请。"), "warning")
            return redirect(url_for("accounts.sign_in", next=here), code=303)
        else:
            flash(_("已加入单位。"), "success")
            return redirect(url_for("accounts.profile"), code=303)
    page = render_template("accounts/invitation.html", form=form, offered=offered, home=home)
    return page, 422 if form.errors else 200


def _accept(form: Form) -> None:
    password_hash = ""
    if current_actor().person_id is None:
        passwords.check_strength(form.data["password"])
        password_hash = passwords.hash_password(form.data["password"])
    with transaction():
        service.accept_invitation(
            current_actor(),
            form.data["token"],
            name=form.data["name"],
            password_hash=password_hash,
            language="en" if request.script_root.endswith("/en") else "zh",
        )
    session.pop("_flashes", None)
