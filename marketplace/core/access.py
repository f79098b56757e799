"""Who may do what: permissions, the roles that hold them, and the actor who asks.

One table from role to permissions. Enforced in services, so that page, API and command line
cannot diverge. What an actor may not see is not found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select

from marketplace.core.errors import Forbidden, NotSignedIn

T = TypeVar("T")


class Role(StrEnum):
    """What a person is in an organisation. Staff roles (`STAFF`) require a second factor."""

    MANAGER = "manager"  # of an organisation: members, keys, documents
    PROVIDER = "provider"
    BUYER = "buyer"
    REVIEWER = "reviewer"
    CHIEF_REVIEWER = "chief_reviewer"
    REGISTRAR = "registrar"
    OPERATOR = "operator"
    FINANCE_CLERK = "finance_clerk"
    CHECKER = "checker"
    ADMINISTRATOR = "administrator"
    SECURITY_OFFICER = "security_officer"
    AUDITOR = "auditor"


STAFF = frozenset(
    {
        Role.REVIEWER,
        Role.CHIEF_REVIEWER,
        Role.REGISTRAR,
        Role.OPERATOR,
        Role.FINANCE_CLERK,
        Role.CHECKER,
        Role.ADMINISTRATOR,
        Role.SECURITY_OFFICER,
        Role.AUDITOR,
    }
)


class Permission(StrEnum):
    """`noun:verb`."""

    # accounts
    ORGANISATION_EDIT = "organisation:edit"
    ORGANISATION_VERIFY = "organisation:verify"
    ORGANISATION_SUSPEND = "organisation:suspend"
    MEMBER_INVITE = "member:invite"
    KEY_MANAGE = "key:manage"
    TOKEN_ISSUE = "token:issue"
    # datasets
    DATASET_EDIT = "dataset:edit"
    DATASET_READ_ALL = "dataset:read_all"
    # rights
    CLAIM_SUBMIT = "claim:submit"
    CLAIM_PRECHECK = "claim:precheck"
    CLAIM_REGISTER = "claim:register"
    OBJECTION_FILE = "objection:file"
    PUBLIC_DATA_REGISTER = "public_data:register"
    # compliance
    REVIEW_REQUEST = "review:request"
    REVIEW_DECIDE = "review:decide"
    REVIEW_ARBITRATE = "review:arbitrate"
    REVIEW_READ_ALL = "review:read_all"
    TAKE_DOWN = "product:take_down"
    # valuation
    COST_DECLARE = "cost:declare"
    PRICE_CAP_SET = "price_cap:set"
    # catalogue
    PRODUCT_LIST = "product:list"
    QUESTION_ASK = "question:ask"
    QUESTION_ANSWER = "question:answer"
    # trading
    ACCESS_REQUEST = "access:request"
    ACCESS_ANSWER = "access:answer"
    CONTRACT_SIGN = "contract:sign"
    ORDER_PLACE = "order:place"
    ORDER_DELIVER = "order:deliver"
    ORDER_ACCEPT = "order:accept"
    ORDER_ARBITRATE = "order:arbitrate"
    ORDER_READ_ALL = "order:read_all"
    # payments
    PAYMENT_MAKE = "payment:make"
    PAYMENT_CONFIRM = "payment:confirm"
    BANK_IMPORT = "bank:import"
    REFUND_REQUEST = "refund:request"
    REFUND_APPROVE = "refund:approve"
    PAYOUT_PREPARE = "payout:prepare"
    PAYOUT_APPROVE = "payout:approve"
    INVOICE_UPLOAD = "invoice:upload"
    BOOK_READ = "book:read"
    # delivery
    DELIVERY_FETCH = "delivery:fetch"
    GRANT_REVOKE = "grant:revoke"
    # ledger, statistics, operations
    RECORD_READ_ALL = "record:read_all"
    FIGURE_OPEN = "figure:open"
    OPERATIONS_READ = "operations:read"
    CALENDAR_EDIT = "calendar:edit"
    # what only a named part of the system does
    SYSTEM = "system:act"


P = Permission
_TRADER_READS = {P.QUESTION_ASK, P.OBJECTION_FILE, P.TOKEN_ISSUE}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(
        _TRADER_READS | {P.ORGANISATION_EDIT, P.MEMBER_INVITE, P.KEY_MANAGE, P.CONTRACT_SIGN}
    ),
    Role.PROVIDER: frozenset(
        _TRADER_READS
        | {
            P.DATASET_EDIT,
            P.CLAIM_SUBMIT,
            P.REVIEW_REQUEST,
            P.COST_DECLARE,
            P.PRODUCT_LIST,
            P.QUESTION_ANSWER,
            P.ACCESS_ANSWER,
            P.CONTRACT_SIGN,
            P.ORDER_DELIVER,
            P.PAYMENT_CONFIRM,
            P.INVOICE_UPLOAD,
            P.REFUND_REQUEST,
            P.GRANT_REVOKE,
        }
    ),
    Role.BUYER: frozenset(
        _TRADER_READS
        | {
            P.ACCESS_REQUEST,
            P.CONTRACT_SIGN,
            P.ORDER_PLACE,
            P.ORDER_ACCEPT,
            P.PAYMENT_MAKE,
            P.DELIVERY_FETCH,
            P.REFUND_REQUEST,
        }
    ),
    Role.REVIEWER: frozenset({P.REVIEW_DECIDE, P.REVIEW_READ_ALL, P.DATASET_READ_ALL}),
    Role.CHIEF_REVIEWER: frozenset(
        {P.REVIEW_DECIDE, P.REVIEW_ARBITRATE, P.REVIEW_READ_ALL, P.DATASET_READ_ALL, P.TAKE_DOWN}
    ),
    Role.REGISTRAR: frozenset({P.CLAIM_REGISTER, P.DATASET_READ_ALL}),
    Role.OPERATOR: frozenset(
        {
            P.ORGANISATION_VERIFY,
            P.ORGANISATION_SUSPEND,
            P.CLAIM_PRECHECK,
            P.PUBLIC_DATA_REGISTER,
            P.PRICE_CAP_SET,
            P.TAKE_DOWN,
            P.DATASET_READ_ALL,
            P.REVIEW_READ_ALL,
            P.ORDER_READ_ALL,
            P.ORDER_ARBITRATE,
            P.OPERATIONS_READ,
            P.GRANT_REVOKE,
        }
    ),
    Role.FINANCE_CLERK: frozenset(
        {P.BANK_IMPORT, P.PAYOUT_PREPARE, P.REFUND_REQUEST, P.ORDER_READ_ALL, P.BOOK_READ}
    ),
    Role.CHECKER: frozenset({P.REFUND_APPROVE, P.PAYOUT_APPROVE, P.ORDER_READ_ALL, P.BOOK_READ}),
    Role.ADMINISTRATOR: frozenset(
        {
            P.OPERATIONS_READ,
            P.CALENDAR_EDIT,
            P.FIGURE_OPEN,
            P.ORGANISATION_SUSPEND,
            P.MEMBER_INVITE,
            P.ORGANISATION_EDIT,
            P.KEY_MANAGE,
        }
    ),
    Role.SECURITY_OFFICER: frozenset({P.TAKE_DOWN, P.OPERATIONS_READ}),
    Role.AUDITOR: frozenset(
        {
            P.RECORD_READ_ALL,
            P.BOOK_READ,
            P.FIGURE_OPEN,
            P.ORDER_READ_ALL,
            P.REVIEW_READ_ALL,
            P.OPERATIONS_READ,
        }
    ),
}


@dataclass(frozen=True)
class Actor:
    """Who asks: a person in one organisation, by session or token; or a named part of the system."""

    name: str
    person_id: UUID | None = None
    organisation_id: UUID | None = None
    organisation_verified: bool = False
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    signing_limit_fen: int | None = None  # None: may not sign
    via: str = "session"  # session, token, system, anonymous
    session_id: UUID | None = field(default=None, compare=False)

    @property
    def is_system(self) -> bool:
        return self.via == "system"

    @property
    def is_anonymous(self) -> bool:
        return self.via == "anonymous"

    def may(self, permission: Permission) -> bool:
        return self.is_system or permission in self.permissions

    def belongs_to(self, organisation_id: UUID | None) -> bool:
        return organisation_id is not None and self.organisation_id == organisation_id


ANYONE = Actor("anyone", via="anonymous")


def system(name: str) -> Actor:
    """A named part of the system: the scheduler, the settlement job."""
    return Actor(f"system:{name}", via="system")


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def require(actor: Actor, permission: Permission) -> None:
    """Ask leave: NotSignedIn for nobody, Forbidden for the wrong person."""
    if actor.may(permission):
        return
    if actor.is_anonymous:
        raise NotSignedIn("sign_in_required")
    raise Forbidden("permission_missing", permission=str(permission))


def require_verified(actor: Actor) -> None:
    """Before its organisation is verified an actor may prepare, never trade."""
    if not (actor.is_system or actor.organisation_verified):
        raise Forbidden("organisation_not_verified")


_RULES: dict[type[Any], Callable[[Actor], Any]] = {}


def sees(model: type[T]) -> Callable[[Callable[[Actor], Select[T]]], Callable[[Actor], Select[T]]]:
    """Declare, in a step's `queries.py`, which rows of a model an actor may see."""

    def declare(rule: Callable[[Actor], Select[T]]) -> Callable[[Actor], Select[T]]:
        _RULES[model] = rule
        return rule

    return declare


def visible(actor: Actor, model: type[T]) -> Select[T]:
    """The rows of this model that the actor may see."""
    rule: Callable[[Actor], Select[T]] = _RULES[model]
    return rule(actor)
