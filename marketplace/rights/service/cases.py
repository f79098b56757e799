"""What the handler and the clocks do with a claim, from acceptance to the paper."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core.access import Actor, system, visible
from marketplace.core.clock import now, today
from marketplace.core.database import db, everything, hold
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.instance import instance
from marketplace.core.working_days import changed_days, deadline
from marketplace.ledger import log
from marketplace.rights import clocks
from marketplace.rights.clocks import CaseClock
from marketplace.rights.models import Claim
from marketplace.rights.service.certificates import issue
from marketplace.rights.states import ClaimReason, ClaimStatus, Scheme
from marketplace.rights.states import claim_life as life_of


def accept(actor: Actor, claim_id: UUID) -> Claim:
    """Take the case on: the case clock of ten working days starts."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "accept")
    _take_on(claim)
    return claim


def deem_accepted(actor: Actor, claim_id: UUID) -> Claim:
    """Silence for three working days is acceptance (guide art. 17). By the scheduler."""
    claim = hold(everything(Claim), claim_id)
    changed = changed_days()
    due = claim.acceptance_due
    if due is None or not clocks.is_deemed_accepted(due, today(), changed):
        return claim
    if claim.status == ClaimStatus.SUBMITTED:
        life_of(claim).take(actor, claim, "deem_accepted")
        _take_on(claim)
    return claim


def ask_supplement(actor: Actor, claim_id: UUID, *, items: str, working_days: int) -> Claim:
    """Ask once, in one list, for what is missing, with a deadline of `working_days`."""
    claim = hold(visible(actor, Claim), claim_id)
    if not 1 <= working_days <= clocks.MOST_SUPPLEMENT:
        raise Invalid("invalid", {"working_days": ["field_out_of_range"]})
    life_of(claim).take(actor, claim, "ask_supplement", working_days=working_days)
    if claim.was_supplemented:
        raise Conflict("supplement_already_asked", claim_id=str(claim.id))
    claim.supplement_list = items
    claim.supplement_asked_at = now()
    claim.supplement_due = deadline(today(), working_days).day
    db.session.flush()
    return claim


def lapse(actor: Actor, claim_id: UUID) -> Claim:
    """A supplement that did not come in time: deemed not filed. By the scheduler."""
    claim = hold(everything(Claim), claim_id)
    late = claim.supplement_due is not None and claim.supplement_due < today()
    if late and claim.status == ClaimStatus.SUPPLEMENT:
        life_of(claim).take(actor, claim, "lapse")
        claim.decided_at = now()
        db.session.flush()
    return claim


def refuse(actor: Actor, claim_id: UUID, *, reasons: Sequence[str], note: str) -> Claim:
    """Refuse in writing, with coded reasons (guide art. 22) and words the applicant reads."""
    return _end(actor, claim_id, "refuse", reasons, note)


def terminate(actor: Actor, claim_id: UUID, *, note: str) -> Claim:
    """End a case that cannot be evidenced."""
    return _end(actor, claim_id, "terminate", [ClaimReason.CANNOT_BE_EVIDENCED], note)


def extend(actor: Actor, claim_id: UUID, *, working_days: int, reason: str) -> Claim:
    """Lengthen the case clock once, by at most ten working days, with a reason (guide art. 28)."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "extend", working_days=working_days)
    if not 1 <= working_days <= clocks.MOST_EXTENSION:
        raise Invalid("invalid", {"working_days": ["field_out_of_range"]})
    if claim.was_extended:
        raise Conflict("already_extended", claim_id=str(claim.id))
    claim.extension_reason = reason
    _set_clock(claim, _clock(claim).extended(working_days))
    return claim


def publish(actor: Actor, claim_id: UUID) -> Claim:
    """Begin the public notice of five working days; it stands in the log in clear."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "publish")
    _stop_clock(claim)
    claim.notice_from = today()
    end = deadline(today(), clocks.NOTICE)
    claim.notice_until = end.day
    db.session.flush()
    applicant = accounts.organisation(claim.provider_id)
    notice = {
        "number": claim.number,
        "applicant": applicant.name,
        "name": claim.name,
        "overview": claim.overview,
        "rights": list(claim.rights),
        "restrictions": claim.restrictions,
        "from": claim.notice_from.isoformat(),
        "until": end.day.isoformat(),
        "address": f"{instance().public_url}/rights/notices/{claim.id}",
    }
    parties = [claim.provider_id, _handled(claim)]
    log.append("notice", claim, notice, parties=parties, actor=actor, public=True, retain_years=20)
    return claim


def waive_notice(actor: Actor, claim_id: UUID, *, reason: str) -> Claim:
    """Agree to the applicant's reasoned request to do without a notice; the certificate follows."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "waive_notice")
    if not claim.waiver_request:
        raise Conflict("waiver_not_requested", claim_id=str(claim.id))
    claim.waiver_reason = reason
    _register(claim)
    return claim


def end_notice(actor: Actor, claim_id: UUID) -> Claim:
    """The notice is over and no objection stands: register. By the scheduler."""
    claim = hold(everything(Claim), claim_id)
    over = claim.notice_until is not None and claim.notice_until < today()
    if over and claim.status == ClaimStatus.NOTICE:
        life_of(claim).take(actor, claim, "clear")
        _register(claim)
    return claim


def endorse(actor: Actor, claim_id: UUID, *, note: str) -> Claim:
    """The platform's pre-check found nothing against the claim: issue its own paper."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "endorse")
    claim.decision_note = note
    _decided(claim)
    issue(system("rights"), claim, Scheme.PRECHECK)
    return claim


def hand_over(actor: Actor, claim_id: UUID, *, outside_registrar: str) -> Claim:
    """Hand the checked case to a registrar outside; its certificate is entered when it exists."""
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, "hand_over", outside_registrar=outside_registrar)
    claim.outside_registrar = outside_registrar
    db.session.flush()
    return claim


def objected(actor: Actor, claim: Claim) -> None:
    """An objection came in: notice and case clock wait for its decision."""
    if claim.status == ClaimStatus.NOTICE:
        life_of(claim).take(actor, claim, "object")


def objections_decided(actor: Actor, claim: Claim, *, upheld: bool) -> None:
    """All objections of a claim are decided: refuse it, or go on with the notice."""
    if claim.status != ClaimStatus.OBJECTED:
        return
    if upheld:
        life_of(claim).take(actor, claim, "yield")
        claim.reasons = [ClaimReason.OBJECTION_UPHELD]
        _decided(claim)
    else:
        life_of(claim).take(actor, claim, "resume_notice")


def _register(claim: Claim) -> None:
    life_of(claim).take(system("rights"), claim, "register")
    _decided(claim)
    issue(system("rights"), claim, Scheme.REGISTRAR)


def _end(actor: Actor, claim_id: UUID, action: str, reasons: Sequence[str], note: str) -> Claim:
    claim = hold(visible(actor, Claim), claim_id)
    life_of(claim).take(actor, claim, action, reasons=[str(one) for one in reasons])
    known = [str(one) for one in ClaimReason]
    if not reasons or any(one not in known for one in reasons):
        raise Invalid("invalid", {"reasons": ["field_required"]})
    claim.reasons = [str(one) for one in reasons]
    claim.decision_note = note
    _decided(claim)
    return claim


def _take_on(claim: Claim) -> None:
    claim.accepted_at = now()
    _set_clock(claim, CaseClock(clocks.CASE, None).started(today()))


def _decided(claim: Claim) -> None:
    claim.decided_at = now()
    _stop_clock(claim)
    db.session.flush()


def _clock(claim: Claim) -> CaseClock:
    return CaseClock(claim.case_left, claim.case_running_since)


def _stop_clock(claim: Claim) -> None:
    _set_clock(claim, _clock(claim).stopped(today(), changed_days()))


def _set_clock(claim: Claim, clock: CaseClock) -> None:
    claim.case_left = clock.left
    claim.case_running_since = clock.running_since
    due = clock.due(changed_days())
    claim.case_due = due.day if due else None
    db.session.flush()


def _handled(claim: Claim) -> UUID:
    assert claim.handler_id is not None, "the database checks it"
    return claim.handler_id
