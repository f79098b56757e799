"""Commands on take-downs: one person stops, two release."""

from uuid import UUID

from marketplace.compliance import queries
from marketplace.compliance.models import TakeDown
from marketplace.compliance.states import TAKE_DOWN_LIFE, TakeDownReason, TakeDownStatus
from marketplace.core.access import Actor, Permission, require, system, visible
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, hold
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.events import record
from marketplace.core.lives import born
from marketplace.datasets import service as dataset_service
from marketplace.datasets.models import Dataset
from marketplace.ledger import log

COMPLIANCE = system("compliance")


def take_down(actor: Actor, dataset_id: UUID, *, reason: str, words: str) -> TakeDown:
    """Stop a dataset at once: no listing, no order, no byte; grants close within a second."""
    require(actor, Permission.TAKE_DOWN)
    dataset = find(everything(Dataset), dataset_id)
    if actor.belongs_to(dataset.provider_id):
        raise Forbidden("conflict_of_interest", action="take_down")
    if queries.is_stopped(dataset_id):
        raise Conflict("already_stopped", dataset_id=str(dataset_id))
    stop = TakeDown(
        status=TakeDownStatus.STANDING,
        dataset_id=dataset.id,
        provider_id=dataset.provider_id,
        reason=TakeDownReason(reason),
        words=words,
        ordered_by=actor.person_id,
    )
    born(stop, actor, "take_down.ordered", reason=str(reason))
    dataset_service.stop(COMPLIANCE, dataset.id)
    record("dataset.taken_down", dataset, actor, reason=str(reason))
    _log_take_down(actor, stop, "ordered")
    return stop


def ask_to_lift(actor: Actor, take_down_id: UUID, *, words: str) -> TakeDown:
    """The first of two people says why the stop may end."""
    stop = hold(visible(actor, TakeDown), take_down_id)
    TAKE_DOWN_LIFE.take(actor, stop, "ask_to_lift")
    stop.lift_asked_by = actor.person_id
    stop.lift_words = words
    db.session.flush()
    return stop


def lift(actor: Actor, take_down_id: UUID) -> TakeDown:
    """The second, another person, agrees: the dataset may be used again."""
    stop = hold(visible(actor, TakeDown), take_down_id)
    TAKE_DOWN_LIFE.take(actor, stop, "lift")
    stop.lifted_by = actor.person_id
    stop.lifted_at = now()
    dataset = dataset_service.resume(COMPLIANCE, stop.dataset_id)
    record("dataset.take_down_lifted", dataset, actor)
    _log_take_down(actor, stop, "lifted")
    return stop


def keep(actor: Actor, take_down_id: UUID) -> TakeDown:
    """The second does not agree: the stop stands."""
    stop = hold(visible(actor, TakeDown), take_down_id)
    TAKE_DOWN_LIFE.take(actor, stop, "keep")
    stop.lift_asked_by = None
    stop.lift_words = ""
    db.session.flush()
    return stop


def _log_take_down(actor: Actor, stop: TakeDown, what: str) -> None:
    content = {
        "takeDown": str(stop.id),
        "dataset": str(stop.dataset_id),
        "what": what,
        "reason": str(stop.reason),
    }
    log.append("review", stop, content, parties=[stop.provider_id], actor=actor)
