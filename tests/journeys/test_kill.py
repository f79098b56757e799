"""kill -9 of web, worker and sealer, twenty times while a small demo is on its way: it finishes."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from marketplace.demo.client import Client, read_accounts
from tests import servers
from tests.journeys.running import ROOT, Running, running

KILLS = 20
PARTS = ("web", "worker", "sealer")
pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("instances"), pytest.mark.timeout(900)]


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_a_demo_killed_twenty_times_finishes_with_nothing_lost_or_doubled(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = ""
    if database == "postgresql":
        base = request.getfixturevalue("postgresql")
        servers.create_database(base, "demo_kill")
        url = servers.plain(base, "demo_kill")
    with running(tmp_path / "var", url) as instance:
        plays = _play_under_fire(instance)
        _everything_happened_once(instance, plays)


def _play_under_fire(instance: Running) -> int:
    """Play until twenty parts were killed on the way; how many lives were played to their end."""
    chance = random.Random(20)
    killed = plays = 0
    while killed < KILLS:
        with subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "demo", "--rows", "400"],
            cwd=ROOT,
            env=instance.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as life:
            time.sleep(3)
            while life.poll() is None:
                if killed < KILLS and instance.kill(PARTS[killed % len(PARTS)]):
                    killed += 1
                time.sleep(chance.uniform(0.5, 4))
            said = life.communicate()[0]
        assert life.returncode == 0, said[-3000:] + instance.log("worker")[-2000:]
        plays += 1
    return plays


def _everything_happened_once(instance: Running, plays: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        state = requests.get(f"{instance.url}/readyz", timeout=10).json()
        if not state["oldest_job_seconds"] and state["seal_lag_seconds"] < 1:
            break
        time.sleep(1)
    assert state["parked_jobs"] == 0

    verified = instance.flask("ledger", "verify", "--json")

    assert verified.returncode == 0, verified.stdout + verified.stderr
    accounts = read_accounts(instance.folder / "demo-accounts.json")
    auditor = Client(instance.url, accounts["auditor"]).sign_in()
    buyer = Client(instance.url, accounts["buyer"]).sign_in()
    counted = [entry["order_id"] for entry in auditor.get("/statistics/entries")]
    assert len(counted) == len(set(counted)) == plays
    for order_id in counted:
        attempts = buyer.get(f"/orders/{order_id}/payments")
        taken = [one for one in attempts if one["status"] == "captured"]
        assert len(taken) == 1
        grants = [one for one in buyer.get("/grants")["items"] if one["order_id"] == order_id]
        assert len(grants) == 1
    downloads = [
        (grant["id"], one["id"])
        for grant in buyer.get("/grants")["items"]
        for one in buyer.get(f"/grants/{grant['id']}/downloads")
    ]
    receipts = [one["download_id"] for one in buyer.get("/receipts")["items"]]
    assert sorted(receipts) == sorted(one for _, one in downloads)
