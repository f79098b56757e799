"""How much of a request's body is read at most, and JSON that means one thing only.

Registered before anything reads a body: the CSRF check parses the whole form.
"""

import json
from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider

from marketplace.core.holdings import holdings
from marketplace.web.session import current_actor

SMALL = 2 * 1024 * 1024  # bytes of JSON, or of a form without files
VISITOR = 64 * 1024 * 1024  # bytes of a form with files from somebody who is not signed in
ENVELOPE = 1024 * 1024  # a form's other fields and its boundaries


class ReadableJSON(DefaultJSONProvider):
    """JSON with Chinese as it is read; what no other reader would accept is not JSON here either."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """ValueError for NaN, for a key that stands twice, and for nesting without end."""
        try:
            return json.loads(s, parse_constant=_refuse, object_pairs_hook=_unique, **kwargs)
        except RecursionError as deep:
            raise ValueError("nested too deeply") from deep


def _refuse(text: str) -> Any:
    raise ValueError(f"not JSON: {text}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def bound(app: Flask) -> None:
    """Bound the body of every request; a view that takes more or less sets its own bound."""
    app.before_request(_bound)


def _bound() -> None:
    uploads = holdings().settings.upload_limit_bytes + ENVELOPE
    if request.mimetype == "multipart/form-data":
        request.max_content_length = min(
            uploads, VISITOR if current_actor().is_anonymous else uploads
        )
    elif request.method == "PUT" and not request.is_json:
        request.max_content_length = uploads
    else:
        request.max_content_length = SMALL
