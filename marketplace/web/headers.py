"""Response headers of every answer, and the request id that ties page, log and problem together."""

import secrets

from flask import Flask, Response, g, request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


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
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return answer
