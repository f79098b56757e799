"""The public check for people: one box, one file field, a verdict in words."""

from pathlib import Path
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from marketplace.core.instance import instance
from marketplace.core.signing import payload_of
from marketplace.ledger import keys, log
from marketplace.ledger.models import LogEntry
from marketplace.rights import printing
from marketplace.verification import bundles, checks, lookup
from marketplace.verification.posted import posted_bytes
from marketplace.verification.schemas import VerifyIn
from marketplace.web.forms import Form
from marketplace.web.session import current_actor

views = Blueprint("verification", __name__, url_prefix="/verify")
PROGRAM = "verify/quanshu_verify.py"


@views.get("/")
def index() -> ResponseReturnValue:
    """The box; a question leads to the address of its answer."""
    form = Form(VerifyIn(), request.args)
    if form.is_valid:
        return redirect(url_for("verification.show", key=form.data["q"]), code=303)
    return _page(form, None), 422 if form.errors else 200


@views.post("/")
def check_file() -> ResponseReturnValue:
    """A dropped file: hashed and compared here, not kept."""
    given = request.files.get("file")
    data = posted_bytes(given.stream) if given else b""
    if not data:
        return _page(Form(VerifyIn(), {"q": ""}), None), 422
    return _page(Form(VerifyIn()), checks.run(lookup.by_file(data)))


@views.get("/quanshu_verify.py")
def program() -> ResponseReturnValue:
    """The outside verifier, one file."""
    source = Path(str(current_app.static_folder), PROGRAM).read_bytes()
    answer = Response(source, content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="quanshu_verify.py"'
    return answer


@views.get("/bundle/<uuid:entry_id>.json")
def bundle(entry_id: UUID) -> ResponseReturnValue:
    """A record's bundle as a file."""
    answer: Response = jsonify(bundles.bundle(current_actor(), entry_id))
    answer.headers["Content-Disposition"] = f'attachment; filename="bundle-{entry_id}.json"'
    return answer


@views.get("/<path:key>")
def show(key: str) -> ResponseReturnValue:
    """Where a QR code leads: the verdict on a number, a digest or an id."""
    result = checks.run(lookup.by_key(key))
    page = _page(Form(VerifyIn(), start={"q": key}), result)
    return page, 404 if result.verdict == "unknown" else 200


def _page(form: Form, result: checks.Result | None) -> str:
    found = result.found if result else None
    entry = found.entry if found else None
    certificate = found.certificate if found else None
    address = f"{instance().public_url}/verify/{certificate.number}" if certificate else ""
    return render_template(
        "verification/index.html",
        form=form,
        result=result,
        may_open=entry is not None and log.parties_see(current_actor(), entry),
        holder=_holder(entry),
        qr=printing.qr(address) if address else "",
        address=address,
        vkey=keys.log_vkey(),
    )


def _holder(entry: LogEntry | None) -> str:
    """The holder as the signed certificate names him; the page shows it where the record may be opened."""
    if entry is None or entry.jws is None or entry.kind != "registration":
        return ""
    subject = payload_of(entry.jws).get("credentialSubject", {})
    return str(subject.get("holder", {}).get("name", ""))
