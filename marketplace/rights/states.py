"""What can happen to claims, objections, certificates and the papers of public data, and by whom."""

from enum import StrEnum
from typing import Any

from marketplace.core.access import Actor, Permission
from marketplace.core.lives import Life, Step, step

P = Permission


class Right(StrEnum):
    """The three rights (国数综政策〔2026〕35号 art. 3); each stands alone."""

    HOLD = "hold"
    USE = "use"
    OPERATE = "operate"


class Route(StrEnum):
    """Who handles a claim: the platform, which is no registrar, or a registrar."""

    PRECHECK = "precheck"
    REGISTRAR = "registrar"


class Scheme(StrEnum):
    """What kind of paper a certificate is."""

    PRECHECK = "precheck"
    REGISTRAR = "registrar"
    OUTSIDE = "outside"


class ClaimStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    REVIEWING = "reviewing"
    NOTICE = "notice"
    OBJECTED = "objected"
    CLEARED = "cleared"
    REGISTERED = "registered"
    PRECHECKED = "prechecked"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    TERMINATED = "terminated"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class ObjectionStatus(StrEnum):
    RECEIVED = "received"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class CertificateStatus(StrEnum):
    VALID = "valid"
    CHALLENGED = "challenged"
    SUSPENDED = "suspended"
    CHANGED = "changed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class PaperStatus(StrEnum):
    """Of a paper that a provider files and an operator confirms."""

    FILED = "filed"
    VALID = "valid"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Circumstance(StrEnum):
    """The ten ways of having come by data (rules 1.2, guide arts. 15, 20, 21), and two that bar."""

    OWN = "own"
    CONTRACT_ACTIVITY = "contract_activity"
    NATURAL_PERSON = "natural_person"
    CRAWLED = "crawled"
    CONTRACT = "contract"
    JOINT = "joint"
    DERIVED = "derived"
    ENTRUSTED = "entrusted"
    GOVERNMENT_DUTY = "government_duty"
    AUTHORISED_OPERATION = "authorised_operation"
    UTILITY = "utility"


class RemarkKind(StrEnum):
    """What must be noted on a certificate (guide art. 23). The first two suspend it."""

    SEIZURE = "seizure"
    TEMPORARY_CONTROL = "temporary_control"
    AGREED_TERM = "agreed_term"
    OTHER = "other"


SUSPENDING = frozenset({RemarkKind.SEIZURE, RemarkKind.TEMPORARY_CONTROL})


class Purpose(StrEnum):
    """What public data is authorised for (发改数据规〔2025〕27号)."""

    WELFARE = "welfare"
    INDUSTRY = "industry"


class ClaimReason(StrEnum):
    """Why a claim is refused or ended (guide art. 22), and what a supplement list may ask for."""

    SOURCE_UNLAWFUL = "source_unlawful"
    HARMS_OTHERS = "harms_others"
    DISPUTE_UNRESOLVED = "dispute_unresolved"
    FALSE_PROOF = "false_proof"
    LEGAL_BAR = "legal_bar"
    CANNOT_BE_EVIDENCED = "cannot_be_evidenced"
    EVIDENCE_MISSING = "evidence_missing"
    DESCRIPTION_INACCURATE = "description_inaccurate"
    OBJECTION_UPHELD = "objection_upheld"


def applied_by(actor: Actor, thing: Any) -> bool:
    """A conflict of interest: the handler belongs to the organisation that asks."""
    return actor.belongs_to(thing.provider_id)


def held_by(actor: Actor, thing: Any) -> bool:
    """A conflict of interest: the handler belongs to the holder of the certificate."""
    return actor.belongs_to(thing.holder_id)


S = ClaimStatus
_OPEN = {S.SUBMITTED, S.SUPPLEMENT, S.REVIEWING}


def _claim_steps(permission: Permission) -> tuple[Step, ...]:
    """What both routes share; `permission` is the handler's."""

    def handled(action: str, sources: set[S], target: S, event: str) -> Step:
        return step(
            action, sources, target, permission, event, party="handler_id", unless=applied_by
        )

    return (
        step("submit", {S.DRAFT}, S.SUBMITTED, P.CLAIM_SUBMIT, "claim.submitted", party="provider_id"),
        step(
            "supply", {S.SUPPLEMENT}, S.SUBMITTED, P.CLAIM_SUBMIT, "claim.supplied",
            party="provider_id",
        ),
        step(
            "withdraw", {S.DRAFT, *_OPEN}, S.WITHDRAWN, P.CLAIM_SUBMIT, "claim.withdrawn",
            party="provider_id",
        ),
        handled("accept", {S.SUBMITTED}, S.REVIEWING, "claim.accepted"),
        step("deem_accepted", {S.SUBMITTED}, S.REVIEWING, P.SYSTEM, "claim.deemed_accepted"),
        handled("ask_supplement", {S.SUBMITTED}, S.SUPPLEMENT, "claim.supplement_asked"),
        step("lapse", {S.SUPPLEMENT}, S.LAPSED, P.SYSTEM, "claim.lapsed"),
        handled("refuse", {S.SUBMITTED, S.REVIEWING}, S.REFUSED, "claim.refused"),
        handled("extend", {S.REVIEWING}, S.REVIEWING, "claim.extended"),
        handled("terminate", {S.REVIEWING}, S.TERMINATED, "claim.terminated"),
    )  # fmt: skip


REGISTRAR_LIFE = Life(
    S,
    *_claim_steps(P.CLAIM_REGISTER),
    step(
        "publish", {S.REVIEWING}, S.NOTICE, P.CLAIM_REGISTER, "claim.published",
        party="handler_id", unless=applied_by,
    ),
    step(
        "waive_notice", {S.REVIEWING}, S.CLEARED, P.CLAIM_REGISTER, "claim.notice_waived",
        party="handler_id", unless=applied_by,
    ),
    step("object", {S.NOTICE}, S.OBJECTED, P.SYSTEM, "claim.objected"),
    step("resume_notice", {S.OBJECTED}, S.NOTICE, P.SYSTEM, "claim.notice_resumed"),
    step("yield", {S.OBJECTED}, S.REFUSED, P.SYSTEM, "claim.refused"),
    step("clear", {S.NOTICE}, S.CLEARED, P.SYSTEM, "claim.cleared"),
    step("register", {S.CLEARED}, S.REGISTERED, P.SYSTEM, "claim.registered"),
)  # fmt: skip

PRECHECK_LIFE = Life(
    S,
    *_claim_steps(P.CLAIM_PRECHECK),
    step(
        "endorse", {S.REVIEWING}, S.PRECHECKED, P.CLAIM_PRECHECK, "claim.prechecked",
        party="handler_id", unless=applied_by,
    ),
    step(
        "hand_over", {S.PRECHECKED}, S.HANDED_OVER, P.CLAIM_PRECHECK, "claim.handed_over",
        party="handler_id", unless=applied_by,
    ),
)  # fmt: skip

CLAIM_LIVES = {Route.PRECHECK: PRECHECK_LIFE, Route.REGISTRAR: REGISTRAR_LIFE}


def _objection_life(permission: Permission) -> Life:
    return Life(
        ObjectionStatus,
        *(
            step(
                action, {ObjectionStatus.RECEIVED}, target, permission, f"objection.{target}",
                party="handler_id", unless=applied_by,
            )
            for action, target in (
                ("uphold", ObjectionStatus.UPHELD),
                ("dismiss", ObjectionStatus.DISMISSED),
            )
        ),
    )  # fmt: skip


OBJECTION_LIVES = {
    Scheme.PRECHECK: _objection_life(P.CLAIM_PRECHECK),
    Scheme.REGISTRAR: _objection_life(P.CLAIM_REGISTER),
    Scheme.OUTSIDE: _objection_life(P.CLAIM_PRECHECK),
}

C = CertificateStatus
_STANDING = {C.VALID, C.CHALLENGED, C.SUSPENDED}


def _certificate_life(permission: Permission) -> Life:
    def kept(action: str, sources: set[C], target: C, event: str) -> Step:
        return step(action, sources, target, permission, event, party="issuer_id", unless=held_by)

    return Life(
        C,
        step("challenge", {C.VALID}, C.CHALLENGED, P.SYSTEM, "certificate.challenged"),
        step("settle", {C.CHALLENGED}, C.VALID, P.SYSTEM, "certificate.confirmed"),
        kept("suspend", {C.VALID, C.CHALLENGED}, C.SUSPENDED, "certificate.suspended"),
        kept("restore", {C.SUSPENDED}, C.VALID, "certificate.restored"),
        kept("change", {C.VALID}, C.CHANGED, "certificate.changed"),
        kept("cancel", _STANDING, C.CANCELLED, "certificate.cancelled"),
        step("expire", _STANDING, C.EXPIRED, P.SYSTEM, "certificate.expired"),
    )


CERTIFICATE_LIVES = {
    Scheme.PRECHECK: _certificate_life(P.CLAIM_PRECHECK),
    Scheme.REGISTRAR: _certificate_life(P.CLAIM_REGISTER),
    Scheme.OUTSIDE: _certificate_life(P.CLAIM_PRECHECK),
}


Paper = PaperStatus


def _paper_life(permission: Permission, noun: str) -> Life:
    return Life(
        PaperStatus,
        step(
            "confirm",
            {Paper.FILED},
            Paper.VALID,
            permission,
            f"{noun}.confirmed",
            unless=applied_by,
        ),
        step(
            "refuse", {Paper.FILED}, Paper.REFUSED, permission, f"{noun}.refused", unless=applied_by
        ),
        step(
            "cancel",
            {Paper.VALID},
            Paper.CANCELLED,
            permission,
            f"{noun}.cancelled",
            unless=applied_by,
        ),
        step("expire", {Paper.VALID}, Paper.EXPIRED, P.SYSTEM, f"{noun}.expired"),
    )


OUTSIDE_LIFE = _paper_life(P.CLAIM_PRECHECK, "outside_certificate")
REGISTRATION_LIFE = _paper_life(P.PUBLIC_DATA_REGISTER, "public_registration")
AUTHORISATION_LIFE = _paper_life(P.PUBLIC_DATA_REGISTER, "authorisation")


def claim_life(claim: Any) -> Life:
    """The Life of a claim's route."""
    return CLAIM_LIVES[Route(claim.route)]


def certificate_life(certificate: Any) -> Life:
    """The Life of a certificate's scheme."""
    return CERTIFICATE_LIVES[Scheme(certificate.scheme)]
