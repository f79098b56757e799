"""Which event is told to whom, and which page it leads to: one row each.

To tell people of one more event, add a row here and its sentence `notice.<event>` in
`web/messages/notices.py`. `of("provider_id", P.ORDER_DELIVER)` are the people who hold the
permission in the organisation that the subject's column names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import ClaimCase, Invitation, MailLink, Membership, Person
from marketplace.accounts.queries import people_with, person, staff_with
from marketplace.core.access import Permission
from marketplace.core.database import Model, db

P = Permission


@dataclass(frozen=True)
class Reader:
    """Somebody to tell; an invited person has no account yet."""

    email: str
    language: str
    person_id: UUID | None = None


Finder = Callable[[Any], list[Reader]]


@dataclass(frozen=True)
class Occasion:
    """One event, who is told, and the page it leads to (`key` takes the subject's id).

    `is_letter`: the mail itself does something (a link that works once), and is not shown in the
    application.
    """

    event: str
    readers: tuple[Finder, ...]
    endpoint: str
    key: str = ""
    is_letter: bool = False


def _as_readers(people: Sequence[Person]) -> list[Reader]:
    return [Reader(one.email, one.language, one.id) for one in people]


def of(column: str, permission: P | None = None) -> Finder:
    """The people of the organisation in this column (who hold a permission)."""

    def find(subject: Any) -> list[Reader]:
        organisation_id = getattr(subject, column, None)
        return _as_readers(people_with(organisation_id, permission)) if organisation_id else []

    return find


def staff(permission: P) -> Finder:
    """All staff who hold a permission."""
    return lambda _subject: _as_readers(staff_with(permission))


def _the_person(subject: Person) -> list[Reader]:
    return _as_readers([subject])


def _of_link(subject: MailLink) -> list[Reader]:
    return _as_readers([person(subject.person_id)])


def _invited(subject: Invitation) -> list[Reader]:
    return [Reader(subject.email, "zh")]


def _member(subject: Membership) -> list[Reader]:
    return _as_readers([person(subject.person_id)])


def _both_claimants(subject: ClaimCase) -> list[Reader]:
    found = [*people_with(subject.holder_id), *people_with(subject.claimant_id)]
    return _as_readers(found)


_PROVIDER, _BUYER = of("provider_id", P.CLAIM_SUBMIT), of("buyer_id", P.ORDER_PLACE)
_SELLER = of("provider_id", P.ACCESS_ANSWER)
_BOTH = (_SELLER, _BUYER)

_ROWS = (
    # accounts
    Occasion("mail_link.confirm", (_of_link,), "accounts.confirm_email", is_letter=True),
    Occasion("mail_link.reset", (_of_link,), "accounts.reset", is_letter=True),
    Occasion("invitation.sent", (_invited,), "accounts.invitation", is_letter=True),
    Occasion("registration.repeated", (_the_person,), "accounts.sign_in", is_letter=True),
    Occasion("organisation.registered", (staff(P.ORGANISATION_VERIFY),), "accounts.registration",
             "organisation_id"),
    Occasion("organisation.resubmitted", (staff(P.ORGANISATION_VERIFY),), "accounts.registration",
             "organisation_id"),
    Occasion("organisation.verified", (of("id"),), "accounts.organisation"),
    Occasion("organisation.returned", (of("id"),), "accounts.organisation"),
    Occasion("organisation.revoked", (of("id"),), "accounts.organisation"),
    Occasion("organisation.suspended", (of("id"),), "accounts.organisation"),
    Occasion("organisation.restored", (of("id"),), "accounts.organisation"),
    Occasion("claim_case.opened", (staff(P.ORGANISATION_VERIFY), _both_claimants),
             "accounts.case", "case_id"),
    Occasion("claim_case.upheld", (_both_claimants,), "accounts.organisation"),
    Occasion("claim_case.dismissed", (_both_claimants,), "accounts.organisation"),
    Occasion("member.changed", (_member,), "accounts.profile"),
    Occasion("password.changed", (_the_person,), "accounts.profile"),
    Occasion("password.reset", (_the_person,), "accounts.profile"),
    Occasion("second_factor.dropped", (_the_person,), "accounts.profile"),
    Occasion("recovery_code.used", (_the_person,), "accounts.profile"),
    # datasets
    Occasion("version.ready", (of("provider_id", P.DATASET_EDIT),), "datasets.index"),
    Occasion("version.refused", (of("provider_id", P.DATASET_EDIT),), "datasets.index"),
    # rights
    Occasion("claim.submitted", (staff(P.CLAIM_PRECHECK),), "rights.show", "claim_id"),
    Occasion("claim.handed_over", (staff(P.CLAIM_REGISTER),), "rights.show", "claim_id"),
    Occasion("claim.accepted", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.supplement_asked", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.published", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.objected", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.registered", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.refused", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("claim.terminated", (_PROVIDER,), "rights.show", "claim_id"),
    Occasion("certificate.suspended", (of("holder_id", P.CLAIM_SUBMIT),), "rights.index"),
    # compliance
    Occasion("review.opened", (staff(P.REVIEW_DECIDE),), "compliance.queue"),
    Occasion("review.disputed", (staff(P.REVIEW_ARBITRATE),), "compliance.queue"),
    Occasion("review.returned", (_PROVIDER,), "compliance.show", "review_id"),
    Occasion("review.approved", (_PROVIDER,), "compliance.show", "review_id"),
    Occasion("review.refused", (_PROVIDER,), "compliance.show", "review_id"),
    Occasion("review.voided", (_PROVIDER,), "compliance.show", "review_id"),
    Occasion("dataset.taken_down", (_PROVIDER,), "datasets.show", "dataset_id"),
    # catalogue
    Occasion("question.asked", (of("provider_id", P.QUESTION_ANSWER),), "catalogue.mine"),
    Occasion("question.answered", (of("asker_id", P.QUESTION_ASK),), "catalogue.index"),
    # trading
    Occasion("request.asked", (_SELLER,), "trading.request", "request_id"),
    Occasion("request.offered", (_BUYER,), "trading.request", "request_id"),
    Occasion("request.countered", (_SELLER,), "trading.request", "request_id"),
    Occasion("request.agreed", _BOTH, "trading.request", "request_id"),
    Occasion("request.refused", (_BUYER,), "trading.request", "request_id"),
    Occasion("contract.signed", _BOTH, "trading.contract", "contract_id"),
    Occasion("contract.concluded", _BOTH, "trading.contract", "contract_id"),
    Occasion("order.placed", _BOTH, "trading.order", "order_id"),
    Occasion("order.secured", _BOTH, "trading.order", "order_id"),
    Occasion("order.delivered", (_BUYER,), "trading.order", "order_id"),
    Occasion("order.accepted", (_SELLER,), "trading.order", "order_id"),
    Occasion("order.settled", _BOTH, "trading.order", "order_id"),
    Occasion("order.disputed", (_SELLER, staff(P.ORDER_ARBITRATE)), "trading.order", "order_id"),
    Occasion("order.cancelled", _BOTH, "trading.order", "order_id"),
    Occasion("order.refunded", _BOTH, "trading.order", "order_id"),
    # payments
    Occasion("payment.declined", (of("buyer_id", P.PAYMENT_MAKE),), "trading.index"),
    Occasion("payout.prepared", (staff(P.PAYOUT_APPROVE),), "payments.desk"),
    Occasion("payout.paid", (of("provider_id", P.PAYMENT_CONFIRM),), "trading.index"),
    Occasion("invoice.issued", (of("buyer_id", P.ORDER_PLACE),), "trading.index"),
)  # fmt: skip

OCCASIONS: dict[str, Occasion] = {row.event: row for row in _ROWS}


def subject_of(table: str, key: UUID) -> Model | None:
    """The row an event is about, whichever step it belongs to."""
    for mapper in Model.registry.mappers:
        if mapper.class_.__tablename__ == table:
            found: Model | None = db.session.scalars(
                select(mapper.class_).where(mapper.class_.id == key)
            ).one_or_none()
            return found
    return None


def title_of(subject: Model) -> str:
    """How a thing is called in a sentence: its number or title; nothing personal."""
    for column in ("title", "number", "credit_code"):
        value = getattr(subject, column, None)
        if isinstance(value, str) and value:
            return value[:200]
    organisation = getattr(subject, "name", "")
    return organisation[:200] if subject.__tablename__ == "organisations" else ""
