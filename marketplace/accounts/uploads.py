"""Uploads and downloads of papers at the edges: a form's file or a raw body in, an attachment out."""

from collections.abc import Iterator
from urllib.parse import quote, unquote

from flask import Response, request

from marketplace.accounts import papers
from marketplace.accounts.models import Document
from marketplace.accounts.papers import Paper
from marketplace.core.errors import Invalid
from marketplace.core.holdings import holdings

PIECE = 64 * 1024
_ENVELOPE = 1024 * 1024  # a form's other fields and boundaries


def bound_request(files: int = 1) -> None:
    """Refuse a body that cannot be `files` papers, before it is read."""
    request.max_content_length = files * papers.LIMIT + _ENVELOPE


def form_paper(field: str, kind: str) -> Paper:
    """The paper in a form's file field, stored."""
    given = request.files.get(field)
    if given is None or not given.filename:
        raise Invalid("invalid", {field: ["paper_missing"]})
    pieces = iter(lambda: given.stream.read(PIECE), b"")
    return papers.receive(kind, given.filename, pieces, field)


def body_paper(kind: str) -> Paper:
    """The paper that is the whole body; its name stands in `X-File-Name`, percent-encoded."""
    name = unquote(request.headers.get("X-File-Name", ""))
    return papers.receive(kind, name, _body())


def _body() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE):
        yield piece


def as_attachment(document: Document) -> Response:
    """The paper's bytes as a download that no browser may run or show in place."""
    answer = Response(
        holdings().store().read(document.address), mimetype="application/octet-stream"
    )
    answer.headers["Content-Type"] = document.media_type
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(document.name)}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.content_length = document.size
    return answer
