"""Who is asking, for edges: `current_actor()`. How an actor is found is handed in by `create_app`."""

from collections.abc import Callable

from flask import g

from marketplace.core.access import ANYONE, Actor

_FINDERS: list[Callable[[], Actor | None]] = []


def find_actors_with(finder: Callable[[], Actor | None]) -> None:
    """Set how the actor of a request is found (session or bearer token): from `accounts`."""
    _FINDERS[:] = [finder]


def current_actor() -> Actor:
    """The actor of this request; `ANYONE` when nobody signed in. Looked up once a request."""
    if "actor" not in g:
        found = _FINDERS[0]() if _FINDERS else None
        g.actor = found or ANYONE
    actor: Actor = g.actor
    return actor
