"""Refusals: a code and facts, never a sentence. `web/messages/` holds the sentences.

`remember` is what must survive the rollback (a failed sign-in, a denied look): zero-argument
callables that the edge runs in a second short transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any


class Refusal(Exception):
    """A command said no. `status` is the HTTP status an edge answers with."""

    status = 400

    def __init__(
        self, code: str, *, remember: Sequence[Callable[[], None]] = (), **facts: Any
    ) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
        self.remember = tuple(remember)

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class Invalid(Refusal):
    """The input is not what it has to be; `fields` maps a field's name to codes."""

    status = 422

    def __init__(
        self, code: str = "invalid", fields: dict[str, list[str]] | None = None, **facts: Any
    ) -> None:
        super().__init__(code, **facts)
        self.fields = fields or {}


class NotSignedIn(Refusal):
    status = 401


class Forbidden(Refusal):
    """The actor may see the thing but not do this to it."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or the actor may not know that there is."""

    status = 404

    def __init__(self, code: str = "not_found", **facts: Any) -> None:
        super().__init__(code, **facts)


class Conflict(Refusal):
    """The thing is not in a state that allows this."""

    status = 409


class TooLarge(Refusal):
    status = 413


class TooMany(Refusal):
    """A rate, quota or lock-out; the fact `retry_after` is in seconds."""

    status = 429


class Unavailable(Refusal):
    """Try again: the database was busy, or a part is down."""

    status = 503
