"""The trade: ask, negotiate, sign, order, pay, download, settle, pay out; then check from outside."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.demo.client import Client
from marketplace.demo.keys import OwnKey
from marketplace.demo.provider import Goods, Listing
from marketplace.demo.stage import Stage, check

PUBLISHED_CODE = "/verify/quanshu_verify.py"


@dataclass
class Sale:
    """An order on its way: the ids that the proofs need."""

    contract_id: str
    order_id: str
    number: str
    price_fen: int


def prepare_keys(stage: Stage) -> OwnKey:
    """The provider's key is held by the platform under a PIN; the buyer's never leaves this program."""
    provider, buyer = stage.person("provider"), stage.person("buyer")
    if not [one for one in provider.get("/organisation/keys") if not one["retired_at"]]:
        provider.post("/organisation/keys/held", {"pin": stage.accounts["provider"].pin})
    own = OwnKey.make()
    organisation = buyer.get("/organisation")["id"]
    entered = buyer.post(
        "/organisation/keys/own", {"jwk": own.jwk, "proof": own.show_possession(organisation)}
    )
    check(entered is None or entered["kid"] == own.kid, "the key's thumbprint is another")
    stage.done("签名密钥：供方托管，需方自持", own.kid[:20])
    return own


def hold_buyers_key(stage: Stage) -> None:
    """Leave the buyer a key that the PIN printed at start opens, so that a person can go on."""
    stage.person("buyer").post("/organisation/keys/held", {"pin": stage.accounts["buyer"].pin})


def negotiate(stage: Stage, listing: Listing) -> str:
    """Ask for a purpose, receive a counter-offer, accept it; the request's id."""
    provider, buyer = stage.person("provider"), stage.person("buyer")
    use = {"purposes": ["internal_analysis", "research"], "recipients": "本单位研究部"}
    lower = listing.price_fen * 9 // 10
    asked = buyer.post(
        "/requests",
        {
            **use,
            "offer_id": listing.offer_id,
            "purpose_text": "分析机场离港延误的成因，形成内部研究报告。",
            "price_fen": lower,
        },
        key=stage.key(f"request-{listing.offer_id}"),
    )
    address = f"/requests/{asked['id']}"
    stage.done("说明用途，提出申请", f"第 1 轮 {lower / 100:,.2f} 元", f"/trading{address}")
    if listing.price_fen:
        middle = listing.price_fen * 95 // 100
        body = {**use, "price_fen": middle, "term_days": 365, "note": "含一次更新"}
        provider.post(f"{address}/offer", body)
        agreed = buyer.post(f"{address}/accept", {"round": 2}, again=address)
        stage.done("供方还价，需方接受", f"第 2 轮 {middle / 100:,.2f} 元")
    else:
        agreed = provider.post(f"{address}/agree", {"round": 1}, again=address)
    check(agreed["status"] == "agreed", f"the request is {agreed['status']}")
    return str(asked["id"])


def conclude(stage: Stage, request_id: str, own: OwnKey) -> str:
    """The contract, signed by both sides with one detached JWS each; its id."""
    provider, buyer = stage.person("provider"), stage.person("buyer")
    contract = provider.post(f"/requests/{request_id}/contract", {}, again="/contracts")
    if "items" in contract:  # the first sending was heard
        contract = next(one for one in contract["items"] if one["request_id"] == request_id)
    address = f"/contracts/{contract['id']}"
    provider.post(f"{address}/issue")
    provider.post(f"{address}/sign", {"pin": stage.accounts["provider"].pin})
    document = buyer.fetch(f"/api/v1{address}/document.json").content
    buyer.post(f"{address}/sign", {"jws": own.sign(document)})
    performing = buyer.until(
        address, lambda c: c["status"] == "performing", "the contract's filing"
    )
    digest = hashlib.sha256(document).hexdigest()
    check(performing["digest"] == digest, "the contract's digest is not that of what was signed")
    stage.done("双方签署合同", performing["number"], f"/trading{address}")
    return str(contract["id"])


def order(stage: Stage, contract_id: str, *, card: str = "pm_card_visa") -> Sale:
    """Place the order under a key, pay by card, and wait until the money is secured."""
    buyer = stage.person("buyer")
    amount = buyer.get(f"/contracts/{contract_id}")["amount_fen"]
    body = {
        "contract_id": contract_id,
        "method": "card" if amount else "free",
        "invoice_kind": "special",
        "invoice_email": "invoice@demo.quanshu.example",
    }
    key = stage.key(f"order-{contract_id}")
    placed = buyer.post("/orders", body, key=key)
    again = buyer.post("/orders", body, key=key)
    check(placed["id"] == again["id"], "the same request placed two orders")
    sale = Sale(contract_id, placed["id"], placed["number"], placed["price_fen"])
    stage.done("下单，价格冻结", placed["number"], f"/trading/orders/{placed['id']}")
    if sale.price_fen:
        _pay(stage, buyer, sale, card)
    secured = buyer.until(
        f"/orders/{sale.order_id}",
        lambda found: found["status"] in {"secured", "delivered", "accepted", "settled"},
        "the money's arrival",
    )
    stage.done("款项已到位", f"{sale.price_fen / 100:,.2f} 元（{secured['custody']}）")
    return sale


def _pay(stage: Stage, buyer: Client, sale: Sale, card: str) -> None:
    address = f"/orders/{sale.order_id}/payments"
    declined = buyer.post(
        address,
        {"test_card": "pm_card_chargeCustomerFail"},
        key=stage.key(f"declined-{sale.order_id}"),
    )
    over = {"declined", "captured", "cancelled", "expired"}
    ended = buyer.until(f"/payments/{declined['id']}", lambda p: p["status"] in over, "the decline")
    check(ended["status"] == "declined", f"the declined card is {ended['status']}")
    paid = buyer.post(address, {"test_card": card}, key=stage.key(f"paid-{sale.order_id}"))
    ended = buyer.until(f"/payments/{paid['id']}", lambda p: p["status"] in over, "the payment")
    check(ended["status"] == "captured", f"the payment is {ended['status']}")
    stage.done("银行卡支付（模拟，首次被拒）", f"{ended['amount_fen'] / 100:,.2f} 元")


def fetch(stage: Stage, goods: Goods, sale: Sale) -> dict[str, Any]:
    """Download by an expiring address, in two ranges; the receipt that it leaves."""
    buyer = stage.person("buyer")
    found = buyer.until("/grants", lambda g: _of(g["items"], sale) is not None, "the grant")
    grant = _of(found["items"], sale)
    assert grant is not None
    stage.person("provider").refused("POST", f"/grants/{grant['id']}/address", 403, json={})
    address = buyer.post(f"/grants/{grant['id']}/address", {})["url"]
    half = len(goods.table.content) // 2
    first = buyer.fetch(address, Range=f"bytes=0-{half - 1}")
    rest = buyer.fetch(address, Range=f"bytes={half}-")
    check((first.status_code, rest.status_code) == (206, 206), "Range was not honoured")
    check(first.content + rest.content == goods.table.content, "what arrived is not what was sold")
    stage.done("按授权下载（断点续传）", f"{len(goods.table.content):,} 字节", address)
    receipts = buyer.until(
        "/receipts",
        lambda page: any(one["order_id"] == sale.order_id for one in page["items"]),
        "the receipt",
    )
    receipt: dict[str, Any] = next(
        one for one in receipts["items"] if one["order_id"] == sale.order_id
    )
    stage.done("用数凭证", receipt["digest"][:32], f"/verify/{receipt['digest']}")
    return receipt


def _of(grants: list[dict[str, Any]], sale: Sale) -> dict[str, Any] | None:
    return next((one for one in grants if one["order_id"] == sale.order_id), None)


def settle(stage: Stage, sale: Sale) -> dict[str, Any]:
    """Use counts as acceptance; with windows of no days the order settles at once."""
    buyer = stage.person("buyer")
    settled: dict[str, Any] = buyer.until(
        f"/orders/{sale.order_id}", lambda found: found["status"] == "settled", "the settlement"
    )
    stage.done("验收并结算", f"服务费 {settled['commission_fen'] / 100:,.2f} 元")
    return settled


def pay_out(stage: Stage, sale: Sale, settled: dict[str, Any]) -> None:
    """A clerk prepares the provider's money, a checker lets it go, the bank sends it."""
    earned = sale.price_fen - settled["commission_fen"]
    if not earned:
        return
    clerk, checker = stage.person("finance"), stage.person("checker")
    stage.person("provider").until(
        "/balance", lambda found: found["available_fen"] >= earned, "the provider's balance"
    )
    payout = clerk.post(
        "/payouts",
        {"provider_id": settled["provider_id"], "amount_fen": earned},
        key=stage.key(f"payout-{sale.order_id}"),
    )
    clerk.refused("POST", f"/payouts/{payout['id']}/approve", 403)
    checker.post(f"/payouts/{payout['id']}/approve")
    address = f"/payouts/{payout['id']}"
    paid = clerk.post(f"{address}/pay", {"bank_serial": f"DEMO{stage.run}"}, again=address)
    check(paid["status"] == "paid", f"the payout is {paid['status']}")
    stage.done("付供方（一人制单、一人复核）", f"{earned / 100:,.2f} 元")


def verify_outside(stage: Stage, receipt: dict[str, Any], certificate: dict[str, Any]) -> None:
    """A program that shares no code with the server checks the receipt and its place in the log."""
    buyer = stage.person("buyer")
    bundle = _sealed_bundle(buyer, f"/receipts/{receipt['id']}/bundle")
    program = stage.nobody.fetch(PUBLISHED_CODE)
    check(program.status_code == 200, "the outside verifier is not published")
    with tempfile.TemporaryDirectory() as folder:
        code, proof = Path(folder) / "quanshu_verify.py", Path(folder) / "bundle.json"
        code.write_bytes(program.content)
        proof.write_text(json.dumps(bundle), encoding="utf-8")
        good = _run(code, proof)
        check(good.returncode == 0, f"the outside verifier refused: {good.stdout} {good.stderr}")
        proof.write_text(json.dumps(_tampered(bundle)), encoding="utf-8")
        check(_run(code, proof).returncode != 0, "the outside verifier accepted a changed record")
    stage.done("离线核验程序通过，篡改即被发现", "quanshu_verify.py", PUBLISHED_CODE)
    answer = stage.nobody.get("/verify", q=certificate["number"])
    check(answer["verdict"] == "valid", f"the certificate is {answer['verdict']}")
    stage.done("公众核验证书", answer["verdict"], f"/verify/{certificate['number']}")


def _sealed_bundle(client: Client, path: str, seconds: float = 60) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while True:
        answer = client.fetch(f"/api/v1{path}")
        if answer.status_code == 200:
            found: dict[str, Any] = answer.json()
            return found
        check(
            answer.status_code == 409 and time.monotonic() < end, f"no bundle: {answer.text[:300]}"
        )
        time.sleep(0.3)


def _tampered(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle with one character of its signed record changed."""
    record = str(bundle["record"])
    spot = len(record) // 2
    other = "A" if record[spot] != "A" else "B"
    return {**bundle, "record": record[:spot] + other + record[spot + 1 :]}


def _run(code: Path, proof: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - the published verifier, in a process of its own
        [sys.executable, "-I", str(code), str(proof)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
