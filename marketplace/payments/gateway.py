"""A thin client of a Stripe-shaped payment server: one request a call, every answer classified.

It keeps no state, opens no transaction and never says "failed" about what it does not know. The
domain compares amounts and moves states; retries and idempotency keys are the caller's
(payments.md 2 "Gateway rules", 3).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from marketplace.config import Settings
from marketplace.core.errors import Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 25.0
MOST_BYTES = 4 * 1024 * 1024
MOST_PAGES = 50
PAGE = 100
FORM = "application/x-www-form-urlencoded"
Body = list[list[str]]
_CONVERGE = {
    "payment_intent_unexpected_state",
    "charge_already_refunded",
    "charge_already_captured",
    "resource_missing",
    "intent_invalid_state",
}


class Outcome(StrEnum):
    """What kind of answer came."""

    OK = "ok"
    DECLINED = "declined"  # final for this attempt
    STATE = "state"  # the object is not in the state we thought: look, then converge
    BUG = "bug"  # our request is wrong: alert, never retry
    BUSY = "busy"  # the same key again
    THROTTLED = "throttled"  # back off, the same key again
    CONFIG = "config"  # key or rights are wrong: alert
    UNKNOWN = "unknown"  # it may have happened


AGAIN = frozenset({Outcome.BUSY, Outcome.THROTTLED, Outcome.UNKNOWN})


@dataclass(frozen=True)
class Request:
    """A POST as it will be sent: path, form body in order, idempotency key."""

    path: str
    body: Body
    key: str


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is empty when nothing readable did."""

    outcome: Outcome
    status: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    request_id: str = ""

    @property
    def is_ok(self) -> bool:
        return self.outcome is Outcome.OK


def form(fields: Mapping[str, Any], prefix: str = "") -> Body:
    """Nested values as Stripe's brackets: `a[b]`, `a[0]`, `true`; None is left out."""
    rows: Body = []
    for name, value in fields.items():
        key = f"{prefix}[{name}]" if prefix else str(name)
        if value is None:
            continue
        if isinstance(value, Mapping):
            rows += form(value, key)
        elif isinstance(value, list | tuple):
            rows += form({str(index): one for index, one in enumerate(value)}, key)
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            rows.append([key, text])
    return rows


def create_intent(
    key: str, amount_fen: int, *, attempt_id: str, order_id: str, payment_method: str
) -> Request:
    """A card payment whose money is held until it is captured."""
    fields = {
        "amount": amount_fen,
        "currency": "cny",
        "capture_method": "manual",
        "payment_method": payment_method,
        "payment_method_types": ["card"],
        "metadata": {"attempt_id": attempt_id, "order_id": order_id},
    }
    return Request("/v1/payment_intents", form(fields), key)


def create_checkout(
    key: str, amount_fen: int, *, attempt_id: str, order_id: str, title: str, back: str
) -> Request:
    """A page of the gateway's own on which the buyer pays: no card number comes near us."""
    fields = {
        "mode": "payment",
        "client_reference_id": attempt_id,
        "success_url": back,
        "cancel_url": back,
        "payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "cny",
                    "unit_amount": amount_fen,
                    "product_data": {"name": title},
                },
            }
        ],
        "metadata": {"attempt_id": attempt_id, "order_id": order_id},
        "payment_intent_data": {
            "capture_method": "manual",
            "metadata": {"attempt_id": attempt_id, "order_id": order_id},
        },
    }
    return Request("/v1/checkout/sessions", form(fields), key)


def confirm_intent(key: str, intent_id: str) -> Request:
    """Ask the card's bank."""
    return Request(f"/v1/payment_intents/{intent_id}/confirm", [], key)


def capture_intent(key: str, intent_id: str) -> Request:
    """Take the money that is held."""
    return Request(f"/v1/payment_intents/{intent_id}/capture", [], key)


def cancel_intent(key: str, intent_id: str) -> Request:
    """Let go of what is held or asked for."""
    return Request(f"/v1/payment_intents/{intent_id}/cancel", [], key)


def expire_checkout(key: str, checkout_id: str) -> Request:
    """Close the gateway's page."""
    return Request(f"/v1/checkout/sessions/{checkout_id}/expire", [], key)


def create_refund(key: str, intent_id: str, amount_fen: int, *, refund_id: str) -> Request:
    """Give money back to the card."""
    fields = {
        "payment_intent": intent_id,
        "amount": amount_fen,
        "metadata": {"refund_id": refund_id},
    }
    return Request("/v1/refunds", form(fields), key)


class Gateway:
    """The server at one address under one key."""

    def __init__(
        self,
        base: str,
        api_key: str,
        version: str,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        self.base = base.rstrip("/")
        self._auth = HTTPBasicAuth(api_key, "")
        self._version = version
        self._timeout = timeout

    @property
    def is_live(self) -> bool:
        """Whether real money moves."""
        return self.base == "https://api.stripe.com"

    def send(self, request: Request) -> Answer:
        """POST once. The content type goes with it even where there is no body."""
        headers = {"Content-Type": FORM, "Idempotency-Key": request.key}
        pairs = [(name, value) for name, value in request.body]
        return self._ask("POST", request.path, data=pairs, headers=headers)

    def intent(self, intent_id: str) -> Answer:
        """A PaymentIntent as it is now."""
        return self._ask("GET", f"/v1/payment_intents/{intent_id}")

    def checkout(self, checkout_id: str) -> Answer:
        """A Checkout session as it is now."""
        return self._ask("GET", f"/v1/checkout/sessions/{checkout_id}")

    def refund(self, refund_id: str) -> Answer:
        """A refund as it is now."""
        return self._ask("GET", f"/v1/refunds/{refund_id}")

    def events(self, since: int) -> Iterator[Mapping[str, Any]]:
        """Events from `since` (epoch seconds) on, in the server's order."""
        return self.listed("/v1/events", [("created[gte]", str(since))])

    def balance_transactions(self) -> Iterator[Mapping[str, Any]]:
        """What moved the balance with the gateway."""
        return self.listed("/v1/balance_transactions", [])

    def find_intent(self, attempt_id: str) -> Mapping[str, Any] | None:
        """The intent that carries this attempt in its metadata: before a request is sent again."""
        return self._find("/v1/payment_intents", "attempt_id", attempt_id)

    def find_refund(self, intent_id: str, refund_id: str) -> Mapping[str, Any] | None:
        """The refund that carries our id."""
        return self._find("/v1/refunds", "refund_id", refund_id, [("payment_intent", intent_id)])

    def listed(self, path: str, query: Sequence[tuple[str, str]]) -> Iterator[Mapping[str, Any]]:
        """All objects of a list, page by page. Raises Unavailable when a page does not come."""
        after: list[tuple[str, str]] = []
        for _ in range(MOST_PAGES):
            answer = self._ask("GET", path, params=[("limit", str(PAGE)), *query, *after])
            if not answer.is_ok:
                raise Unavailable("gateway_unavailable", outcome=str(answer.outcome))
            rows = [one for one in answer.body.get("data", []) if isinstance(one, dict)]
            yield from rows
            if not rows or not answer.body.get("has_more"):
                return
            after = [("starting_after", str(rows[-1].get("id", "")))]

    def _find(
        self, path: str, name: str, value: str, query: Sequence[tuple[str, str]] = ()
    ) -> Mapping[str, Any] | None:
        for one in self.listed(path, query):
            if (one.get("metadata") or {}).get(name) == value:
                return one
        return None

    def _ask(self, method: str, path: str, **given: Any) -> Answer:
        headers = {"Stripe-Version": self._version, **given.pop("headers", {})}
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.request(
                    method,
                    self.base + path,
                    headers=headers,
                    auth=self._auth,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    **given,
                ) as answer:
                    return classify(answer.status_code, _bounded(answer), answer.headers)
        except requests.RequestException:
            return Answer(Outcome.UNKNOWN)


def _bounded(answer: requests.Response) -> bytes:
    raw = b""
    for piece in answer.iter_content(64 * 1024):
        raw += piece
        if len(raw) > MOST_BYTES:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
    return raw


def classify(status: int, raw: bytes, headers: Mapping[str, str]) -> Answer:
    """One answer's kind, from its status and error code."""
    request_id = str(headers.get("Request-Id", ""))[:80]
    try:
        body = json.loads(raw)
    except ValueError:
        return Answer(Outcome.UNKNOWN, status, request_id=request_id)
    if not isinstance(body, dict):
        return Answer(Outcome.UNKNOWN, status, request_id=request_id)
    error = body.get("error") or {}
    if status == 200 and not error:
        return Answer(Outcome.OK, status, body, request_id=request_id)
    code = str(error.get("decline_code") or error.get("code") or "")[:80]
    kind = _kind(status, str(error.get("type", "")), str(error.get("code") or ""))
    return Answer(kind, status, body, code, request_id)


def _kind(status: int, error_type: str, code: str) -> Outcome:
    if status == 402 or error_type == "card_error":
        return Outcome.DECLINED
    if status == 409:
        return Outcome.BUSY
    if status == 429 or code == "rate_limit":
        return Outcome.THROTTLED
    if status in {401, 403}:
        return Outcome.CONFIG
    if error_type == "idempotency_error":
        return Outcome.BUG
    if status == 404 or code in _CONVERGE:
        return Outcome.STATE
    # localstripe says a bare "Bad request" where Stripe names the state: looking decides
    return Outcome.BUG if 400 <= status < 500 else Outcome.UNKNOWN


def gateway_of(settings: Settings) -> Gateway | None:
    """The configured payment server; None when cards are not offered."""
    if not settings.stripe_api_base or not settings.stripe_api_key:
        return None
    return Gateway(settings.stripe_api_base, settings.stripe_api_key, settings.stripe_api_version)
