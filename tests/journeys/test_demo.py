"""The demo over HTTP on both databases; and nothing of anybody's trade shows in public afterwards."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import requests

from tests import servers
from tests.journeys.running import ROOT, Running, running

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("instances"), pytest.mark.timeout(600)]
MOST_PAGES = 400
LINK = re.compile(r'(?:href|src)="([^"]+)"')


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, str]]:
    """A fresh instance on which the demo was played, and what the demo said."""
    folder = tmp_path_factory.mktemp("instance") / "var"
    url = ""
    if request.param == "postgresql":
        base = request.getfixturevalue("postgresql")
        servers.create_database(base, "demo_life")
        url = servers.plain(base, "demo_life")
    with running(folder, url) as instance:
        done = instance.flask("demo", "--rows", "3000")
        assert done.returncode == 0, done.stdout + done.stderr
        yield instance, done.stdout
    if request.param == "postgresql":
        servers.drop_database(base, "demo_life")


def test_the_demo_plays_a_whole_life(played: tuple[Running, str]) -> None:
    _, said = played

    assert "离线核验程序通过" in said
    assert "统计（之后）" in said
    assert len([line for line in said.splitlines() if line.startswith("✓")]) >= 18


def test_both_books_verify_afterwards(played: tuple[Running, str]) -> None:
    instance, _ = played

    verified = instance.flask("ledger", "verify")

    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_no_job_was_parked(played: tuple[Running, str]) -> None:
    instance, _ = played

    assert requests.get(f"{instance.url}/readyz", timeout=10).json()["parked_jobs"] == 0


def test_nothing_of_a_trade_shows_in_public(played: tuple[Running, str]) -> None:
    instance, said = played
    secrets = _secrets(said)
    seen = dict(_public_answers(instance.url))

    assert len(seen) > 20
    found = [
        f"{address}: {name}"
        for address, text in seen.items()
        for name, secret in secrets.items()
        if re.search(secret, text) and not (name == "the price agreed" and "/statistics" in address)
    ]
    assert not found


def test_public_figures_withhold_what_fewer_than_three_trades_would_tell(
    played: tuple[Running, str],
) -> None:
    """The total of a demo is shown from the first trade on (docs/decisions/0005); no part of it is."""
    instance, _ = played
    published = requests.get(f"{instance.url}/api/v1/statistics", timeout=10).json()
    figures = published["figures"]
    parts = [*figures["by_sector"], *figures["by_kind"]]
    months = [one["amount_fen"] for one in figures["by_month"] if not one["is_withheld"]]

    assert published["is_demo"]
    assert published["real_fen"] == 0
    assert parts
    assert [one for one in parts if one["amount_fen"] and not one["is_withheld"]] == []
    assert months in ([], [figures["total"]["amount_fen"]])  # one group of months is the total


def test_no_log_line_holds_a_secret_or_a_persons_data(played: tuple[Running, str]) -> None:
    instance, said = played
    patterns = _secrets(said) | {
        "an address of a person": r"[\w.-]+@demo\.quanshu\.example",
        "a bearer token": r"qs_[A-Za-z0-9]{8,}",
        "a password": "|".join(re.findall(r'"password": "([^"]+)"', _accounts(instance))),
    }

    found = [
        f"{part}: {name}"
        for part in ("web", "worker", "sealer", "mail", "card-payments")
        for name, pattern in patterns.items()
        if re.search(pattern, instance.log(part))
    ]
    assert not found


def _accounts(instance: Running) -> str:
    return (instance.folder / "demo-accounts.json").read_text()


def _secrets(said: str) -> dict[str, str]:
    """What only the parties may know, as patterns."""
    contract = re.search(r"HT-\d{6}-\w{8}", said)
    order = re.search(r"DD-\d{6}-\w{8}", said)
    assert contract is not None
    assert order is not None
    return {
        "the contract's number": contract.group(),
        "the order's number": order.group(),
        "the price agreed": r"36,?100\.00|\b3610000\b",
        "the commission": r"1,?083\.00|\b108300\b",
        "the provider's share": r"35,?017\.00|\b3501700\b",
        "the buyer": "大明湖交通咨询",
        "a party's credit code": r"91370102MADEMX001|91370103MADEMB001",
    }


def _public_answers(base: str) -> Iterator[tuple[str, str]]:
    """Every page, answer and tile a stranger reaches by following links from the front page."""
    starts = [
        "/",
        "/en/",
        "/catalogue/",
        "/log/",
        "/log/checkpoint",
        "/log/keys.json",
        "/api/v1/openapi.json",
    ]
    starts += ["/log/tile/0/000", "/log/tile/entries/000", "/api/v1/products", "/api/v1/statistics"]
    starts += ["/statistics/", "/verify/", "/rights/notices", "/.well-known/did.json"]
    waiting, known = [base + start for start in starts], set()
    with requests.Session() as session:
        while waiting and len(known) < MOST_PAGES:
            address = waiting.pop(0)
            if address in known or not _is_public(base, address):
                continue
            known.add(address)
            answer = session.get(address, timeout=30)
            text = answer.content.decode("utf-8", "replace")
            yield address, text
            if "html" in answer.headers.get("Content-Type", ""):
                waiting += [urldefrag(urljoin(address, link)).url for link in LINK.findall(text)]


def _is_public(base: str, address: str) -> bool:
    parts = urlsplit(address)
    return address.startswith(base) and "/static/" not in parts.path


def test_the_demo_ends_with_status_one_at_the_first_surprise(tmp_path: Path) -> None:
    (tmp_path / "demo-accounts.json").write_text('{"accounts": []}')
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "demo", "--base-url", "http://127.0.0.1:9"],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1
    assert "✗" in done.stderr
