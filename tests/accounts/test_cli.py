"""From the command line: a first administrator, and the people of a demo."""

import json
import stat
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Organisation, Person, SigningKey
from marketplace.core.database import db


def test_the_demos_people_are_made_once(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()

    first = runner.invoke(args=["accounts", "seed-demo"])
    again = runner.invoke(args=["accounts", "seed-demo"])

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    path = tmp_path / "data" / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    accounts = json.loads(path.read_text())["accounts"]
    assert db.session.scalar(select(func.count()).select_from(Person)) == len(accounts) == 12
    names = db.session.scalars(select(Organisation.name)).all()
    assert all("演示" in name for name in names)
    assert len({one["password"] for one in accounts}) == 12
    assert db.session.scalar(select(SigningKey.id)) is None


def test_a_demos_second_factor_can_be_read_at_the_terminal(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["accounts", "seed-demo"])

    code = runner.invoke(args=["accounts", "code", "reviewer-a"])
    none = runner.invoke(args=["accounts", "code", "provider"])

    assert code.output.strip().isdigit()
    assert len(code.output.strip()) == 6
    assert none.exit_code == 1


def test_the_first_administrator_gets_a_link_that_works_once(app: Flask) -> None:
    runner, client = app.test_cli_runner(), app.test_client()
    given = ["accounts", "found-platform", "--name", "平台", "--email", "root@example.cn",
             "--credit-code", "91370102MATRYX018Y"]  # fmt: skip

    made = runner.invoke(args=given)
    again = runner.invoke(args=given)

    assert made.exit_code == 0, made.output
    assert again.exit_code != 0
    token = made.output.split("token=")[1].split()[0]
    answer = client.post("/account/reset", data={"token": token, "password": "first-spring-of-all"})
    assert answer.status_code == 303
    signed = client.post(
        "/account/sign-in", data={"email": "root@example.cn", "password": "first-spring-of-all"}
    )
    assert signed.status_code == 303
    assert client.get("/account/").location == "/account/second-factor"
