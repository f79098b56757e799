"""What can happen to an organisation, a claim case and an invitation, and by whom."""

from enum import StrEnum
from typing import Any

from marketplace.core.access import STAFF, Actor, Permission, Role
from marketplace.core.lives import Life, step


class OrganisationKind(StrEnum):
    """What an organisation is; it decides which roles its people may hold."""

    ENTERPRISE = "enterprise"
    PUBLIC = "public"
    INSTITUTION = "institution"
    PLATFORM = "platform"
    REGISTRAR = "registrar"
    REVIEW = "review"


OPEN_KINDS = (OrganisationKind.ENTERPRISE, OrganisationKind.PUBLIC, OrganisationKind.INSTITUTION)
STAFFED_KINDS = frozenset(OrganisationKind) - frozenset(OPEN_KINDS)

_TRADERS = frozenset({Role.MANAGER, Role.PROVIDER, Role.BUYER})
ROLES_IN: dict[str, frozenset[Role]] = {
    OrganisationKind.ENTERPRISE: _TRADERS,
    OrganisationKind.PUBLIC: _TRADERS,
    OrganisationKind.INSTITUTION: _TRADERS,
    OrganisationKind.PLATFORM: (STAFF - {Role.REGISTRAR}) | {Role.MANAGER},
    OrganisationKind.REGISTRAR: frozenset({Role.MANAGER, Role.BUYER, Role.REGISTRAR}),
    OrganisationKind.REVIEW: frozenset({Role.MANAGER, Role.REVIEWER, Role.CHIEF_REVIEWER}),
}


class OrganisationStatus(StrEnum):
    REGISTERED = "registered"
    VERIFIED = "verified"
    RETURNED = "returned"
    SUSPENDED = "suspended"


class ReturnReason(StrEnum):
    """Why an operator returned a registration; the applicant reads the sentence."""

    NAME_DIFFERS = "name_differs"
    CODE_DIFFERS = "code_differs"
    LICENCE_UNREADABLE = "licence_unreadable"
    LICENCE_EXPIRED = "licence_expired"
    LETTER_MISSING = "letter_missing"
    LETTER_NOT_SEALED = "letter_not_sealed"
    CONTACT_UNREACHABLE = "contact_unreachable"
    CODE_BELONGS_TO_OTHER = "code_belongs_to_other"
    OTHER = "other"


S = OrganisationStatus
P = Permission


def _is_own(actor: Actor, organisation: Any) -> bool:
    """Nobody decides about the organisation he belongs to."""
    return actor.belongs_to(organisation.id)


ORGANISATION_LIFE = Life(
    OrganisationStatus,
    step("verify", {S.REGISTERED}, S.VERIFIED, P.ORGANISATION_VERIFY, "organisation.verified",
         unless=_is_own),
    step("return", {S.REGISTERED}, S.RETURNED, P.ORGANISATION_VERIFY, "organisation.returned",
         unless=_is_own),
    step("resubmit", {S.RETURNED}, S.REGISTERED, P.ORGANISATION_EDIT, "organisation.resubmitted",
         party="id"),
    step("suspend", {S.VERIFIED}, S.SUSPENDED, P.ORGANISATION_SUSPEND, "organisation.suspended",
         unless=_is_own),
    step("revoke", {S.VERIFIED, S.SUSPENDED}, S.RETURNED, P.ORGANISATION_VERIFY,
         "organisation.revoked", unless=_is_own),
    step("restore", {S.SUSPENDED}, S.VERIFIED, P.ORGANISATION_SUSPEND, "organisation.restored",
         unless=_is_own),
)  # fmt: skip


class CaseStatus(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"  # the later claimant is the organisation of this code
    DISMISSED = "dismissed"


def _is_party(actor: Actor, case: Any) -> bool:
    return actor.belongs_to(case.holder_id) or actor.belongs_to(case.claimant_id)


CASE_LIFE = Life(
    CaseStatus,
    step("uphold", {CaseStatus.OPEN}, CaseStatus.UPHELD, P.ORGANISATION_VERIFY,
         "claim_case.upheld", unless=_is_party),
    step("dismiss", {CaseStatus.OPEN}, CaseStatus.DISMISSED, P.ORGANISATION_VERIFY,
         "claim_case.dismissed", unless=_is_party),
)  # fmt: skip


class InvitationStatus(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


INVITATION_LIFE = Life(
    InvitationStatus,
    step("accept", {InvitationStatus.WAITING}, InvitationStatus.ACCEPTED, P.SYSTEM,
         "invitation.accepted"),
    step("withdraw", {InvitationStatus.WAITING}, InvitationStatus.WITHDRAWN, P.MEMBER_INVITE,
         "invitation.withdrawn", party="organisation_id"),
    step("expire", {InvitationStatus.WAITING}, InvitationStatus.EXPIRED, P.SYSTEM,
         "invitation.expired"),
)  # fmt: skip


class Custody(StrEnum):
    """Who holds the private half of a signing key."""

    PLATFORM = "platform"  # 托管签名: wrapped under the organisation's PIN
    OWN = "own"


class LinkPurpose(StrEnum):
    """What a single-use link in a mail does."""

    CONFIRM = "confirm"
    RESET = "reset"


class DocumentKind(StrEnum):
    """What a paper is. Later steps add their own words; any short word is stored."""

    LICENCE = "licence"
    AUTHORISATION_LETTER = "authorisation_letter"
    EVIDENCE = "evidence"
    INVOICE = "invoice"
    OTHER = "other"
