"""Problems, headers, bodies, languages: what every page and every answer has in common."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import ValidationError, fields
from sqlalchemy import create_engine, select

from marketplace.core import database
from marketplace.core.database import db, hold, transaction
from marketplace.core.errors import Invalid
from marketplace.core.models import Attempt, NumberSeries
from marketplace.web import bodies, templating
from marketplace.web.schemas import Fen, In
from marketplace.web.schemas import text as text_field


@pytest.fixture
def open_app(app: Flask) -> Flask:
    """The application as it runs, with routes that go wrong on purpose."""
    app.config["PROPAGATE_ERRORS"] = False
    app._got_first_request = False

    def route(path: str, work: Callable[[], Any], *methods: str) -> None:
        app.add_url_rule(path, path, lambda: work() or {"done": True}, methods=methods or ["GET"])

    def write(name: str) -> None:
        with transaction():
            db.session.add(Attempt(bucket=name))
            db.session.flush()

    def read(name: str) -> None:
        db.session.scalar(select(Attempt.id).where(Attempt.bucket == name))

    def great() -> None:
        with transaction():
            db.session.add(NumberSeries(series="great", last=2**70))

    def taken() -> None:
        with transaction():
            db.session.add_all([NumberSeries(series="twice"), NumberSeries(series="twice")])

    def broken() -> None:
        raise ZeroDivisionError

    for prefix in ("/api/v1/try", "/try"):
        route(f"{prefix}/nul", lambda: write("a\x00b"))
        route(f"{prefix}/read-nul", lambda: read("a\x00b"))
        route(f"{prefix}/half", lambda: write("\ud800"))
        route(f"{prefix}/great", great)
        route(f"{prefix}/taken", taken)
        route(f"{prefix}/broken", broken)
        route(f"{prefix}/write", lambda: write("plain"), "POST")
    return app


@pytest.fixture
def browser(open_app: Flask) -> FlaskClient:
    return open_app.test_client()


@pytest.mark.parametrize("prefix", ["/api/v1/try", "/try"])
def test_what_no_column_holds_is_invalid_and_no_fault_of_ours(
    browser: FlaskClient, prefix: str
) -> None:
    answers = {
        name: browser.get(f"{prefix}/{name}").status_code
        for name in ("nul", "read-nul", "half", "great", "taken", "broken")
    }

    on_postgresql = db.engine.dialect.name == "postgresql"
    assert answers == {
        "nul": 422 if on_postgresql else 200,
        "read-nul": 422 if on_postgresql else 200,
        "half": 422,
        "great": 422,
        "taken": 409,
        "broken": 500,
    }


def test_a_locked_database_is_busy_and_says_when_to_come_back(
    open_app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows: see the deadlock")
    monkeypatch.setattr(database, "BUSY_MS", 50)
    path = str(db.engine.url.database)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        interface, page = browser.post("/api/v1/try/write"), browser.post("/try/write")
    finally:
        other.execute("ROLLBACK")
        other.close()

    assert (interface.status_code, page.status_code) == (503, 503)
    assert interface.json is not None
    assert interface.json["code"] == "busy"
    assert interface.headers["Retry-After"] == page.headers["Retry-After"] == "1"
    assert browser.post("/try/write").status_code == 200


def test_a_deadlock_ends_in_one_success_and_one_busy(open_app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer, so no deadlock")
    with transaction():
        rows = [NumberSeries(series="one"), NumberSeries(series="two")]
        db.session.add_all(rows)
    first, second = (row.id for row in rows)
    db.session.rollback()
    both = threading.Barrier(2, timeout=20)

    def cross() -> dict[str, bool]:
        order = [first, second] if threading.current_thread().name == "a" else [second, first]
        with transaction():
            hold(select(NumberSeries), order[0])
            both.wait()
            hold(select(NumberSeries), order[1])
        return {"done": True}

    open_app.add_url_rule("/api/v1/try/cross", "cross", cross, methods=["POST"])
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(open_app.test_client().post("/api/v1/try/cross").status_code)

    threads = [threading.Thread(target=ask, name=name) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 503]


@pytest.fixture
def away(open_app: Flask, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser whose site has lost its database."""
    db.session.remove()
    url = (
        f"sqlite:///{tmp_path}/no/such/folder/x.db"
        if db.engine.dialect.name == "sqlite"
        else "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2"
    )
    engines = db._app_engines[open_app]
    whole = engines[None]
    engines[None] = create_engine(url)
    database.prepare(engines[None])
    yield open_app.test_client()
    engines[None].dispose()
    engines[None] = whole


@pytest.mark.parametrize(("path", "word"), [("/", "数据库"), ("/en/", "database")])
def test_without_a_database_the_reader_still_gets_a_page(
    away: FlaskClient, path: str, word: str
) -> None:
    with away.session_transaction() as cookie:
        cookie["_user_id"] = "whoever"
    page = away.get(path)

    assert page.status_code == 503
    assert page.mimetype == "text/html"
    assert word in page.text
    assert page.headers["X-Request-Id"] in page.text
    assert page.headers["Retry-After"] == "5"


def test_without_a_database_the_interface_answers_a_problem(away: FlaskClient) -> None:
    answer = away.get("/api/v1/products", headers={"Authorization": "Bearer qs_x"})

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["code"] == "database_unavailable"


@pytest.mark.parametrize(("root", "home"), [("", "首页"), ("/en", "Home")])
def test_when_even_the_problem_page_fails_there_is_a_bare_one(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, root: str, home: str
) -> None:
    def fails() -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(browser.application.jinja_env.globals, "link", fails)

    page = browser.get(f"{root}/try/broken")

    assert page.status_code == 500
    assert home in page.text
    assert page.headers["X-Request-Id"] in page.text


def test_static_files_are_kept_for_ever_under_their_own_digest_only(client: FlaskClient) -> None:
    digest = templating._digest(Path(str(client.application.static_folder)) / "css/app.css")
    right = client.get(f"/static/css/app.css?v={digest}")
    wrong, plain = client.get("/static/css/app.css?v=other"), client.get("/static/css/app.css")
    missing = client.get("/static/none.css?v=0")
    page = client.get("/log/")
    for answer in (right, wrong, plain):
        answer.close()

    assert right.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert wrong.headers["Cache-Control"] == plain.headers["Cache-Control"] == "no-cache"
    assert missing.status_code == 404
    assert missing.headers["Cache-Control"] == "no-cache"
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "body", [b"{", b"[NaN]", b'{"a":1,"a":2}', b"[" * 90_000, b"\xff", b'{"a": Infinity}']
)
def test_json_that_is_none_is_a_coded_problem(browser: FlaskClient, body: bytes) -> None:
    answer = browser.post("/api/v1/registrations", data=body, content_type="application/json")

    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] in {"json_not_readable", "invalid"}


def test_a_body_too_large_is_refused_before_it_is_read(browser: FlaskClient) -> None:
    great = b'{"name":"' + b"x" * bodies.SMALL + b'"}'
    interface = browser.post("/api/v1/sessions", data=great, content_type="application/json")
    page = browser.post("/account/sign-in", data={"email": "x" * bodies.SMALL})

    assert (interface.status_code, page.status_code) == (413, 413)
    assert interface.json is not None
    assert interface.json["code"] == "body_too_large"


def test_the_interface_speaks_the_language_that_is_asked_for(browser: FlaskClient) -> None:
    chinese = browser.get("/api/v1/none")
    english = browser.get("/api/v1/none", headers={"Accept-Language": "en-US,en;q=0.9,zh;q=0.1"})

    assert chinese.json is not None
    assert english.json is not None
    assert chinese.json["title"].startswith("没有找到")
    assert english.json["title"].isascii()
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]


def test_a_wrong_method_names_the_right_ones(browser: FlaskClient) -> None:
    answer = browser.delete("/api/v1/try/write")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/en", "/en/", "//en//", "/en//", "/en//evil.example/", "//evil.example", "/en/en/x"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_spelling_of_an_address_breaks_or_leads_away(
    browser: FlaskClient, path: str, method: str
) -> None:
    answer = browser.open("/", method=method, environ_overrides={"PATH_INFO": path})
    away = answer.headers.get("Location", "")

    assert answer.status_code < 500
    assert away == "" or away.startswith(("http://localhost/", "/en"))
    assert not away.startswith("//")
    assert 'href="//' not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/en/static/..%2f..%2fapp.py",
        "/static//etc/passwd",
    ],
)
def test_no_address_climbs_out_of_the_static_folder(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path, follow_redirects=True)

    assert answer.status_code == 404
    assert "create_app" not in answer.text


def test_a_session_holds_under_both_languages(browser: FlaskClient) -> None:
    browser.get("/en/account/sign-in")
    cookies = list(browser._cookies.values())

    assert cookies
    assert {cookie.path for cookie in cookies} == {"/"}


class Told(In):
    name = text_field(5)
    fen = Fen()
    day = fields.Date()
    anything = fields.Raw()


@pytest.mark.parametrize(
    ("given_", "field", "code"),
    [
        ({"name": "a\x00"}, "name", "field_invalid"),
        ({"name": "\ud83d"}, "name", "field_invalid"),
        ({"name": "  "}, "name", "field_required"),
        ({"name": "abcdef"}, "name", "field_too_long"),
        ({"name": "a", "fen": 2**70}, "fen", "field_out_of_range"),
        ({"name": "a", "anything": {"b": [{"c\x00": 1}]}}, "anything", "field_invalid"),
        ({"name": "a", "anything": {"b": [{"c": -(2**64)}]}}, "anything", "field_out_of_range"),
        ({"name": "a", "day": "9999-12-31"}, "day", "field_out_of_range"),
        ({"name": "a", "day": "0001-01-01"}, "day", "field_out_of_range"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(
    given_: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(ValidationError) as wrong:
        Told().load(given_)

    assert wrong.value.messages == {field: [code]}


def test_blanks_at_the_ends_are_nobodys_name() -> None:
    assert Told().load({"name": " 泉\u3000", "day": "2026-11-22"}) == {
        "name": "泉",
        "day": date(2026, 11, 22),
    }


def test_an_error_that_is_ours_is_no_refusal() -> None:
    assert database.refusal_of(ZeroDivisionError()) is None
    assert database.refusal_of(OverflowError("date value out of range")) is None
    assert isinstance(
        database.refusal_of(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no")), Invalid
    )
