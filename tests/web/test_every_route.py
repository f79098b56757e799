"""Every address of the site, walked: no token, no change; no account, no secret; and never 500."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from marketplace.core.access import Role
from marketplace.core.ids import new_id
from tests.factories import accounts

# What answers anybody. Every other address leads a visitor to sign in, or finds nothing for him.
PUBLIC = {
    "GET /",
    "GET /.well-known/did.json",
    "GET /accessibility",
    "GET /account/confirm",
    "POST /account/confirm",
    "GET /account/forgotten",
    "POST /account/forgotten",
    "GET /account/forgotten/sent",
    "GET /account/register",
    "GET /account/registered",
    "GET /account/reset",
    "POST /account/reset",
    "POST /account/second-factor/drop",
    "GET /account/sign-in",
    "POST /account/sign-in",
    "GET /api/v1/openapi.json",
    "GET /api/v1/organisations/<uuid:organisation_id>/keys.json",
    "GET /api/v1/products",
    "GET /api/v1/rights/notices",
    "GET /api/v1/statistics",
    "GET /api/v1/statistics/statements",
    "GET /api/v1/valuation/caps",
    "POST /api/v1/verify/file",
    "GET /catalogue/",
    "GET /catalogue/products.csv",
    "GET /developers",
    "GET /healthz",
    "POST /hooks/stripe",
    "GET /log/",
    "GET /log/keys.json",
    "GET /metrics",
    "GET /readyz",
    "GET /rights/notices",
    "GET /statistics/",
    "GET /statistics/figures.csv",
    "GET /valuation/caps",
    "GET /valuation/most-revenue",
    "GET /verify/",
    "GET /verify/quanshu_verify.py",
}
REFUSED = {303, 401, 403, 404, 405, 409, 413, 415, 422, 429}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Walked:
    """One method of one address, filled with values that exist nowhere."""

    method: str
    path: str
    rule: str

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def is_public(self) -> bool:
        return f"{self.method} {self.rule}" in PUBLIC


def addresses(app: Flask) -> Iterator[Walked]:
    for rule in app.url_map.iter_rules():
        path = _filled(rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Walked(method, path, rule.rule)


def _filled(rule: Rule) -> str:
    def value(match: re.Match[str]) -> str:
        kind = match.group(1) or "string"
        if kind == "any":
            return str(match.group(2)).split(",")[0].strip(" '\"")
        return {"uuid": str(new_id()), "int": "7", "path": "x", "float": "1.5"}.get(kind, "x")

    return re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", value, rule.rule)


def ask(client: FlaskClient, one: Walked, headers: dict[str, str] | None = None) -> TestResponse:
    body = {"json": {}} if one.is_api and one.method in UNSAFE else {}
    return client.open(one.path, method=one.method, headers=headers, **body)


def _is_empty(answer: TestResponse) -> bool:
    """A list of what the reader may see, with nothing in it."""
    body = answer.json if answer.is_json else None
    if body == []:
        return True
    return isinstance(body, dict) and body.get("items") == [] and not body.get("next")


@pytest.fixture
def quiet(app: Flask) -> Flask:
    """The application as it runs: what nobody foresaw is answered 500."""
    app.config["PROPAGATE_ERRORS"] = False
    return app


def test_no_page_takes_anything_without_its_token(quiet: Flask) -> None:
    quiet.config["WTF_CSRF_ENABLED"] = True
    browser = accounts.sign_in(quiet.test_client(), accounts.actor(Role.PROVIDER, Role.BUYER))
    pages = [
        one
        for one in addresses(quiet)
        if not one.is_api and one.method in UNSAFE and not re.match("/hooks?/", one.path)
    ]

    taken = {(one.method, one.rule): ask(browser, one).status_code for one in pages}

    assert pages
    assert {found: status for found, status in taken.items() if status != 400} == {}


def test_a_visitor_is_led_to_sign_in_and_nothing_breaks(quiet: Flask) -> None:
    client = quiet.test_client()
    answers = [(one, ask(client, one)) for one in addresses(quiet)]

    broken = [(one.method, one.rule) for one, answer in answers if answer.status_code == 500]
    open_to_all = [
        (one.method, one.rule, answer.status_code)
        for one, answer in answers
        if not one.is_public and answer.status_code not in REFUSED and not _is_empty(answer)
    ]
    assert broken == []
    assert open_to_all == []


def test_every_refusal_of_the_interface_is_a_coded_problem(quiet: Flask) -> None:
    client = quiet.test_client()
    wrong = []
    for one in addresses(quiet):
        answer = ask(client, one) if one.is_api else None
        if answer is None or answer.status_code < 400:
            continue
        body = answer.json or {}
        coded = re.fullmatch(r"[a-z0-9_]+", str(body.get("code", "")))
        told = body.get("title") not in {None, "", body.get("code")}
        if answer.mimetype != "application/problem+json" or not coded or not told:
            wrong.append((one.method, one.rule, answer.status_code, body.get("code")))

    assert wrong == []


@pytest.mark.parametrize("roles", [(Role.PROVIDER, Role.BUYER), (Role.MANAGER,)])
def test_ids_that_exist_nowhere_break_nothing(quiet: Flask, roles: tuple[Role, ...]) -> None:
    who = accounts.actor(*roles)
    client, headers = quiet.test_client(), accounts.bearer(who)
    browser = accounts.sign_in(quiet.test_client(), who)
    broken = []
    for one in addresses(quiet):
        if "sessions" in one.path or "sign-out" in one.path:
            continue
        answer = ask(client, one, headers) if one.is_api else ask(browser, one)
        if answer.status_code >= 500:
            broken.append((one.method, one.rule, answer.status_code))

    assert broken == []


def test_staff_of_every_role_break_nothing(quiet: Flask) -> None:
    who = accounts.staff(*(role for role in Role if role not in {Role.PROVIDER, Role.BUYER}))
    client, headers = quiet.test_client(), accounts.bearer(who)
    browser = accounts.sign_in(quiet.test_client(), who)
    broken = []
    for one in addresses(quiet):
        if "sessions" in one.path or "sign-out" in one.path:
            continue
        answer = ask(client, one, headers) if one.is_api else ask(browser, one)
        if answer.status_code >= 500:
            broken.append((one.method, one.rule, answer.status_code))

    assert broken == []
