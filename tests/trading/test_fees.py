"""The platform's fee and who may hold money."""

from datetime import date

import pytest
from flask import Flask

from marketplace.core import holdings
from marketplace.core import instance as instances
from marketplace.core.errors import Conflict
from marketplace.core.instance import Identity
from marketplace.trading import custody, fees


def test_the_fee_is_rounded_once_and_holds_its_vat() -> None:
    assert fees.fee(1_060_000, date(2026, 11, 22)) == fees.Fee(300, 31_800, 600, 1_800)
    assert fees.fee(17, date(2026, 11, 22)).amount_fen == 1
    assert fees.fee(0, date(2026, 11, 22)).amount_fen == 0


def in_production(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    monkeypatch.setattr(custody, "instance", lambda: Identity("production", "https://x", "x"))
    now = holdings.holdings().settings
    changed = type(now)(**{**vars(now), "mode": "production", **settings})
    monkeypatch.setattr(custody, "holdings", lambda: holdings.Holdings(changed))


def test_a_demo_simulates_a_licensed_institution(app: Flask) -> None:
    assert instances.instance().is_demo
    assert custody.usual() == "licensed"
    for one in ("direct", "licensed", "platform"):
        custody.check(one)


def test_production_holds_no_money_without_a_licence(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_production(monkeypatch)
    assert custody.usual() == "direct"
    custody.check("direct")
    for one in ("licensed", "platform"):
        with pytest.raises(Conflict, match="custody_not_licensed"):
            custody.check(one)

    in_production(monkeypatch, custody="licensed", custody_licence_no="Z-1")
    custody.check("licensed")
    custody.check("platform")
