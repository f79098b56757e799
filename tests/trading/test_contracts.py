"""Drafting, signing and ending a contract."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws as jose
from joserfc.jwk import OKPKey

from marketplace.accounts import signing
from marketplace.accounts.queries import keys_of
from marketplace.core.access import Role
from marketplace.core.canonical import sha256_hex
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.events import history
from marketplace.core.signing import detached_with, payload_of, public_jwk, thumbprint
from marketplace.ledger import log
from marketplace.trading import jobs, queries, service
from marketplace.trading.models import Contract
from tests.factories import accounts, licensing, trading

pytestmark = pytest.mark.usefixtures("app")


def fresh(contract: Contract) -> Contract:
    db.session.rollback()
    return find(everything(Contract), contract.id)


def test_both_signatures_conclude_log_and_file_the_contract() -> None:
    contract = trading.signed_contract()

    assert contract.status == "performing"
    assert contract.valid_until is not None
    assert contract.digest == sha256_hex(contract.document_bytes)
    entry = log.entry_of(contract.id, "contract")
    assert entry is not None
    assert not entry.public
    assert payload_of(entry.jws or "")["digest"] == contract.digest
    assert payload_of(entry.jws or "")["mode"] == "demo"
    names = [one.name for one in history("contracts", contract.id)]
    assert names[-2:] == ["contract.concluded", "contract.filed"]
    assert contract.policy is not None
    operands = [one["leftOperand"] for one in contract.policy["permission"][0]["constraint"]]
    assert "dateTime" in operands


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_tools_we_did_not_write_verify_both_signatures() -> None:
    contract = trading.signed_contract()

    for signature in queries.signatures_of(contract.id):
        key = next(k for k in keys_of(signature.organisation_id) if k.kid == signature.kid)
        taken = jwt.api_jws.PyJWS().decode_complete(
            signature.jws,
            jwt.PyJWK(key.public_jwk | {"alg": "EdDSA"}),
            algorithms=["EdDSA"],
            detached_payload=contract.document_bytes,
        )
        assert taken["header"]["kid"] == signature.kid
        head, _, tail = signature.jws.partition("..")
        found = jose.deserialize_compact(
            f"{head}..{tail}",
            OKPKey.import_key(dict(key.public_jwk)),
            algorithms=["EdDSA"],
            payload=contract.document_bytes,
            registry=jose.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False),
        )
        assert found.headers()["kid"] == signature.kid
        assert signature.custody == "platform"


def test_an_organisation_signs_with_its_own_key() -> None:
    between = trading.trade()
    contract = trading.issued_contract(between)
    private = Ed25519PrivateKey.generate()
    jwk = public_jwk(private.public_key())
    kid = thumbprint(private.public_key())
    manager = accounts.member(between.buyer.organisation_id, Role.MANAGER)
    proof = detached_with(
        private,
        kid,
        signing.possession_payload(manager.organisation_id, jwk),  # type: ignore[arg-type]
        signing.POSSESSION_TYPE,
    )
    with transaction():
        signing.register_key(manager, jwk, proof)
    good = detached_with(private, kid, contract.document_bytes, signing.SIGNATURE_TYPE)
    bad = detached_with(private, kid, contract.document_bytes + b" ", signing.SIGNATURE_TYPE)
    stranger = detached_with(
        Ed25519PrivateKey.generate(), kid, contract.document_bytes, signing.SIGNATURE_TYPE
    )

    for wrong in (bad, stranger):
        with pytest.raises(Invalid, match="signature_not_valid"), transaction():
            service.sign_with_own_key(between.buyer, contract.id, wrong)
    with transaction():
        service.sign_with_own_key(between.buyer, contract.id, good)

    assert [one.custody for one in queries.signatures_of(contract.id)] == ["own"]
    assert fresh(contract).status == "signing"
    with pytest.raises(Conflict, match="already_signed"), transaction():
        service.sign_with_own_key(between.buyer, contract.id, good)


def test_signing_needs_the_permission_the_limit_the_pin_and_the_right_side() -> None:
    between = trading.trade()
    contract = trading.issued_contract(between)
    trading.key_of(between.buyer)
    organisation = between.buyer.organisation_id
    cases = [
        (accounts.member(organisation, Role.BUYER, limit=1_059_999), "signing_limit_exceeded"),
        (accounts.staff(Role.OPERATOR), "permission_missing"),
    ]
    for actor, code in cases:
        with pytest.raises(Forbidden, match=code), transaction():
            service.sign_with_pin(actor, contract.id, trading.PIN)
    stranger = accounts.actor(Role.BUYER)
    with pytest.raises(NotFound), transaction():
        service.sign_with_pin(stranger, contract.id, trading.PIN)
    with pytest.raises(Invalid) as refused, transaction():
        service.sign_with_pin(between.buyer, contract.id, "000000-wrong")
    assert refused.value.fields == {"pin": ["pin_wrong"]}
    assert refused.value.remember

    exact = accounts.member(organisation, Role.BUYER, limit=1_060_000)
    with transaction():
        service.sign_with_pin(exact, contract.id, trading.PIN)
    assert len(queries.signatures_of(contract.id)) == 1


def test_negotiated_terms_cannot_be_drafted_otherwise() -> None:
    between = trading.trade()
    request = trading.agreed_request(between)

    with transaction():
        contract = service.draft(
            between.provider,
            request.id,
            **licensing.draft_terms(price_fen=1, purposes=["resale"], term_days=1),
        )

    assert contract.terms["price_fen"] == 1_060_000
    assert contract.terms["purposes"] == ["research"]
    assert contract.terms["term_days"] == 365


def test_a_draft_is_revised_issued_sent_back_and_frozen_again() -> None:
    between = trading.trade()
    contract = trading.issued_contract(between)
    first = contract.digest
    with pytest.raises(Conflict, match="wrong_state"), transaction():
        service.revise(between.provider, contract.id, quality="另一标准")

    with transaction():
        service.reopen(between.buyer, contract.id)
    assert fresh(contract).document is None
    with transaction():
        service.revise(between.provider, contract.id, quality="另一标准")
    with transaction():
        service.issue(between.provider, contract.id)

    assert fresh(contract).digest != first
    trading.key_of(between.provider)
    with transaction():
        service.sign_with_pin(between.provider, contract.id, trading.PIN)
    with pytest.raises(Forbidden, match="conflict_of_interest"), transaction():
        service.reopen(between.buyer, contract.id)


def test_only_the_provider_drafts_once_and_only_after_agreement() -> None:
    between = trading.trade()
    asked = trading.asked_request(between)
    with pytest.raises(Conflict, match="request_not_agreed"), transaction():
        service.draft(between.provider, asked.id)
    with transaction():
        service.agree(between.provider, asked.id, 1)
    for actor, refusal in (
        (between.buyer, Forbidden),
        (accounts.member(between.buyer.organisation_id, Role.PROVIDER), Forbidden),
        (accounts.actor(Role.PROVIDER), NotFound),
    ):
        with pytest.raises(refusal), transaction():
            service.draft(actor, asked.id)

    with transaction():
        service.draft(between.provider, asked.id)
    with pytest.raises(Conflict, match="contract_exists"), transaction():
        service.draft(between.provider, asked.id)


@pytest.mark.parametrize("side", ["provider", "buyer"])
def test_either_side_may_end_a_contract_with_a_reason(side: str) -> None:
    between = trading.trade()
    contract = trading.signed_contract(between)
    stranger = accounts.actor(Role.BUYER)
    with pytest.raises(NotFound), transaction():
        service.end(stranger, contract.id, "misuse")

    with transaction():
        service.end(getattr(between, side), contract.id, "misuse", "超出用途")

    assert fresh(contract).status == "ended"
    assert fresh(contract).end_reason == "misuse"
    assert not queries.is_contract_alive(contract.id)


def test_a_contract_lapses_when_its_term_is_over_and_not_before() -> None:
    contract = trading.signed_contract()
    jobs.lapse(contract.id)
    assert fresh(contract).status == "performing"
    with transaction():
        row = find(everything(Contract), contract.id)
        row.valid_until = row.concluded_at
    jobs.lapse(contract.id)
    jobs.lapse(contract.id)

    assert fresh(contract).end_reason == "expired"


def test_a_contract_that_was_not_concluded_is_abandoned() -> None:
    between = trading.trade()
    contract = trading.issued_contract(between)

    with transaction():
        service.abandon(between.buyer, contract.id)

    assert fresh(contract).status == "ended"
    with pytest.raises(Conflict, match="wrong_state"), transaction():
        service.sign_with_pin(between.provider, contract.id, trading.PIN)
