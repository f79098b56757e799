"""Each download leaves one receipt, whatever happens; its parties open it and others do not."""

import importlib.util
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core import queue
from marketplace.core.access import ANYONE, Actor, Role, system
from marketplace.core.clock import now
from marketplace.core.database import db, everything, find, transaction
from marketplace.core.errors import Conflict, Forbidden, NotFound, NotSignedIn
from marketplace.core.events import history, record
from marketplace.core.signing import Signer, header_of, payload_of, public_jwk, thumbprint
from marketplace.ledger import log, proof, sealer, verify
from marketplace.receipts import jobs, queries, service
from marketplace.receipts.models import Receipt
from marketplace.trading.models import Contract, Order
from marketplace.verification import bundles
from tests.factories import accounts, trading
from tests.factories import receipts as factory

FILE = Path(__file__).resolve().parents[2] / "marketplace/static/verify/quanshu_verify.py"


def outside_check(bundle: dict[str, Any]) -> list[str]:
    spec = importlib.util.spec_from_file_location("quanshu_verify", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    failed: list[str] = module.verify(bundle, quiet=True).failed
    return failed


def by_somebody(document: dict[str, Any]) -> dict[str, Any]:
    """A good signature over the contract by a key that the record does not name."""
    private = Ed25519PrivateKey.generate()
    kid = thumbprint(private.public_key())
    jws = Signer(private, kid).detached(document["content"].encode())
    return {"party": "me", "jws": jws, "jwk": public_jwk(private.public_key())}


def test_a_receipt_says_what_left_and_is_logged_as_a_commitment(app: Flask) -> None:
    download = factory.download()
    order = find(everything(Order), download.order_id)
    contract = find(everything(Contract), order.contract_id)

    receipt = factory.receipt(download)
    sealer.Sealer().seal()
    entry = queries.record_of(receipt)
    assert entry.jws is not None
    signed = payload_of(entry.jws)

    assert header_of(entry.jws)["typ"] == "usage-receipt+jwt"
    assert signed["kind"] == "receipt"
    assert signed["mode"] == "demo"
    assert signed["aud"] == f"urn:uuid:{download.buyer_id}"
    assert signed["quantity"] == "1"
    assert signed["bytes"] == str(download.bytes_sent)
    assert signed["version"]["sha256"] == download.version_sha256
    assert signed["contract"] == {"number": contract.number, "sha256": contract.digest}
    assert signed["policy"] == {"sha256": "c" * 64, "decision": "allowed"}
    assert not entry.public
    assert entry.leaf_hex != entry.jws_sha256 == receipt.digest
    assert log.status(entry) == "sealed"
    assert [one.name for one in history("receipts", receipt.id)] == ["receipt.issued"]


def test_a_download_cut_short_counts_bytes_and_no_file(app: Flask) -> None:
    receipt = factory.receipt(bytes_sent=10, ending="cut", completes=False)

    assert (receipt.quantity, receipt.rows, receipt.bytes_sent) == (0, None, 10)


def test_told_twice_it_is_one_receipt(app: Flask, worker: queue.Worker) -> None:
    download = factory.download()
    key = download.id
    with transaction():
        record("download.finished", download, system("delivery"))
    worker.drain()
    jobs.issue(key)
    first = queries.of_download(key)
    assert first is not None
    with transaction():
        again = service.issue(system("receipts"), key)

    assert again.id == first.id
    assert db.session.scalar(select(func.count(Receipt.id))) == 1


def test_what_waits_is_issued_at_once_and_each_of_it_once(app: Flask) -> None:
    first = factory.download()
    keys = [first.id, *(factory.download().id for _ in range(2))]

    jobs.issue(keys[0])
    jobs.issue(keys[1])
    sealer.Sealer().seal()

    issued = [queries.of_download(key) for key in keys]
    assert db.session.scalar(select(func.count(Receipt.id))) == 3
    for key, receipt in zip(keys, issued, strict=True):
        assert receipt is not None
        entry = queries.record_of(receipt)
        assert entry.subject_id == key
        assert entry.jws is not None
        assert payload_of(entry.jws)["aud"] == f"urn:uuid:{receipt.buyer_id}"
        assert [one.name for one in history("receipts", receipt.id)] == ["receipt.issued"]
    assert not verify.verify_all().problems


def test_a_download_of_long_ago_is_left_to_its_own_job(app: Flask) -> None:
    long_ago = int((now() - queries.RECENT).timestamp() * 1000) - 1000
    download = factory.download(id=UUID(int=long_ago << 80 | 1))
    key = download.id

    with transaction():
        assert service.issue_waiting(system("receipts")) == 0
    jobs.issue(key)

    assert queries.of_download(key) is not None


def test_receipts_issued_at_once_are_bounded(app: Flask) -> None:
    for _ in range(3):
        factory.download()

    with transaction():
        assert service.issue_waiting(system("receipts"), most=2) == 2
    with transaction():
        assert service.issue_waiting(system("receipts"), most=2) == 1


def test_only_the_system_issues_receipts(app: Flask) -> None:
    download, buyer = factory.download(), accounts.actor(Role.BUYER)
    nothing = accounts.organisation().id

    with pytest.raises(Forbidden), transaction():
        service.issue(buyer, download.id)
    with pytest.raises(NotSignedIn), transaction():
        service.issue(ANYONE, download.id)
    with pytest.raises(Forbidden), transaction():
        service.issue_waiting(buyer)
    with pytest.raises(NotFound), transaction():
        service.issue(system("receipts"), nothing)


def test_a_receipt_is_never_changed(app: Flask) -> None:
    factory.receipt()

    for attack in ("UPDATE receipts SET bytes_sent = 1", "DELETE FROM receipts"):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(attack))


def test_buyer_provider_and_auditor_see_it_and_nobody_else(app: Flask) -> None:
    receipt = factory.receipt()
    buyer = accounts.member(receipt.buyer_id, Role.BUYER)
    provider = accounts.member(receipt.provider_id, Role.PROVIDER)

    for actor in (buyer, provider, accounts.staff(Role.AUDITOR)):
        assert queries.receipt(actor, receipt.id).id == receipt.id
    for other in (accounts.actor(Role.BUYER), accounts.staff(Role.REVIEWER), ANYONE):
        with pytest.raises(NotFound):
            queries.receipt(other, receipt.id)


def test_its_bundle_is_checked_by_the_outside_verifier(app: Flask) -> None:
    receipt = factory.receipt()
    entry = queries.record_of(receipt)
    with pytest.raises(Conflict, match="record_pending"):
        proof.bundle(entry)

    sealer.Sealer().seal()
    bundle = json.loads(json.dumps(proof.bundle(entry)))

    assert outside_check(bundle) == []
    assert verify.verify_all().ok
    bundle["record"] = bundle["record"][:-3] + "AAA"
    assert outside_check(bundle)


def test_contract_and_settlement_bundles_are_checked_too(app: Flask) -> None:
    settlement = trading.settlement()
    sealer.Sealer().seal()
    order = find(everything(Order), settlement.order_id)
    buyer = accounts.member(order.buyer_id, Role.BUYER)

    for subject, kind in ((order.contract_id, "contract"), (settlement.id, "settlement")):
        entry = log.entry_of(subject, kind)
        assert entry is not None
        bundle = json.loads(json.dumps(bundles.bundle(buyer, entry.id)))
        assert outside_check(bundle) == []
        if kind == "contract":
            [document] = bundle["documents"]
            assert len(document["signatures"]) == 2
            document["content"] = document["content"].replace("1", "2", 1)
            assert outside_check(bundle) == ["document"]
            stranger = bundles.bundle(buyer, entry.id)
            stranger["documents"][0]["signatures"][0] = by_somebody(stranger["documents"][0])
            assert outside_check(stranger) == ["document"]
            stranger["documents"][0]["signatures"].pop(0)
            assert outside_check(stranger) == ["document"], "one signature is missing"


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes every request come from this actor."""

    def come(actor: Actor) -> None:
        for module in ("receipts.views", "receipts.api", "verification.views", "verification.api"):
            monkeypatch.setattr(f"marketplace.{module}.current_actor", lambda: actor)

    return come


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_list_show_and_hand_out(client: FlaskClient, signed_in: Any, prefix: str) -> None:
    receipt = factory.receipt()
    buyer = accounts.member(receipt.buyer_id, Role.BUYER)
    assert client.get(f"{prefix}/receipts/").status_code == 303
    signed_in(buyer)

    pending = client.get(f"{prefix}/receipts/{receipt.id}").get_data(as_text=True)
    assert client.get(f"{prefix}/receipts/{receipt.id}/bundle.json").status_code == 409
    sealer.Sealer().seal()
    listed = client.get(f"{prefix}/receipts/").get_data(as_text=True)
    shown = client.get(f"{prefix}/receipts/{receipt.id}").get_data(as_text=True)
    bundle = client.get(f"{prefix}/receipts/{receipt.id}/bundle.json")

    assert str(receipt.id) in listed
    assert "bundle.json" in shown
    assert "bundle.json" not in pending
    assert "attachment" in bundle.headers["Content-Disposition"]
    signed_in(accounts.actor(Role.BUYER))
    assert client.get(f"{prefix}/receipts/{receipt.id}").status_code == 404
    assert client.get(f"{prefix}/receipts/{receipt.id}/bundle.json").status_code == 404


def test_a_program_lists_shows_and_fetches(client: FlaskClient, signed_in: Any) -> None:
    receipt = factory.receipt()
    sealer.Sealer().seal()
    assert client.get("/api/v1/receipts").status_code == 401
    signed_in(accounts.member(receipt.buyer_id, Role.BUYER))

    page = client.get("/api/v1/receipts").get_json()
    of_order = client.get(f"/api/v1/receipts?order_id={receipt.order_id}").get_json()
    of_other = client.get(f"/api/v1/receipts?order_id={receipt.id}").get_json()
    one = client.get(f"/api/v1/receipts/{receipt.id}").get_json()
    bundle = client.get(f"/api/v1/receipts/{receipt.id}/bundle").get_json()
    same = client.get(f"/api/v1/verify/records/{receipt.log_entry_id}/bundle").get_json()

    assert [item["id"] for item in page["items"]] == [str(receipt.id)]
    assert of_order["items"] == page["items"]
    assert of_other["items"] == []
    assert one["digest"] == receipt.digest
    assert outside_check(bundle) == outside_check(same) == []


def test_a_stranger_checks_a_receipt_by_its_id_and_learns_no_more(client: FlaskClient) -> None:
    receipt = factory.receipt()
    sealer.Sealer().seal()
    order = find(everything(Order), receipt.order_id)

    for key in (receipt.id, receipt.digest):
        page = client.get(f"/verify/{key}").get_data(as_text=True)
        assert "有效" in page
        assert order.number not in page
        assert str(receipt.buyer_id) not in page
