"""Response headers of every answer, and the request id that ties page, log and problem together."""

import secrets

from flask import Flask, Response, g, request

from marketplace.web import languages, templating

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FOR_EVER = "public, max-age=31536000, immutable"


def guard(app: Flask) -> None:
    """Set a request id before and the security headers after every request."""
    app.before_request(_number)
    app.after_request(_seal)


def _number() -> None:
    g.request_id = f"req_{secrets.token_hex(8)}"


def _seal(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("X-Request-Id", g.get("request_id", ""))
    headers.setdefault("Content-Language", languages.locale())
    if request.path.startswith("/api/"):
        answer.vary.add("Accept-Language")
    if request.endpoint == "static":
        headers["Cache-Control"] = FOR_EVER if _is_this_version(answer) else "no-cache"
    headers.setdefault("Cache-Control", "no-store")
    return answer


def _is_this_version(answer: Response) -> bool:
    """Whether the address carries the digest of the very file that is sent."""
    if answer.status_code not in {200, 206, 304} or "v" not in request.args:
        return False
    name = (request.view_args or {})["filename"]
    return request.args["v"] == templating.digest_of(name)
