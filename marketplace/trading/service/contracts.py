"""Drafting, issuing, signing and ending a contract.

The provider drafts after a request was agreed; issuing freezes the document's bytes; each side
signs exactly these with a detached JWS (托管签名 under a PIN, or its own key); the second
signature concludes, logs and files it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts import signing
from marketplace.accounts.models import SigningKey
from marketplace.core import queue
from marketplace.core.access import Actor, Permission, require, require_verified, system, visible
from marketplace.core.canonical import canonical, sha256_hex
from marketplace.core.clock import iso, now
from marketplace.core.database import add, db, everything, hold
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.events import record
from marketplace.core.ids import crockford
from marketplace.core.lives import born
from marketplace.datasets import queries as datasets
from marketplace.ledger import log
from marketplace.licensing import document, policy
from marketplace.licensing.templates import template, template_as_signed
from marketplace.licensing.terms import checked
from marketplace.trading import custody, drafting
from marketplace.trading.models import Contract, Request, Signature
from marketplace.trading.queries import contract_of_request, order_of_contract
from marketplace.trading.service import orders
from marketplace.trading.states import (
    CONTRACT_LIFE,
    ContractStatus,
    EndReason,
    OrderStatus,
    RequestStatus,
)

UNDELIVERED = (OrderStatus.AWAITING_PAYMENT, OrderStatus.SECURED)


def draft(actor: Actor, request_id: UUID, **terms: Any) -> Contract:
    """Begin the contract of an agreed request; what is left out is as suggested.

    Conflict `request_not_agreed`, `contract_exists`; Invalid with a code per term.
    """
    require(actor, Permission.ACCESS_ANSWER)
    require_verified(actor)
    request = hold(visible(actor, Request), request_id)
    if not actor.belongs_to(request.provider_id):
        raise Forbidden("wrong_organisation")
    if request.status != RequestStatus.AGREED:
        raise Conflict("request_not_agreed", status=request.status)
    if contract_of_request(request.id):
        raise Conflict("contract_exists")
    chosen = template()
    written = _terms(request, terms)
    contract = Contract(
        number=f"HT-{now():%Y%m}-{crockford(8)}",
        request_id=request.id,
        offer_id=request.offer_id,
        product_id=request.product_id,
        version_id=request.version_id,
        provider_id=request.provider_id,
        buyer_id=request.buyer_id,
        template=chosen.name,
        template_version=chosen.version,
        template_digest=chosen.digest,
        terms=written,
        amount_fen=written["price_fen"],
        status=ContractStatus.DRAFTING,
    )
    born(contract, actor, "contract.drafted", template_digest=chosen.digest)
    return contract


def revise(actor: Actor, contract_id: UUID, **terms: Any) -> Contract:
    """Change the terms of a draft; those that were negotiated stay."""
    require(actor, Permission.ACCESS_ANSWER)
    contract = hold(visible(actor, Contract), contract_id)
    if not actor.belongs_to(contract.provider_id):
        raise Forbidden("wrong_organisation")
    if contract.status != ContractStatus.DRAFTING:
        raise Conflict("wrong_state", status=contract.status, action="revise")
    request = hold(everything(Request), contract.request_id)
    contract.terms = _terms(request, contract.terms | terms)
    record("contract.revised", contract, actor)
    return contract


def issue(actor: Actor, contract_id: UUID) -> Contract:
    """Freeze the document and send it out to be signed by both."""
    contract = hold(visible(actor, Contract), contract_id)
    require_verified(actor)
    custody.check(contract.terms["custody"])
    _freeze(contract)
    CONTRACT_LIFE.take(actor, contract, "issue", digest=contract.digest)
    return contract


def reopen(actor: Actor, contract_id: UUID) -> Contract:
    """The buyer sends the text back to be changed, while nobody has signed."""
    contract = hold(visible(actor, Contract), contract_id)
    CONTRACT_LIFE.take(actor, contract, "reopen")
    contract.document = contract.digest = contract.policy = contract.policy_digest = None
    return contract


def sign_with_pin(actor: Actor, contract_id: UUID, pin: str) -> Contract:
    """托管签名: sign with the organisation's key that is kept here under a PIN."""
    contract = _to_be_signed(actor, contract_id)
    jws, key = signing.sign_for(actor, contract.document_bytes, pin)
    return _sign(actor, contract, jws, key)


def sign_with_own_key(actor: Actor, contract_id: UUID, jws: str) -> Contract:
    """Sign with a detached JWS (RFC 7797) that the organisation made with its own key."""
    contract = _to_be_signed(actor, contract_id)
    assert actor.organisation_id is not None
    key = signing.check(actor.organisation_id, jws, contract.document_bytes)
    return _sign(actor, contract, jws, key)


def end(actor: Actor, contract_id: UUID, reason: str, note: str = "") -> Contract:
    """End a contract early, with a coded reason. Delivery stops; what was not delivered is cancelled."""
    contract = hold(visible(actor, Contract), contract_id)
    side = "provider" if actor.belongs_to(contract.provider_id) else "buyer"
    CONTRACT_LIFE.take(actor, contract, f"end_by_{side}", reason=reason)
    _close(contract, reason, note)
    return contract


def abandon(actor: Actor, contract_id: UUID, note: str = "") -> Contract:
    """Give up a contract that was not concluded."""
    contract = hold(visible(actor, Contract), contract_id)
    side = "provider" if actor.belongs_to(contract.provider_id) else "buyer"
    CONTRACT_LIFE.take(actor, contract, f"abandon_by_{side}")
    contract.ended_at, contract.end_reason, contract.end_note = now(), EndReason.NOT_NEEDED, note
    return contract


def lapse(actor: Actor, contract_id: UUID) -> None:
    """The licence term is over."""
    contract = hold(everything(Contract), contract_id)
    is_over = contract.valid_until is not None and now() >= contract.valid_until
    if contract.is_performing and is_over:
        CONTRACT_LIFE.take(actor, contract, "lapse", reason=EndReason.EXPIRED)
        _close(contract, EndReason.EXPIRED, "")


def _terms(request: Request, given: dict[str, Any]) -> dict[str, Any]:
    """Suggested, then as given, then as agreed: the last word is what both negotiated."""
    return checked(drafting.suggested(request) | given | drafting.agreed(request))


def _freeze(contract: Contract) -> None:
    chosen = template_as_signed(
        contract.template, contract.template_version, contract.template_digest
    )
    made = document.contract_json(
        chosen,
        contract.terms,
        {"provider": _party(contract.provider_id), "buyer": _party(contract.buyer_id)},
        number=contract.number,
        uid=f"urn:uuid:{contract.id}",
        version_sha256=datasets.version(contract.version_id).sha256,
        mode=drafting.mode(),
    )
    raw = document.as_bytes(made)
    contract.document = raw.decode()
    contract.digest = sha256_hex(raw)
    contract.policy = made["policy"]
    contract.policy_digest = sha256_hex(canonical(made["policy"]))


def _party(organisation_id: UUID) -> dict[str, str]:
    one = accounts.organisation(organisation_id)
    return {
        "id": str(one.id),
        "name": one.name,
        "credit_code": one.credit_code,
        "address": one.address,
    }


def _to_be_signed(actor: Actor, contract_id: UUID) -> Contract:
    """The held contract that this person may sign now."""
    require(actor, Permission.CONTRACT_SIGN)
    require_verified(actor)
    contract = hold(visible(actor, Contract), contract_id)
    if not (actor.belongs_to(contract.provider_id) or actor.belongs_to(contract.buyer_id)):
        raise Forbidden("wrong_organisation")
    if contract.status != ContractStatus.SIGNING:
        raise Conflict("wrong_state", status=contract.status, action="sign")
    if any(one.organisation_id == actor.organisation_id for one in _signatures(contract)):
        raise Conflict("already_signed")
    limit = accounts.signing_limit(actor)
    if limit is None or limit < contract.amount_fen:
        raise Forbidden("signing_limit_exceeded", amount_fen=contract.amount_fen)
    return contract


def _sign(actor: Actor, contract: Contract, jws: str, key: SigningKey) -> Contract:
    assert actor.organisation_id is not None
    assert contract.digest is not None
    add(
        Signature(
            contract_id=contract.id,
            organisation_id=actor.organisation_id,
            signed_by=actor.person_id,
            signer_name=actor.name,
            jws=jws,
            kid=key.kid,
            custody=key.custody,
            digest=contract.digest,
            signed_at=now(),
        )
    )
    record("contract.signed", contract, actor, custody=key.custody, kid=key.kid)
    if len(_signatures(contract)) == 2:
        _conclude(actor, contract)
    return contract


def _signatures(contract: Contract) -> list[Signature]:
    db.session.expire(contract, ["signatures"])
    return contract.signatures


def _conclude(actor: Actor, contract: Contract) -> None:
    """Both have signed: the term begins, the record is logged, and the contract is filed."""
    moment = now()
    contract.concluded_at = moment
    contract.valid_until = moment + timedelta(days=contract.terms["term_days"])
    signed = contract.as_json
    contract.policy = policy.odrl(
        contract.terms,
        signed["parties"],
        signed["uid"],
        skeleton=template_as_signed(
            contract.template, contract.template_version, contract.template_digest
        ).policy,
        version_sha256=signed["data"]["digest"],
        until=contract.valid_until,
    )
    contract.policy_digest = sha256_hex(canonical(contract.policy))
    CONTRACT_LIFE.take(actor, contract, "conclude", digest=contract.digest)
    entry = log.append(
        "contract",
        contract,
        _record(contract),
        parties=(contract.provider_id, contract.buyer_id),
        actor=actor,
    )
    contract.filed_at = moment
    CONTRACT_LIFE.take(system("filing"), contract, "file", log_entry=str(entry.id))
    queue.enqueue("trading.lapse", contract.id, after=contract.valid_until - moment)


def _record(contract: Contract) -> dict[str, Any]:
    """What the log commits to; record and salt go to the two parties and the auditor."""
    assert contract.concluded_at is not None
    assert contract.valid_until is not None
    return {
        "contract": str(contract.id),
        "number": contract.number,
        "digest_algorithm": "SHA-256",
        "digest": contract.digest,
        "template_digest": contract.template_digest,
        "policy_digest": contract.policy_digest,
        "amount_fen": str(contract.amount_fen),
        "concluded_at": iso(contract.concluded_at),
        "valid_until": iso(contract.valid_until),
        "signatures": [
            {
                "organisation": str(one.organisation_id),
                "kid": one.kid,
                "custody": one.custody,
                "jws_sha256": sha256_hex(one.jws.encode()),
            }
            for one in _signatures(contract)
        ],
    }


def _close(contract: Contract, reason: str, note: str) -> None:
    contract.ended_at, contract.end_reason, contract.end_note = now(), reason, note
    order = order_of_contract(contract.id)
    if order is not None and order.status in UNDELIVERED:
        orders.cancel(system("contract"), order.id, reason=f"contract_ended:{reason}")
