"""A Life is a table of steps; a status moves only by one of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.access import Actor, Permission, require
from marketplace.core.database import Model, db
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.events import record


class Living:
    """A row with a status that only its Life moves."""

    status: Mapped[str] = mapped_column(String(24), index=True)


@dataclass(frozen=True)
class Step:
    """One row of a Life.

    `party` names the attribute of the thing that holds the organisation whose people may act
    (`"provider_id"`); `unless` says when even the right person may not (a conflict of interest).
    """

    action: str
    sources: frozenset[str]
    target: str
    permission: Permission
    event: str
    party: str | None = None
    unless: Callable[[Actor, Any], bool] | None = None


def step(
    action: str,
    sources: Iterable[str],
    target: str,
    permission: Permission,
    event: str,
    *,
    party: str | None = None,
    unless: Callable[[Actor, Any], bool] | None = None,
) -> Step:
    """Write one row of a Life."""
    return Step(action, frozenset(sources), target, permission, event, party, unless)


class Life:
    """The whole table for one kind of thing. `start` is the status a new one has."""

    def __init__(self, states: type[StrEnum], *steps: Step) -> None:
        self.states = states
        self.steps = {one.action: one for one in steps}
        if len(self.steps) != len(steps):
            raise ValueError("an action stands twice in a Life")

    def take(self, actor: Actor, thing: Any, action: str, **facts: Any) -> None:
        """Ask leave, check the state, move it, flush, and record the event.

        Raises Forbidden for the wrong person, Conflict `wrong_state` from the wrong status.
        """
        row = self.steps[action]
        self._ask(actor, thing, row)
        if thing.status not in row.sources:
            raise Conflict("wrong_state", status=str(thing.status), action=action)
        before = str(thing.status)
        thing.status = str(row.target)
        db.session.flush()
        record(row.event, thing, actor, before=before, after=str(row.target), **facts)

    def open_to(self, actor: Actor, thing: Any) -> tuple[str, ...]:
        """The actions this actor may take on this thing now: the page's buttons."""
        return tuple(
            row.action
            for row in self.steps.values()
            if thing.status in row.sources and not self._refusal(actor, thing, row)
        )

    def _ask(self, actor: Actor, thing: Any, row: Step) -> None:
        require(actor, row.permission)
        refusal = self._refusal(actor, thing, row)
        if refusal:
            raise Forbidden(refusal, action=row.action)

    @staticmethod
    def _refusal(actor: Actor, thing: Any, row: Step) -> str | None:
        if not actor.may(row.permission):
            return "permission_missing"
        if actor.is_system:
            return None
        if row.party and not actor.belongs_to(getattr(thing, row.party)):
            return "wrong_organisation"
        if row.unless and row.unless(actor, thing):
            return "conflict_of_interest"
        return None


def born(thing: Model, actor: Actor, event: str, **facts: Any) -> None:
    """Add a new thing (its status set in its constructor) and record that it came to be."""
    db.session.add(thing)
    db.session.flush()
    record(event, thing, actor, **facts)
