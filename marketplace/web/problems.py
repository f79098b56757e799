"""Refusals as answers: RFC 9457 problems under `/api/`, pages elsewhere. Chosen by path.

Also the one place where an edge writes what a refusal must remember, and where a busy database
becomes 503 and never 500.
"""

import logging
from typing import Any

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
from werkzeug.exceptions import HTTPException

from marketplace.core.database import db, write_down
from marketplace.core.errors import Invalid, NotSignedIn, Refusal
from marketplace.web.messages import sentence
from marketplace.web.schemas import codes_of

log = logging.getLogger(__name__)


class PlainApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest without its own error answers: ours serve the whole site."""

    def _register_error_handlers(self) -> None:
        """Errors are handled by `handle_problems`."""


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
    data: Any = getattr(error, "data", None)
    if status == 422 and data and "messages" in data:
        messages = data["messages"]
        inner = {
            name: given for where in messages.values() for name, given in _as_dict(where).items()
        }
        return on_refusal(Invalid("invalid", codes_of(inner)))
    code = {
        400: "bad_request",
        404: "not_found",
        405: "method_not_allowed",
        413: "file_too_large",
    }.get(status, "bad_request" if status < 500 else "unexpected")
    if wants_json():
        return problem(status, code, {})
    return _page(status, code, {})


def _as_dict(messages: Any) -> dict[str, Any]:
    return messages if isinstance(messages, dict) else {"_schema": messages}


def _on_unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected error", exc_info=error, extra={"path": request.path})
    db.session.remove()
    if current_app.config.get("PROPAGATE_ERRORS"):
        raise error
    if wants_json():
        return problem(500, "unexpected", {})
    return _page(500, "unexpected", {})


def _page(status: int, code: str, facts: dict[str, Any]) -> ResponseReturnValue:
    text = sentence(code, **facts)
    page = render_template("web/problem.html", status=status, code=code, sentence=text, facts=facts)
    headers = {"Retry-After": str(facts["retry_after"])} if "retry_after" in facts else {}
    return page, status, headers
