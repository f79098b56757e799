"""The client of the payment server: classification, the request contract, state and faults."""

import hashlib
import hmac
import json

import pytest

from marketplace.core.clock import now
from marketplace.core.errors import Invalid
from marketplace.payments import gateway as gateways
from marketplace.payments import webhooks
from marketplace.payments.gateway import Gateway, Outcome, classify

VERSION = "2026-05-27.dahlia"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"id": "pi_1"}, Outcome.OK),
        (402, {"error": {"type": "card_error", "code": "card_declined"}}, Outcome.DECLINED),
        (402, {"error": {"type": "invalid_request_error"}}, Outcome.DECLINED),
        (400, {"error": {"code": "payment_intent_unexpected_state"}}, Outcome.STATE),
        (404, {"error": {"code": "resource_missing"}}, Outcome.STATE),
        (400, {"error": {"type": "idempotency_error"}}, Outcome.BUG),
        (400, {"error": {"type": "invalid_request_error"}}, Outcome.BUG),
        (409, {"error": {"code": "lock_timeout"}}, Outcome.BUSY),
        (429, {"error": {"code": "rate_limit"}}, Outcome.THROTTLED),
        (400, {"error": {"code": "rate_limit"}}, Outcome.THROTTLED),
        (401, {"error": {}}, Outcome.CONFIG),
        (500, {"error": {}}, Outcome.UNKNOWN),
    ],
)
def test_each_answer_has_one_kind(status: int, body: dict[str, object], kind: Outcome) -> None:
    assert classify(status, json.dumps(body).encode(), {}).outcome is kind


def test_what_is_not_json_is_unknown_never_failed() -> None:
    assert classify(200, b"<html>", {}).outcome is Outcome.UNKNOWN
    assert classify(200, b"[]", {}).outcome is Outcome.UNKNOWN


def test_nobody_at_the_other_end_is_unknown() -> None:
    gateway = Gateway("http://127.0.0.1:9", "sk_test_x", VERSION, timeout=(0.5, 0.5))

    assert gateway.intent("pi_1").outcome is Outcome.UNKNOWN


def test_a_form_is_written_in_brackets() -> None:
    rows = gateways.form({"a": {"b": True}, "list": ["x", {"y": 1}], "none": None})

    assert rows == [["a[b]", "true"], ["list[0]", "x"], ["list[1][y]", "1"]]


def test_the_real_stripe_mock_accepts_every_request(stripe_mock: str) -> None:
    gateway = Gateway(stripe_mock, "sk_test_123", VERSION)
    names = {"attempt_id": "a", "order_id": "o"}
    requests = [
        gateways.create_intent("k1", 1060000, payment_method="pm_card_visa", **names),
        gateways.create_checkout(
            "k2", 1060000, title="Order DD", back="https://example.cn/back", **names
        ),
        gateways.confirm_intent("k3", "pi_123"),
        gateways.capture_intent("k4", "pi_123"),
        gateways.cancel_intent("k5", "pi_123"),
        gateways.expire_checkout("k6", "cs_123"),
        gateways.create_refund("k7", "pi_123", 100, refund_id="r"),
    ]

    answers = [gateway.send(one) for one in requests]
    looks = [gateway.intent("pi_123"), gateway.checkout("cs_123"), gateway.refund("re_123")]

    assert [one.outcome for one in answers + looks] == [Outcome.OK] * 10
    assert list(gateway.events(0))
    assert list(gateway.balance_transactions())


def test_stripe_mock_refuses_what_the_contract_does_not_know(stripe_mock: str) -> None:
    wrong = gateways.Request("/v1/payment_intents", [["amount", "x"], ["currency", "cny"]], "k")

    assert Gateway(stripe_mock, "sk_test_1", VERSION).send(wrong).outcome is Outcome.BUG


def test_localstripe_listens_on_loopback_only(localstripe: int) -> None:
    with open("/proc/net/tcp") as four, open("/proc/net/tcp6") as six:
        rows = [line.split() for line in (*four, *six) if line.split()[3] == "0A"]
    ours = [row[1].split(":")[0] for row in rows if row[1].endswith(f":{localstripe:04X}")]

    assert ours == ["0100007F"]


def test_a_notice_needs_a_fresh_signature_by_any_known_secret() -> None:
    raw, at = b'{"id": "evt_1"}', int(now().timestamp())
    good = webhooks.sign(raw, "new", at)

    webhooks.verify(raw, good, ("old", "new"), now())
    webhooks.verify(raw, f"t={at},v1={'0' * 64},{good.split(',')[1]}", ("new",), now())
    for wrong in ("", "v1=00", f"t={at}", good.replace("v1", "v0"), "t=x,v1=y"):
        with pytest.raises(Invalid, match="notice_not_signed"):
            webhooks.verify(raw, wrong, ("old", "new"), now())
    with pytest.raises(Invalid):
        webhooks.verify(raw + b" ", good, ("new",), now())
    with pytest.raises(Invalid):
        webhooks.verify(raw, webhooks.sign(raw, "new", at - 301), ("new",), now())
    stamp = hmac.new(b"new", b"%d." % at + raw, hashlib.sha256).hexdigest()
    assert good == f"t={at},v1={stamp}"
