"""A file as an HTTP answer: HEAD, one Range, If-Range, and the headers a resuming client needs."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, current_app, request

from marketplace.core.access import system
from marketplace.core.database import db, transaction
from marketplace.core.holdings import holdings
from marketplace.delivery import coverage, gate, service
from marketplace.delivery.gate import Decision
from marketplace.delivery.service import Sent, Source
from marketplace.delivery.transfer import STALLED_SECONDS, Slots, Transfer, Watch

ME = system("delivery")


@lru_cache(maxsize=1)
def slots() -> Slots:
    """At most half of this process's threads send files."""
    return Slots(max(1, holdings().settings.web_threads // 2))


def serve(session_id: UUID) -> Response:
    """Send the session's file, or the part that was asked for."""
    is_head = request.method == "HEAD"
    if is_head:
        with transaction():
            source = service.begin(session_id, counts=False)
        return _headed(Response(status=200), source, 0, source.size)
    slots().take()
    try:
        with transaction():
            source = service.begin(session_id, counts=True)
        db.session.remove()
        part = _part(source)
        if part is None:
            slots().release()
            return _headed(_unsatisfiable(source), source, 0, 0)
        return _answer(source, *part)
    except BaseException:
        slots().release()
        raise


def _part(source: Source) -> tuple[int, int, int] | None:
    """Start, end and status; None when the range cannot be had."""
    ranged = request.headers.get("Range")
    fresh = request.headers.get("If-Range", _etag(source)) == _etag(source)
    try:
        found = coverage.asked(ranged if fresh else None, source.size)
    except ValueError:
        return None
    return (*found, 206) if found else (0, source.size, 200)


def _answer(source: Source, start: int, end: int, status: int) -> Response:
    pieces = _pieces(source, start, end)
    watch = _watch(source)
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def write(sent: Sent) -> None:
        with app.app_context():
            try:
                with transaction():
                    service.finish(ME, source, sent)
            finally:
                db.session.remove()

    transfer = Transfer(pieces, start, end, watch, slots(), write)
    answer = Response(transfer, status=status, direct_passthrough=True)
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{source.size}"
    return _headed(answer, source, start, end)


def _pieces(source: Source, start: int, end: int) -> Iterator[bytes]:
    return holdings().store().read(source.address, start, end) if end > start else iter(())


def _watch(source: Source) -> Watch:
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask() -> Decision:
        try:
            return gate.decide(source.grant_id, source.session_id)
        finally:
            db.session.remove()

    def context() -> AbstractContextManager[object]:
        found: AbstractContextManager[object] = app.app_context()
        return found

    return Watch(ask, context, _connection())


def _connection() -> socket.socket | None:
    """The reader's connection, where the server tells: to cut it, and not to wait for ever."""
    given: Any = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if given is not None:
        given.settimeout(STALLED_SECONDS)
    return given  # type: ignore[no-any-return]


def _headed(answer: Response, source: Source, start: int, end: int) -> Response:
    headers = answer.headers
    headers["Content-Type"] = "application/octet-stream"
    headers["Content-Length"] = str(end - start)
    headers["Accept-Ranges"] = "bytes"
    headers["ETag"] = _etag(source)
    headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(source.sha256)).decode()}:"
    name = quote(source.filename, safe="")
    headers["Content-Disposition"] = f"attachment; filename=\"data\"; filename*=UTF-8''{name}"
    headers["Cache-Control"] = "private, no-store"
    return answer


def _unsatisfiable(source: Source) -> Response:
    return Response(status=416, headers={"Content-Range": f"bytes */{source.size}"})


def _etag(source: Source) -> str:
    return f'"{source.sha256}"'
