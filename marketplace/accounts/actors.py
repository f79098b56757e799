"""How the actor of a request is found: a bearer token, or a session that lives on the server.

Under `/api/` a session cookie counts for safe reads only. A session of someone who must still
show a second factor has no rights, and is led to the page that asks for it.
"""

from typing import Any
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user
from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.models import ApiToken, Session
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.errors import NotSignedIn
from marketplace.web.session import current_actor, find_actors_with

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNTOUCHED = ("/static/", "/healthz", "/readyz", "/metrics")


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """What Flask-Login keeps in the cookie: the session's token, nothing about the person."""

    def __init__(self, token: str) -> None:
        self.id = token


def install(app: Flask) -> None:
    """Find actors by token or session, and note when each was last used."""
    manager = LoginManager()
    manager.session_protection = None  # sessions are rows: ended, rotated and timed on the server
    manager.user_loader(Visitor)
    manager.init_app(app)
    find_actors_with(_find)
    app.before_request(_note_use)


def begin(token: str) -> None:
    """Give this browser a session: everything it held before is dropped."""
    session.clear()
    login_user(Visitor(token))


def end() -> None:
    """Take the session from this browser."""
    logout_user()
    session.clear()


def from_address() -> str:
    """A digest of the client's network address, for limits; the address itself is not kept."""
    return queries.digest(f"address:{request.remote_addr}")[:32]


def current_visit() -> queries.Visit | None:
    """The live session or token of this request, looked up once."""
    if "visit" not in g:
        g.visit = None  # while looking up, and after a token that is not valid
        g.visit = _look_up()
    visit: queries.Visit | None = g.visit
    return visit


def _find() -> Actor | None:
    visit = current_visit()
    return visit.actor if visit else None


def _look_up() -> queries.Visit | None:
    is_api = request.path.startswith("/api/")
    given = request.headers.get("Authorization", "")
    if is_api and given:
        kind, _, token = given.partition(" ")
        visit = queries.visit_by_token(token.strip()) if kind.lower() == "bearer" else None
        if visit is None:
            raise NotSignedIn("token_not_valid")
        return visit
    if is_api and request.method not in _SAFE:
        return None
    cookie = session.get("_user_id")
    return queries.visit_by_session(str(cookie)) if cookie else None


def _note_use() -> None:
    for name in ("actor", "visit"):  # an outer application context outlives a request
        g.pop(name, None)
    if request.path.startswith(_UNTOUCHED):
        return
    current_actor()
    visit = current_visit()
    if visit is None or not visit.is_stale:
        return
    _touch(visit.row_id, ApiToken if visit.is_token else Session)


def _touch(row_id: UUID, table: Any) -> None:
    column = "last_used_at" if table is ApiToken else "last_seen_at"
    with transaction():
        db.session.execute(update(table).where(table.id == row_id).values({column: now()}))
