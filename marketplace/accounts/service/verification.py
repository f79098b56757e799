"""Operators look at papers: verify, return, suspend; and decide who a credit code belongs to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import ClaimCase, Document, Organisation
from marketplace.accounts.queries import has_confirmed_member, open_case_of
from marketplace.accounts.states import (
    CASE_LIFE,
    ORGANISATION_LIFE,
    DocumentKind,
    OrganisationStatus,
    ReturnReason,
)
from marketplace.core.access import Actor, Permission, require, visible
from marketplace.core.clock import now
from marketplace.core.database import db, hold
from marketplace.core.errors import Conflict, Invalid

_NEEDED = frozenset({DocumentKind.LICENCE, DocumentKind.AUTHORISATION_LETTER})


def verify(actor: Actor, organisation_id: UUID) -> Organisation:
    """Confirm that an organisation is who it says. Before this it may not trade."""
    organisation = hold(visible(actor, Organisation), organisation_id)
    if "verify" in ORGANISATION_LIFE.open_to(actor, organisation):
        _check_ready(organisation)  # before the status moves: the code may be another's
    ORGANISATION_LIFE.take(actor, organisation, "verify")
    organisation.verified_at = now()
    organisation.return_reasons, organisation.return_note = [], ""
    db.session.flush()
    return organisation


def return_registration(
    actor: Actor, organisation_id: UUID, reasons: Sequence[str], note: str
) -> Organisation:
    """Give a registration back with coded reasons that the applicant reads."""
    organisation = hold(visible(actor, Organisation), organisation_id)
    ORGANISATION_LIFE.take(actor, organisation, "return", reasons=list(reasons))
    _set_reasons(organisation, reasons, note)
    return organisation


def suspend(actor: Actor, organisation_id: UUID, note: str) -> Organisation:
    """Stop a verified organisation from trading."""
    organisation = hold(visible(actor, Organisation), organisation_id)
    ORGANISATION_LIFE.take(actor, organisation, "suspend")
    organisation.return_note = note
    return organisation


def restore(actor: Actor, organisation_id: UUID) -> Organisation:
    """Let a suspended organisation trade again."""
    organisation = hold(visible(actor, Organisation), organisation_id)
    ORGANISATION_LIFE.take(actor, organisation, "restore")
    organisation.return_note = ""
    return organisation


def decide_case(actor: Actor, case_id: UUID, action: str, note: str) -> ClaimCase:
    """Decide whose a code is: `uphold` the later claimant, or `dismiss` it.

    The other side's registration is returned with the reason; the one that prevails still has
    to be verified on its own papers.
    """
    require(actor, Permission.ORGANISATION_VERIFY)
    case = hold(visible(actor, ClaimCase), case_id)
    CASE_LIFE.take(actor, case, action)
    case.decided_by, case.decided_at, case.decision_note = actor.person_id, now(), note
    loser_id = case.holder_id if action == "uphold" else case.claimant_id
    _take_away(actor, hold(select(Organisation), loser_id), note)
    return case


def _take_away(actor: Actor, loser: Organisation, note: str) -> None:
    action = {
        OrganisationStatus.REGISTERED: "return",
        OrganisationStatus.VERIFIED: "revoke",
        OrganisationStatus.SUSPENDED: "revoke",
    }.get(OrganisationStatus(loser.status))
    if action is None:
        return
    reasons = [ReturnReason.CODE_BELONGS_TO_OTHER]
    ORGANISATION_LIFE.take(actor, loser, action, reasons=[str(one) for one in reasons])
    loser.verified_at = None
    _set_reasons(loser, reasons, note)


def _set_reasons(organisation: Organisation, reasons: Sequence[str], note: str) -> None:
    known = {str(reason) for reason in ReturnReason}
    if not reasons or any(reason not in known for reason in reasons):
        raise Invalid("invalid", {"reasons": ["return_reason_missing"]})
    if ReturnReason.OTHER in reasons and not note:
        raise Invalid("invalid", {"note": ["return_note_missing"]})
    organisation.return_reasons = [str(reason) for reason in reasons]
    organisation.return_note = note


def _check_ready(organisation: Organisation) -> None:
    """An operator has something to compare, a person who reads mail, and no open dispute."""
    if open_case_of(organisation.id):
        raise Conflict("claim_case_open")
    kinds = select(Document.kind).where(
        Document.organisation_id == organisation.id, Document.removed_at.is_(None)
    )
    if not set(db.session.scalars(kinds)) >= _NEEDED:
        raise Conflict("papers_missing")
    if not has_confirmed_member(organisation.id):
        raise Conflict("email_not_confirmed")
