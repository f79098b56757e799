"""Refusals as answers: RFC 9457 problems under `/api/`, pages elsewhere. Chosen by path.

Also the one place where an edge writes what a refusal must remember, and where a busy database
becomes 503 and never 500.
"""

import logging
from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from markupsafe import Markup
from marshmallow import fields
from werkzeug.exceptions import HTTPException

from marketplace.core.database import db, refusal_of, write_down
from marketplace.core.errors import Invalid, NotSignedIn, Refusal
from marketplace.web.messages import sentence
from marketplace.web.schemas import Out, codes_of

log = logging.getLogger(__name__)


class CodedOut(Out):
    """A code and its sentence in the reader's language."""

    code = fields.String(required=True)
    title = fields.String(required=True)


class ProblemOut(Out):
    """RFC 9457: `code` is stable, `title` is for people, `fields` says what is wrong where."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    request_id = fields.String(required=True)
    facts = fields.Dict(keys=fields.String(), values=fields.String())
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(CodedOut)),
        attribute="fields",
        data_key="fields",
    )


def _name_of(schema: Any) -> str:
    """The name of a shape in the description: its step first, since steps name theirs freely."""
    kind = resolve_schema_cls(schema)
    assert isinstance(kind, type)
    step = kind.__module__.split(".")[1].capitalize() if "." in kind.__module__ else ""
    part = "Partial" if getattr(schema, "partial", None) else ""
    return f"{'' if step == 'Web' else step}{kind.__name__}{part}"


class PlainApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest without its own error answers: ours serve the whole site, and are described."""

    ERROR_SCHEMA = ProblemOut

    def __init__(self, app: Flask) -> None:
        names = MarshmallowPlugin(schema_name_resolver=_name_of)
        super().__init__(app, spec_kwargs={"marshmallow_plugin": names})

    def _register_responses(self) -> None:
        """Every answer that is no success is a problem, of its own media type."""
        for status in HTTPStatus:
            self.spec.components.response(status.name, self._described(status), lazy=True)
        default = {"description": "A problem (RFC 9457)", "content": self._as_problem()}
        self.spec.components.response("DEFAULT_ERROR", default, lazy=True)

    def _described(self, status: HTTPStatus) -> dict[str, Any]:
        known = {"description": status.phrase}
        return known | ({"content": self._as_problem()} if status >= 400 else {})

    def _as_problem(self) -> dict[str, Any]:
        return {"application/problem+json": {"schema": self.ERROR_SCHEMA}}

    def _register_error_handlers(self) -> None:
        """Errors are handled by `handle_problems`."""


def described(public_url: str) -> dict[str, Any]:
    """What the interface's description says of the whole: where it is, and that a token is needed."""
    return {
        "info": {"description": "Amounts are integers in fen, times RFC 3339 in UTC, ids UUIDs."},
        "servers": [{"url": public_url}],
        "security": [{"bearer": []}],
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."}
            }
        },
    }


def wants_json() -> bool:
    """API paths answer JSON, all others pages."""
    return request.path.startswith("/api/")


def problem(
    status: int, code: str, facts: dict[str, Any], fields: dict[str, list[str]] | None = None
) -> Response:
    """An `application/problem+json` answer with a coded type and a sentence in the reader's language."""
    body: dict[str, Any] = {
        "type": f"urn:quanshu:problem:{code}",
        "title": sentence(code, **facts),
        "status": status,
        "code": code,
        "request_id": g.get("request_id", ""),
    }
    if facts:
        body["facts"] = {key: str(value) for key, value in facts.items()}
    if fields:
        body["fields"] = {
            name: [{"code": one, "title": sentence(one, **facts)} for one in codes]
            for name, codes in fields.items()
        }
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if "retry_after" in facts:
        answer.headers["Retry-After"] = str(facts["retry_after"])
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="quanshu"'
    return answer


def handle_problems(app: Flask) -> None:
    """Register the handlers of every error the site can raise."""
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unexpected)


def on_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Answer a refusal, after writing what it must remember."""
    write_down(refusal)
    if wants_json():
        return problem(
            refusal.status, refusal.code, refusal.facts, getattr(refusal, "fields", None)
        )
    if isinstance(refusal, NotSignedIn):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), code=303)
    return _page(refusal.status, refusal.code, refusal.facts)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    messages: Any = (getattr(error, "data", None) or {}).get("messages", {})
    if status == 422 and messages:
        inner = {
            name: given for where in messages.values() for name, given in _as_dict(where).items()
        }
        return on_refusal(Invalid("invalid", codes_of(inner)))
    broken_json = "json" in messages or (status == 400 and request.is_json)
    code = "json_not_readable" if broken_json else _code_of(status)
    answer = problem(status, code, {}) if wants_json() else _page(status, code, {})
    for name, value in error.get_headers(request.environ):
        if name != "Content-Type":  # Allow, Content-Range
            answer.headers[name] = value
    return answer


def _code_of(status: int) -> str:
    if status == 413:
        whole = request.method == "PUT" or request.mimetype == "multipart/form-data"
        return "file_too_large" if whole else "body_too_large"
    known = {404: "not_found", 405: "method_not_allowed", 415: "media_type_not_supported"}
    return known.get(status, "bad_request" if status < 500 else "unexpected")


def _as_dict(messages: Any) -> dict[str, Any]:
    return messages if isinstance(messages, dict) else {"_schema": messages}


def _on_unexpected(error: Exception) -> ResponseReturnValue:
    """What no one foresaw; but the database's busy, away, taken and impossible are foreseen."""
    db.session.remove()
    refusal = refusal_of(error)
    if refusal is not None:
        log.warning("refused by the database", extra={"code": refusal.code, "why": _kind(error)})
        return on_refusal(refusal)
    log.error("unexpected error", exc_info=error, extra={"path": request.path})
    if current_app.config.get("PROPAGATE_ERRORS"):
        raise error
    if wants_json():
        return problem(500, "unexpected", {})
    return _page(500, "unexpected", {})


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _page(status: int, code: str, facts: dict[str, Any]) -> Response:
    text = sentence(code, **facts)
    try:
        body = render_template(
            "web/problem.html", status=status, code=code, sentence=text, facts=facts
        )
    except Exception as second:
        log.error("the problem page failed", exc_info=second)
        db.session.remove()
        body = _bare_page(text, g.get("request_id", ""))
    answer = Response(body, status, mimetype="text/html")
    if "retry_after" in facts:
        answer.headers["Retry-After"] = str(facts["retry_after"])
    return answer


def _bare_page(text: str, request_id: str) -> str:
    """A page that needs nothing: no template, no session, no database."""
    language = "en" if request.script_root.endswith("/en") else "zh-CN"
    page = Markup(
        '<!doctype html><html lang="{}"><meta charset="utf-8"><title>{}</title>'
        '<h1>{}</h1><p>{}</p><p><a href="{}/">{}</a></p></html>'
    )
    home = {"en": "Home", "zh-CN": "首页"}[language]
    return str(page.format(language, text, text, request_id, request.script_root, home))
